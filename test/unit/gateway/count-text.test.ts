import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { countTextTokens, estimateTokens } from '../../../src/gateway/bound/count-text.ts';
import { promptOf } from '../../../src/protocols/protocols.ts';
import { countedCharsMax } from '../../../src/limits.ts';
import { tablePath } from '../../../src/local/make-ranks.ts';
import { readRanks } from '../../../src/tokenizer/ranks.ts';
import { chatCall } from '../../support/chat.ts';

const ranks = readRanks(new Uint8Array(readFileSync(tablePath)));
const sentence = 'The weir measures what flows over it, and holds back the rest. ';

function said(content: unknown) {
  return chatCall({ model: 'm', messages: [{ role: 'user', content }] });
}

describe('a counted prompt', () => {
  test('is a good deal smaller than its bytes, in a text and in parts', () => {
    for (const content of [sentence.repeat(50), [{ type: 'text', text: sentence.repeat(50) }]]) {
      const call = said(content);
      const { textBytes } = promptOf(call);
      expect(countTextTokens(call, promptOf(call), ranks, countedCharsMax)).toBeLessThan(textBytes / 3);
    }
  });

  test('takes for bytes what is no text: the data of an image, and what nobody knows', () => {
    const url = `data:image/png;base64,${'A'.repeat(4000)}`;
    const call = said([
      { type: 'image_url', image_url: { url } },
      { type: 'text', text: 'short' },
    ]);
    expect(countTextTokens(call, promptOf(call), ranks, countedCharsMax)).toBe(promptOf(call).textBytes);
  });

  test('holds text up to a bound, and is not counted beyond it', () => {
    const call = said('a'.repeat(100));
    expect(countTextTokens(call, promptOf(call), ranks, 100)).toBeLessThanOrEqual(promptOf(call).textBytes);
    expect(countTextTokens(call, promptOf(call), ranks, 99)).toBeUndefined();
  });
});

describe('an estimate', () => {
  test('is between the tokens that there are and the bytes', () => {
    const call = said(sentence.repeat(50));
    expect(estimateTokens(call)).toBeGreaterThan(countTextTokens(call, promptOf(call), ranks, countedCharsMax) ?? 0);
    expect(estimateTokens(call)).toBeLessThan(promptOf(call).textBytes);
  });

  test('takes an image for as much as most models do, whatever its data', () => {
    const image = (data: string) =>
      estimateTokens(said([{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }]));
    expect(image('A'.repeat(40_000))).toBe(image('A'.repeat(40)));
  });
});
