import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expiredKeepMs } from '../../../src/limits.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { day, minute, month } from '../../../src/core/ledger/window.ts';
import { TestLedger, concurrency, limit, noon, sliding } from '../../support/ledger.ts';

const dayMs = 86_400_000;
const twoAMinute = [limit('requests', minute, 2)];

/** A ledger that was called while the clock was a day ahead. The clock is right again; `now` is the ledger's time. */
function dayAhead(ledger: TestLedger): TestLedger {
  return ledger.use('before').pass(dayMs).use('ahead');
}

describe('a clock that was ahead and is right again', () => {
  test('stands still for the ledger, which refuses until the clock has caught up', () => {
    const ledger = dayAhead(new TestLedger(twoAMinute)).use('also ahead');
    expect(ledger.refusal('now')).toMatchObject({ comeBack: { kind: 'at' }, posted: 2 });
  });

  test('is believed again after a reset: then as much fits as the limit allows, and a window later again', () => {
    const ledger = dayAhead(new TestLedger(twoAMinute)).use('also ahead');
    ledger.reset(epochMs(noon + 5));
    expect(ledger.now).toBe(noon + 5);
    ledger.use('first').use('second');
    const refusal = ledger.refusal('third');
    if (refusal.comeBack.kind !== 'at') throw new Error('it is to come back');
    expect(refusal.comeBack.at).toBeLessThanOrEqual(noon + 5 + 61_000);
    ledger.moveTo(refusal.comeBack.at - 1);
    expect(ledger.admit('third').kind).toBe('refused');
    ledger.moveTo(refusal.comeBack.at).use('third').use('fourth');
    ledger.refusal('fifth');
  });

  test('ends the month when it ends', () => {
    const lastOfMonth = Date.UTC(2026, 2, 31, 12);
    const ledger = new TestLedger([limit('usd', month, 100)]).moveTo(lastOfMonth);
    ledger.pass(dayMs).use('in April', { nanoUsd: 100 });
    ledger.reset(epochMs(lastOfMonth + 1));
    ledger.use('in March', { nanoUsd: 60 });
    expect(ledger.refusal('too much', { nanoUsd: 41 })).toMatchObject({
      posted: 60,
      comeBack: { kind: 'at', at: Date.UTC(2026, 3, 1) },
    });
    ledger.moveTo(Date.UTC(2026, 3, 1)).use('in April again', { nanoUsd: 100 });
  });

  test('is no reason to set the time back where it is not behind', () => {
    const ledger = new TestLedger(twoAMinute).use('a').pass(10);
    ledger.reset(epochMs(noon + 10));
    ledger.reset(epochMs(noon + 20));
    expect(ledger.events.slice(-2).map(({ event }) => event)).toEqual([{ type: 'reset' }, { type: 'reset' }]);
  });
});

describe('what was under way while the clock was ahead', () => {
  test('is held, and when it ends posted, as if it had begun now', () => {
    const ledger = new TestLedger([limit('tokens', minute, 10), concurrency(2)]).pass(dayMs);
    const id = ledger.hold('a', { tokens: 6 });
    ledger.reset(noon);
    expect(ledger.refusal('b', { tokens: 5 })).toMatchObject({ held: 6, posted: 0 });
    ledger.pass(59_000).settle(id, { tokens: 6 });
    expect(ledger.refusal('b', { tokens: 5 })).toMatchObject({ held: 0, posted: 6 });
    ledger.pass(3000).use('b', { tokens: 10 });
  });

  test('is held where it was held, if it began before the clock was ahead', () => {
    const ledger = new TestLedger([limit('tokens', sliding(30_000), 10)]);
    const id = ledger.hold('a', { tokens: 6 });
    ledger.pass(dayMs).use('ahead', { tokens: 10 });
    ledger.reset(epochMs(noon + 20_000));
    expect(ledger.refusal('b', { tokens: 5 })).toMatchObject({ held: 6 });
    ledger.pass(11_000).use('b', { tokens: 10 });
    ledger.settle(id, { tokens: 6 });
    expect(ledger.refusal('c', { tokens: 1 })).toMatchObject({ posted: 10, held: 0 });
  });

  test('and expired can be corrected, for a day from the reset', () => {
    const ledger = new TestLedger([limit('tokens', day, 100)]).pass(dayMs);
    const [one, other] = [ledger.hold('a', { tokens: 10 }), ledger.hold('b', { tokens: 10 })];
    ledger.expire(one);
    ledger.expire(other);
    ledger.reset(noon);
    expect(ledger.settle(one, { tokens: 3 })).toEqual({ kind: 'settled', breach: false, corrected: true });
    ledger.pass(expiredKeepMs).expire(ledger.hold('c'));
    expect(ledger.settle(other, { tokens: 3 })).toEqual({ kind: 'ended' });
  });

  test('has ended, and its name is known', () => {
    const ledger = dayAhead(new TestLedger());
    ledger.reset(noon);
    expect(ledger.admit('ahead')).toEqual({ kind: 'ended' });
    ledger.pass(60_000);
    expect(ledger.admit('ahead')).toEqual({ kind: 'ended' });
  });
});

test('no admission overruns a window, whatever is under way and however often the time is set back', () => {
  const happening = fc.record({
    passMs: fc.constantFrom(0, 10, 20_000, 61_000),
    aheadMs: fc.constantFrom(0, 0, 0, 30_000, dayMs, 40 * dayMs),
    tokens: fc.integer({ min: 1, max: 60 }),
    what: fc.constantFrom('admit', 'admit', 'settle', 'expire', 'reset'),
  });
  const maxima = [100, 500];
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (history) => {
      const ledger = new TestLedger([limit('tokens', minute, 100), limit('tokens', month, 500)]);
      let clockMs: number = noon;
      for (const [index, { passMs, aheadMs, tokens, what }] of history.entries()) {
        clockMs += passMs;
        ledger.moveTo(Math.max(clockMs + aheadMs, ledger.state.at));
        const [open] = ledger.state.open.keys();
        if (what === 'settle' && open !== undefined) ledger.settle(open, { tokens });
        else if (what === 'expire' && open !== undefined) ledger.expire(open);
        else if (what === 'reset') ledger.moveTo(Math.max(clockMs, ledger.state.at)).reset(epochMs(clockMs));
        if (what !== 'admit' || ledger.admit(`call-${index}`, { tokens }).kind !== 'granted') continue;
        const sums = ledger.state.limits.map(({ counter }) => counter.postedSum + counter.heldSum);
        for (const [place, sum] of sums.entries()) expect(sum).toBeLessThanOrEqual(maxima[place] ?? 0);
      }
    }),
    { numRuns: 200 },
  );
});
