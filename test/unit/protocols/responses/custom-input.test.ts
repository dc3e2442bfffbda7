import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReasoningDetail } from '../../../../src/protocols/chat/chunk.ts';
import { CustomInput } from '../../../../src/protocols/responses/custom-input.ts';
import { ReasoningDetails } from '../../../../src/protocols/responses/reasoning-item.ts';

/** All that is told of a text, whose JSON comes in these pieces. */
function told(pieces: readonly string[]): string {
  const input = new CustomInput();
  return pieces.map((piece) => input.push(piece)).join('') + input.end();
}

const lineOfPatch = '+  const "x" = \\n;\n';

test('a text comes whole, however its JSON is cut into pieces', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.integer({ min: 1, max: 9 })), (text, lengths) => {
      const json = ` { "input" : ${JSON.stringify(text)} }`;
      const ends = lengths.reduce<number[]>((all, length) => [...all, (all.at(-1) ?? 0) + length], []);
      const pieces = [0, ...ends].map((start, index) => json.slice(start, ends[index] ?? json.length));
      expect(told(pieces)).toBe(text);
    }),
  );
});

test('a long one is looked at once, though it comes in very many pieces', () => {
  const text = lineOfPatch.repeat(20_000);
  const pieces = JSON.stringify({ input: text }).match(/[^]{1,3}/g) ?? [];
  expect(pieces.length).toBeGreaterThan(100_000);
  expect(told(pieces)).toBe(text);
});

test('a long one that comes in one piece, and is cut short, is all that has come of it', () => {
  const text = 'x'.repeat(200_000);
  expect(told([`{"input":"${text}`])).toBe(text);
  expect(told([`${' '.repeat(100_000)}{"input":"${text}"}`])).toBe(text);
});

test('of pieces of reasoning, each is held against few of those before it', () => {
  let looks = 0;
  const details = new ReasoningDetails();
  for (let at = 0; at < 2000; at += 1) {
    // As a provider may send it, but for telling when it is looked at.
    const piece = {
      type: 'reasoning.encrypted',
      data: 'x',
      get index() {
        looks += 1;
        return undefined;
      },
    } as unknown as ReasoningDetail;
    details.add(piece);
  }
  expect(details.all).toHaveLength(2000);
  expect(looks).toBeLessThan(2000 * 200);
});
