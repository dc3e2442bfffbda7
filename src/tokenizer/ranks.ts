/**
 * The beginning of a byte-level tokenizer's table: its tokens in the order of their merging. Each character stands for
 * one byte: V8 finds a string in a map much faster than bytes.
 */
export type Ranks = ReadonlyMap<string, number>;

/** @param table each token after its length in one byte, in the order of their ranks */
export function readRanks(table: Uint8Array): Ranks {
  const ranks = new Map<string, number>();
  for (let at = 0; at < table.length;) {
    const start = at + 1;
    at = start + (table[at] ?? 0);
    ranks.set(String.fromCharCode(...table.subarray(start, at)), ranks.size);
  }
  return ranks;
}

/** @param tokens in the order of their ranks, each at most 255 bytes long */
export function writeRanks(tokens: readonly Uint8Array[]): Uint8Array {
  const table = new Uint8Array(tokens.reduce((length, token) => length + 1 + token.length, 0));
  let at = 0;
  for (const token of tokens) {
    table[at] = token.length;
    table.set(token, at + 1);
    at += 1 + token.length;
  }
  return table;
}
