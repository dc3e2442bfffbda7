import { parseHttpDate, parseInstant } from '../../parse-time.ts';

/**
 * When a provider says to come back, in milliseconds from now; undefined where it doesn't, or not so that it can be
 * read.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const inMs = readNumber(headers.get('retry-after-ms'));
  if (inMs !== undefined) return Math.ceil(inMs);
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = readNumber(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const date = text.trim();
  // Some write it as they write all other times, and not as HTTP has it.
  const atMs = parseHttpDate(date, nowMs) ?? parseInstant(date);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
