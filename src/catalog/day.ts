/** The UTC day of a moment, as `parseDay` reads it. */
export function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
}
