/** One line of JSON an event, in the platform's log: where an operator looks. Nothing secret, and nothing that was said. */
export function log(level: 'info' | 'warn' | 'error', event: string, details: Readonly<Record<string, unknown>>): void {
  // oxlint-disable-next-line no-console -- this is the one place that writes to the platform's log
  console[level](JSON.stringify({ level, event, ...details }));
}
