import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SearchSize, inputOfTurns } from '../../../src/gateway/bound/search-bound.ts';

const ofResponses = (uses: number): SearchSize => ({ turns: uses + 1, outputTurns: 1, searches: uses, finds: uses });
const prompt = { first: 1000, contextTokens: 100_000, tokensPerFind: undefined, cap: 500 };

describe('what is put in by a call in which the provider searches', () => {
  test('is what was sent, and the whole context each time that the model is asked again', () => {
    expect(inputOfTurns(ofResponses(1), prompt)).toBe(1000 + 100_000);
    expect(inputOfTurns(ofResponses(3), prompt)).toBe(1000 + 3 * 100_000);
    expect(inputOfTurns(ofResponses(3), { ...prompt, first: 200_000 })).toBe(4 * 100_000);
  });

  test('is no more than all that may have been found and said, where it is known how much is found at once', () => {
    expect(inputOfTurns(ofResponses(2), { ...prompt, tokensPerFind: 8000 })).toBe(1000 + 2 * (1000 + 2 * 8000 + 500));
    const messages = { turns: 4, outputTurns: 4, searches: 2, finds: 2 };
    expect(inputOfTurns(messages, { ...prompt, tokensPerFind: 8000 })).toBe(
      1000 + [1, 2, 3].reduce((sum, said) => sum + 1000 + 2 * 8000 + said * 500, 0),
    );
  });

  test('is never less than a provider that keeps to its cap can put in, however it searches', () => {
    const share = fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
    const turn = fc.record({ finds: fc.nat(4), found: share, said: share });
    const sized = fc.record({
      isShared: fc.boolean(),
      uses: fc.integer({ min: 1, max: 8 }),
      first: fc.nat(3000),
      tokensPerFind: fc.option(fc.nat(2000), { nil: undefined }),
      cap: fc.nat(400),
      contextTokens: fc.integer({ min: 1, max: 6000 }),
    });
    fc.assert(
      fc.property(sized, fc.array(turn, { maxLength: 12 }), ({ isShared, uses, ...of }, turns) => {
        const size = isShared ? ofResponses(uses) : { turns: 10, outputTurns: 10, searches: uses, finds: uses };
        let [left, said, found, sum] = [uses, 0, 0, 0];
        for (const each of turns.slice(0, size.turns)) {
          sum += Math.min(of.contextTokens, of.first + found + said);
          const finds = Math.min(left, each.finds);
          // One that shares its uses with all others is asked again only because something was found.
          if (isShared && finds === 0) break;
          left -= finds;
          found += finds * Math.floor(each.found * (of.tokensPerFind ?? of.contextTokens));
          said += Math.floor(each.said * (isShared ? of.cap - said : of.cap));
        }
        expect(sum).toBeLessThanOrEqual(inputOfTurns(size, of));
      }),
      { numRuns: 2000 },
    );
  });
});
