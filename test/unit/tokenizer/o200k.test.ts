import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { ranksKept, tableOfRanks, tablePath } from '../../../src/local/make-ranks.ts';
import { countO200k } from '../../../src/tokenizer/o200k.ts';
import { readRanks, writeRanks } from '../../../src/tokenizer/ranks.ts';

const table = new Uint8Array(readFileSync(tablePath));
const ranks = readRanks(table);

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

const samples: Record<string, string> = {
  english: 'The weir measures what flows over it, and nothing that was admitted can rise above its crest. '.repeat(20),
  german: 'Nach der Rechnungsprüfung wurden mehrere Unstimmigkeiten zwischen Buchung und Beleg gefunden. '.repeat(20),
  chinese: '今天天气很好，我们一起去公园散步，然后回家做饭。'.repeat(20),
  code: 'for (let at = 0; at < parts.length; at += 1) {\n  if (parts[at] === undefined) return null;\n}\n'.repeat(20),
  numbers: '3.14159265358979 1,000,000 0xdeadbeef 2026-11-21T09:00:00Z\n'.repeat(20),
  emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \u{1F1E9}\u{1F1EA} '.repeat(20),
};

describe('the beginning of the table', () => {
  test('is what the whole table begins with', () => {
    expect(ranks.size).toBe(ranksKept);
    expect(table).toEqual(tableOfRanks());
  });

  test('is read as it was written', () => {
    const tokens = [[0], [255, 0], [104, 105]].map((bytes) => Uint8Array.from(bytes));
    expect([...readRanks(writeRanks(tokens)).entries()]).toEqual([
      ['\0', 0],
      ['ÿ\0', 1],
      ['hi', 2],
    ]);
  });
});

describe('a count of tokens', () => {
  test.each(Object.entries(samples))('is not too low for %s, and far below its bytes', (_, text) => {
    const truly = countTokens(text);
    const counted = countO200k(text, ranks);
    expect(counted).toBeGreaterThanOrEqual(truly);
    expect(counted).toBeLessThan(bytesOf(text) * 0.75);
  });

  test('is a tenth too high in English, not more', () => {
    const { english = '' } = samples;
    expect(countO200k(english, ranks)).toBeLessThanOrEqual(countTokens(english) * 1.15);
  });

  test('is never too low, whatever the text', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom("'S", "'ſ", "DON'T", ' \r\n', '\t\t', '////', '<|endoftext|>', '١٢٣٤', 'ǅ', 'ﬁ', '\u0345'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join('');
        expect(countO200k(text, ranks)).toBeGreaterThanOrEqual(countTokens(text, { disallowedSpecial: new Set() }));
      }),
      { numRuns: 2000 },
    );
  });

  test('of what Unicode has not assigned is that of its bytes', () => {
    expect(countO200k('a\u0378b', ranks)).toBe(4);
  });

  test('of a piece that is long is that of its bytes, one shorter is merged', () => {
    expect(countO200k('a'.repeat(256), ranks)).toBeLessThan(256);
    expect(countO200k('a'.repeat(257), ranks)).toBe(257);
  });
});
