const tokenBytes = 4;

/**
 * A token is up to four bytes of a word, cut between characters, with the whitespace before it. Whitespace at the end
 * of a text is one more.
 */
export function tokensIn(text: string): string[] {
  return [...text.matchAll(/\s*\S+|\s+$/gu)].flatMap(([word]) => tokensOfWord(word));
}

export function countTokens(text: string): number {
  return tokensIn(text).length;
}

function tokensOfWord(word: string): string[] {
  const tokens: string[] = [];
  let token = '';
  let bytes = 0;
  for (const character of word) {
    const size = /\s/u.test(character) ? 0 : byteLength(character);
    if (bytes + size > tokenBytes) {
      tokens.push(token);
      token = '';
      bytes = 0;
    }
    token += character;
    bytes += size;
  }
  return [...tokens, token];
}

/** The tokens of a text, by a rule of so many bytes where there is one. */
export function measuredTokens(text: string, bytesPerToken: number | undefined): number {
  return bytesPerToken === undefined ? tokensIn(text).length : Math.ceil(byteLength(text) / bytesPerToken);
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) bytes += 1;
    else if (point < 0x800) bytes += 2;
    else bytes += point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
