/**
 * One line of JSON an event, in the platform's log: where an operator looks. Nothing secret, and nothing that was said.
 */
export function log(level: 'info' | 'warn' | 'error', event: string, details: Readonly<Record<string, unknown>>): void {
  console[level](JSON.stringify({ level, event, ...details }));
}
