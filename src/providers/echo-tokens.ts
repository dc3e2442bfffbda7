/**
 * The tokens of the `echo` provider. A word is cut, between characters, into runs of up to four bytes. The whitespace
 * before a word belongs to its first token. Whitespace at the end is one more token. So anyone can count along: no
 * token is empty, and none holds two words.
 */

const tokenBytes = 4;
const words = /\s*\S+|\s+$/gu;

export function* echoTokens(text: string): Generator<string> {
  for (const [word] of text.matchAll(words)) yield* tokensOfWord(word);
}

export function countEchoTokens(text: string): number {
  let count = 0;
  for (const _ of echoTokens(text)) count += 1;
  return count;
}

function* tokensOfWord(word: string): Generator<string> {
  let token = '';
  let bytes = 0;
  let isBegun = false;
  for (const character of word) {
    const isSpace: boolean = !isBegun && /\s/u.test(character);
    const size = isSpace ? 0 : byteLength(character);
    if (bytes + size > tokenBytes) {
      yield token;
      token = '';
      bytes = 0;
    }
    isBegun ||= !isSpace;
    token += character;
    bytes += size;
  }
  yield token;
}

function byteLength(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
