import { describe, expect, test } from 'vitest';
import { Tally, mostInWindow } from '../load/tally.ts';

const price = { inputPicoUsd: 250_000n, outputPicoUsd: 2_000_000n };

describe('the referee', () => {
  test('counts money to the pico-dollar', () => {
    const tally = new Tally();
    tally.begin('a', 0, false).bill(3, 1, price);
    tally.begin('b', 0, false).bill(1, 0, price);
    expect(tally.picoUsd).toBe(3_000_000n);
    expect(tally.tokens).toBe(5);
  });

  test('counts the attempts of one call as one call', () => {
    const tally = new Tally();
    tally.begin('a', 0, false).end();
    tally.begin('a', 0, false).bill(1, 1, price);
    expect([tally.attempts, tally.attemptsBilled, tally.calls.size]).toEqual([2, 1, 1]);
    expect(tally.calls.get('a')).toMatchObject({ attempts: 2, inputTokens: 1, outputTokens: 1 });
  });

  test('remembers how many calls and streams there were at once at most', () => {
    const tally = new Tally();
    const first = tally.begin('a', 0, true);
    const second = tally.begin('b', 0, false);
    first.end();
    first.end();
    tally.begin('c', 0, true);
    second.end();
    expect([tally.inFlightPeak, tally.streamsPeak, tally.inFlight, tally.streams]).toEqual([2, 1, 1, 1]);
  });
});

describe('the most that was used in any window', () => {
  /** Calls that were sent and arrived at these moments. */
  function tallyOf(moments: readonly (readonly [sentAtMs: number, arrivedAtMs: number])[]): Tally {
    const tally = new Tally();
    for (const [index, [sentAtMs, arrivedAtMs]] of moments.entries()) {
      const name = `call-${index}`;
      const counts = { attempts: 1, attemptsBilled: 1, inputTokens: 10, outputTokens: 0, picoUsd: 0n };
      tally.calls.set(name, { name, endpoint: 'chat', sentAtMs, arrivedAtMs, ...counts });
    }
    return tally;
  }

  test('is found wherever the window lies, in whatever order the calls came', () => {
    const tally = tallyOf([
      [5000, 5001],
      [0, 1],
      [900, 901],
      [1200, 1201],
      [1800, 1801],
    ]);
    expect(mostInWindow(tally, 1000, () => 1)).toBe(3);
    expect(mostInWindow(tally, 1000, (call) => call.inputTokens)).toBe(30);
  });

  test('does not count a call that may have been admitted after the window', () => {
    expect(
      mostInWindow(
        tallyOf([
          [0, 1],
          [999, 999],
        ]),
        1000,
        () => 1,
      ),
    ).toBe(2);
    expect(
      mostInWindow(
        tallyOf([
          [0, 1],
          [999, 1000],
        ]),
        1000,
        () => 1,
      ),
    ).toBe(1);
  });
});
