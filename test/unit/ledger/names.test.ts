import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isRemembered,
  newEndedNames,
  oldestGeneration,
  remember,
  restoreNames,
  setNamesBack,
  takeFresh,
} from '../../../src/core/ledger/names.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';

const keepMs = 4000;
const start = 1_000_000_000;
const at = (ms: number): ReturnType<typeof epochMs> => epochMs(start + ms);

describe('the name of an ended call', () => {
  test('is known for as long as it is kept, and for at most a quarter of that longer', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(keepMs), fc.nat(100_000), (endMs, laterMs, muchLaterMs) => {
        const names = newEndedNames(keepMs);
        remember(names, 'a', at(endMs));
        expect(isRemembered(names, 'a', at(endMs + laterMs))).toBe(true);
        expect(isRemembered(names, 'a', at(endMs + 1.25 * keepMs + muchLaterMs))).toBe(false);
        expect(isRemembered(names, 'b', at(endMs))).toBe(false);
      }),
    );
  });

  test('is known or not in the same way whatever else has ended since, and however often the actor slept', () => {
    const ends = fc.array(fc.record({ passMs: fc.nat(3000), name: fc.integer({ min: 0, max: 12 }) }), { minLength: 1 });
    fc.assert(
      fc.property(ends, fc.nat(8000), (ended, afterMs) => {
        const awake = newEndedNames(keepMs);
        const log: [number, readonly string[]][] = [];
        let slept = newEndedNames(keepMs);
        let now = 0;
        for (const { passMs, name } of ended) {
          now += passMs;
          for (const names of [awake, slept]) remember(names, `n${name}`, at(now));
          log.push(
            ...takeFresh(slept).names.map(
              ({ generation, names }) => [generation, names] as [number, readonly string[]],
            ),
          );
          slept = newEndedNames(keepMs);
          for (const [generation, names] of log) restoreNames(slept, generation, names);
        }
        for (let name = 0; name <= 12; name += 1) {
          const asked = [`n${name}`, at(now + afterMs)] as const;
          expect(isRemembered(slept, ...asked)).toBe(isRemembered(awake, ...asked));
        }
      }),
    );
  });
});

describe('what is to be written beside a checkpoint', () => {
  test('is handed over once, by generation', () => {
    const names = newEndedNames(keepMs);
    remember(names, 'a', at(0));
    remember(names, 'b', at(1));
    remember(names, 'c', at(1000));
    expect(takeFresh(names).names.map(({ names: ended }) => ended)).toEqual([['a', 'b'], ['c']]);
    expect(takeFresh(names)).toEqual({ replacesNames: false, names: [] });
    expect(isRemembered(names, 'a', at(1000))).toBe(true);
  });

  test('leaves out what is too old to matter', () => {
    const names = newEndedNames(keepMs);
    for (let quarter = 0; quarter < 10; quarter += 1) remember(names, `n${quarter}`, at(quarter * 1000));
    const oldest = oldestGeneration(names, at(9000));
    expect(takeFresh(names).names.every(({ generation }) => generation >= oldest)).toBe(true);
  });

  test('follows the rate of calls, and not their number', () => {
    const names = newEndedNames(keepMs);
    for (let call = 0; call < 50_000; call += 1) remember(names, `n${call}`, at(call));
    const kept = [...names.generations.values()].reduce((sum, { size }) => sum + size, 0);
    expect(kept).toBeLessThanOrEqual(1.5 * keepMs);
  });
});

describe('time that is set back', () => {
  test('leaves known what was known, for as long as if it had ended then', () => {
    const names = newEndedNames(keepMs);
    remember(names, 'old', at(0));
    remember(names, 'a', at(50_000));
    setNamesBack(names, at(50_000), at(10_000));
    for (const [ms, isKnown] of [
      [10_000, true],
      [10_000 + keepMs, true],
      [10_000 + 1.5 * keepMs, false],
    ] as const) {
      expect(isRemembered(names, 'a', at(ms))).toBe(isKnown);
      expect(isRemembered(names, 'old', at(ms))).toBe(false);
    }
  });

  test.each([
    [10_000, 1],
    [10_001, 2],
  ])('has %i names written anew, in pieces that fit into a row, and once', (count, rows) => {
    const names = newEndedNames(keepMs);
    for (let name = 0; name < count; name += 1) remember(names, `${name}`, at(0));
    expect(takeFresh(names)).toMatchObject({ replacesNames: false });
    setNamesBack(names, at(0), epochMs(0));
    const taken = takeFresh(names);
    expect(taken.replacesNames).toBe(true);
    expect(taken.names).toHaveLength(rows);
    expect(new Set(taken.names.flatMap(({ names: ended }) => ended)).size).toBe(count);
    expect(takeFresh(names)).toEqual({ replacesNames: false, names: [] });
  });
});
