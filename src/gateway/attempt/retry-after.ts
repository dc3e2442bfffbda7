import { parseHttpDate, parseInstant } from '../../parse-time.ts';

/** How long a provider asks to wait; undefined if it doesn't, or not in a readable way. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const inMs = readNumber(headers.get('retry-after-ms'));
  if (inMs !== undefined) return Math.ceil(inMs);
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = readNumber(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const date = text.trim();
  // Some providers write the time in their own format, and not as HTTP does.
  const atMs = parseHttpDate(date, nowMs) ?? parseInstant(date);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
