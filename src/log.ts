/**
 * One line of JSON for each event, in the platform's log. It holds no secret, and nothing that clients or models said.
 */
export function log(level: 'info' | 'warn' | 'error', event: string, details: Readonly<Record<string, unknown>>): void {
  console[level](JSON.stringify({ level, event, ...details }));
}
