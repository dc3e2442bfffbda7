/** The moment at which a UTC day, such as `2026-12-01`, begins. Undefined where there is no such day. */
export function dayStartMs(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const startMs = Date.parse(`${text}T00:00:00Z`);
  // A parser that is given 31 February may make a day of March of it.
  return Number.isFinite(startMs) && dayText(startMs) === text ? startMs : undefined;
}

export function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
}
