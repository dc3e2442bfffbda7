/** A moment as JSON has it here: in seconds, which is what a person can use. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
