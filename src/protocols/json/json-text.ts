import { asText, parseJson } from './json-value.ts';

/** Single strings of JSON, known by their quotes, so that what stands around them need not be parsed. Pure. */

/** Where the quote stands that ends the string whose text begins at `start`; -1 where none does. */
export function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start);
  while (end > start && isEscaped(json, start, end)) end = json.indexOf('"', end + 1);
  return end;
}

/** What stands between the quotes of a string; undefined where that is no such thing. */
export function textBetweenQuotes(json: string): string | undefined {
  return hasSyntax.test(json) ? asText(parseJson(`"${json}"`)) : json;
}

/** What ends a string, begins an escape, or may not stand in one. */
const hasSyntax = /["\\\p{Cc}]/u;

/** A quote is, after an odd number of backslashes. */
function isEscaped(json: string, start: number, quote: number): boolean {
  let before = quote;
  while (before > start && json[before - 1] === '\\') before -= 1;
  return (quote - before) % 2 === 1;
}
