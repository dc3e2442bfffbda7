import fc from 'fast-check';
import cl100k from 'gpt-tokenizer/bpeRanks/cl100k_base';
import o200k from 'gpt-tokenizer/bpeRanks/o200k_base';
import p50k from 'gpt-tokenizer/bpeRanks/p50k_base';
import r50k from 'gpt-tokenizer/bpeRanks/r50k_base';
import { describe, expect, test } from 'vitest';
import { OutputCount } from '../../../src/protocols/output-count.ts';
import { Words, wordsPerTokenMax } from '../../../src/protocols/words.ts';

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

function wordsOf(...pieces: string[]): number {
  const words = new Words();
  for (const piece of pieces) words.add(piece);
  return words.count;
}

const vocabularies = Object.entries({ o200k, cl100k, p50k, r50k }).map(([name, tokens]) => {
  // One number of p50k stands for none.
  const known = Object.values(tokens);
  return [name, known.map((token) => (typeof token === 'string' ? encoder.encode(token) : Uint8Array.from(token)))];
}) as [name: string, tokens: Uint8Array[]][];

/**
 * The most words of any text that can begin in this token of it. A character belongs to the token that has its first
 * byte, so the rest of one at the beginning is nothing of this token's, and a part of one at the end may be a letter.
 */
function wordsBegunMost(token: Uint8Array): number {
  const start = token.findIndex((byte) => !isContinuation(byte));
  if (start < 0) return 0;
  const lead = token.findLastIndex((byte) => !isContinuation(byte));
  const isWhole = token.length - lead >= characterBytes(token[lead] ?? 0);
  const whole = strict.decode(token.subarray(start, isWhole ? token.length : lead));
  return wordsOf(isWhole ? whole : `${whole}a`);
}

const isContinuation = (byte: number): boolean => byte >= 0x80 && byte < 0xc0;
const characterBytes = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

describe.each(vocabularies)('of the tokens of %s', (name, tokens) => {
  test('none has more words than any may have', () => {
    const sizes: Record<string, number> = { o200k: 199_998, cl100k: 100_256, p50k: 50_280, r50k: 50_256 };
    expect(tokens).toHaveLength(sizes[name] ?? 0);
    expect(wordsPerTokenMax(name)).toBe(1);
    const over = tokens.filter((token) => wordsBegunMost(token) > 1);
    expect(over.map((token) => lenient.decode(token))).toEqual([]);
  });

  test('no row makes a text of more words than tokens, however that is cut into pieces', () => {
    const token = fc.oneof(fc.integer({ min: 0, max: tokens.length - 1 }), fc.constantFrom(...oddTokens(tokens)));
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (row, pieceChars) => {
        const bytes = row.flatMap((index) => [...(tokens[index] ?? [])]);
        const text = lenient.decode(Uint8Array.from(bytes));
        const count = new OutputCount(wordsPerTokenMax(name) ?? 0);
        for (let at = 0; at < text.length; at += pieceChars) count.addContent(0, text.slice(at, at + pieceChars));
        expect(count.least).toBeLessThanOrEqual(row.length);
        expect(wordsOf(text)).toBeLessThanOrEqual(row.length);
      }),
    );
  });
});

/** Those with whitespace of any sort between other characters, and those that hold only a part of a character. */
function oddTokens(tokens: readonly Uint8Array[]): number[] {
  return tokens.flatMap((token, index) => {
    const text = lenient.decode(token);
    return /\S\s+\S/u.test(text) || text.includes('\uFFFD') ? [index] : [];
  });
}

/** How those cut a text that are in no package of ours, as published with Llama 3 and Qwen 2: seen on 29 November 2026. */
const cutsOf = (digits: string): RegExp =>
  new RegExp(
    [
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
      String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`,
      digits,
      String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`,
      String.raw`\s*[\r\n]+`,
      String.raw`\s+(?!\S)`,
      String.raw`\s+`,
    ].join('|'),
    'gu',
  );
const cuts = { llama3: cutsOf(String.raw`\p{N}{1,3}`), qwen: cutsOf(String.raw`\p{N}`) };
const oddText = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'ß', 'Word', '7', '½', '水', 'ا', '\u0301', '/', '//', '{', '-', "'s", '🌊', '𠀀'),
      fc.constantFrom(' ', '  ', '\t', '\n', '\r\n', '\v', '\u0085', '\u00A0', '\u2003', '\u2028', '\u3000', '\uFEFF'),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 60 },
  )
  .map((all) => all.join(''));

test.each(Object.entries(cuts))('of the pieces that %s looks for tokens in, none has two words', (name, cut) => {
  expect(wordsPerTokenMax(name)).toBe(1);
  fc.assert(
    fc.property(oddText, (text) => {
      const pieces = text.match(cut) ?? [];
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(wordsOf(piece)).toBeLessThanOrEqual(1);
      expect(wordsOf(text)).toBeLessThanOrEqual(pieces.length);
    }),
  );
});

describe('a word', () => {
  test('is one however it is cut, and ends only at ASCII whitespace', () => {
    expect(wordsOf('two words')).toBe(2);
    expect(wordsOf('tw', 'o w', 'ords', ' ', '')).toBe(2);
    for (const space of [' ', '\t', '\n', '\v', '\f', '\r']) expect(wordsOf(`a${space}b`)).toBe(2);
    for (const space of ['\u0085', '\u00A0', '\u2003', '\u2028', '\u3000']) expect(wordsOf(`a${space}b`)).toBe(1);
  });

  test('has a letter or a digit, of whatever script', () => {
    expect(wordsOf('a 1 é 水 ا ½')).toBe(6);
    expect(wordsOf('//\n//\n{ } — … \u00A0 \u3000 🌊 \u0301')).toBe(0);
    expect(wordsOf('@ [ ` { / : 0 9 A Z a z')).toBe(6);
    expect(wordsOf('(a) "b"')).toBe(2);
  });
});

test('nothing is known of a tokenizer that is not known', () => {
  expect(wordsPerTokenMax('claude')).toBeUndefined();
  expect(wordsPerTokenMax(undefined)).toBeUndefined();
});
