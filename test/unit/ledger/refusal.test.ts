import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longer } from '../../../src/core/ledger/refusal.ts';
import { type EpochMs, epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { type Window, day, hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, concurrency, limit, refusalOf, sliding, streams } from '../../support/ledger.ts';

/** The moment that a refusal says to come back at. */
function comeBackAt(refusal: ReturnType<TestLedger['refusal']>): EpochMs {
  if (refusal.comeBack.kind !== 'at') throw new Error(`no moment to come back at: ${JSON.stringify(refusal)}`);
  return refusal.comeBack.at;
}

describe('a refusal says', () => {
  test('which limit it was, what is posted, held and free under it, and what was needed', () => {
    const ledger = new TestLedger([limit('usd', month, 100), concurrency(9)]).use('a', { nanoUsd: 50 });
    ledger.hold('b', { nanoUsd: 20 });
    expect(ledger.refusal('c', { nanoUsd: 31 })).toEqual({
      limit: limit('usd', month, 100),
      posted: 50,
      held: 20,
      free: 30,
      needed: 31,
      comeBack: { kind: 'holds' },
    });
  });

  test('nothing below zero is free, also where a maximum was lowered below what is posted', () => {
    const ledger = new TestLedger([limit('usd', month, 100)]).use('a', { nanoUsd: 90 });
    ledger.setLimits([limit('usd', month, 10)]);
    expect(ledger.refusal('b', { nanoUsd: 1 })).toMatchObject({ posted: 90, held: 0, free: 0, needed: 1 });
  });

  test('that only holds stand in the way, where what is posted leaves room enough', () => {
    const ledger = new TestLedger([limit('tokens', hour, 100)]).use('a', { tokens: 40 });
    const id = ledger.hold('b', { tokens: 60 });
    expect(ledger.refusal('c', { tokens: 60 }).comeBack).toEqual({ kind: 'holds' });
    expect(ledger.refusal('c', { tokens: 61 }).comeBack.kind).toBe('at');
    ledger.settle(id, { tokens: 0 });
    expect(ledger.admit('c', { tokens: 60 }).kind).toBe('granted');
  });

  test('that it can never fit, where it needs more than the maximum, or a total is used up', () => {
    const ledger = new TestLedger([limit('tokens', hour, 100), limit('usd', total, 100)]).use('a', { nanoUsd: 60 });
    expect(ledger.refusal('b', { tokens: 101 }).comeBack).toEqual({ kind: 'never' });
    expect(ledger.refusal('c', { nanoUsd: 41 }).comeBack).toEqual({ kind: 'never' });
    expect(ledger.admit('d', { nanoUsd: 40 }).kind).toBe('granted');
  });

  test('of several limits that refuse, the one that stands in the way for the longest', () => {
    const ledger = new TestLedger([
      concurrency(1),
      limit('requests', minute, 1),
      limit('requests', day, 1),
      limit('requests', hour, 1),
    ]);
    ledger.use('a').setLimits([concurrency(0), ...ledger.state.limits.slice(1).map(({ limit: kept }) => kept)]);
    expect(ledger.refusal('b').limit).toEqual(concurrency(0));
    ledger.setLimits([
      concurrency(1),
      limit('requests', minute, 1),
      limit('requests', day, 1),
      limit('requests', hour, 1),
    ]);
    expect(ledger.refusal('c').limit.window).toEqual(day);
  });

  test('of several that stand in the way for as long, the first', () => {
    const refusal = (max: number, kind: 'holds' | 'never') => ({
      limit: limit('tokens', day, max),
      posted: 0,
      held: 0,
      free: 0,
      needed: 1,
      comeBack: { kind },
    });
    expect(longer(undefined, refusal(1, 'holds')).limit.max).toBe(1);
    expect(longer(refusal(1, 'holds'), refusal(2, 'holds')).limit.max).toBe(1);
    expect(longer(refusal(1, 'holds'), refusal(2, 'never')).limit.max).toBe(2);
    expect(longer(refusal(1, 'never'), refusal(2, 'never')).limit.max).toBe(1);
  });
});

describe('the moment to come back at is exact', () => {
  const windows: [string, Window][] = [
    ['30s', sliding(30_000)],
    ['45s, whose periods are no whole milliseconds', sliding(45_000)],
    ['a minute', minute],
    ['an hour', hour],
    ['a day', day],
    ['90d', sliding(90 * 86_400_000)],
    ['a month', month],
  ];

  test.each(windows)('over %s: then it fits, and a millisecond earlier it is refused', (_name, window) => {
    const ledger = new TestLedger([limit('requests', window, 1)]).use('a');
    const back = comeBackAt(ledger.refusal('b'));
    expect(ledger.moveTo(back - 1).refusal('b').comeBack).toEqual({ kind: 'at', at: back });
    expect(ledger.moveTo(back).admit('b').kind).toBe('granted');
  });

  test('a month is over at midnight of its last day, also of February', () => {
    const ledger = new TestLedger([limit('usd', month, 1)]).moveTo(Date.UTC(2028, 1, 29, 23, 59, 59, 999));
    ledger.use('a', { nanoUsd: 1 });
    expect(comeBackAt(ledger.refusal('b', { nanoUsd: 1 }))).toBe(Date.UTC(2028, 2, 1));
  });

  test('for any history of uses, any windows and any need, without holds in the way', () => {
    const use = fc.record({ passMs: fc.nat({ max: 20_000 }), tokens: fc.integer({ min: 1, max: 40 }) });
    const window = fc.constantFrom<Window>(sliding(30_000), sliding(47_000), minute, hour, month);
    const lengths = { minLength: 1, maxLength: 3 };
    fc.assert(
      fc.property(fc.array(use, { maxLength: 30 }), fc.array(window, lengths), fc.nat(100), (uses, over, tokens) => {
        const ledger = new TestLedger(over.map((each) => limit('tokens', each, 100)));
        uses.forEach((each, index) => {
          const answer = ledger.pass(each.passMs).admit(`u${index}`, { tokens: each.tokens });
          if (answer.kind === 'granted') ledger.settle(answer.holdId, answer);
        });
        const answer = ledger.admit('last', { tokens });
        if (answer.kind === 'granted') return;
        const back = comeBackAt(refusalOf(answer));
        expect(comeBackAt(ledger.moveTo(back - 1).refusal('last', { tokens }))).toBe(back);
        expect(ledger.moveTo(back).admit('last', { tokens }).kind).toBe('granted');
      }),
      { numRuns: 150 },
    );
  });

  test('for an attempt that follows another: what the first spent is in its way for as long as it counts', () => {
    const ledger = new TestLedger([limit('tokens', minute, 100)]).use('before', { tokens: 30 }).pass(20_000);
    const id = ledger.hold('a', { tokens: 50 });
    const next = { tokens: 60, spentTokens: 50 };
    const refusal = refusalOf(ledger.pass(10_000).extend(id, 2, next));
    expect(refusal).toMatchObject({ posted: 80, held: 0, free: 20, needed: 60 });
    const back = comeBackAt(refusal);
    expect(comeBackAt(refusalOf(ledger.moveTo(back - 1).extend(id, 2, next)))).toBe(back);
    expect(ledger.moveTo(back).extend(id, 2, next).kind).toBe('granted');
  });

  test('for an attempt that follows another, as for the call that its client would make anew', () => {
    const ledger = new TestLedger([limit('tokens', minute, 100)]);
    const id = ledger.hold('a', { tokens: 50 });
    ledger.pass(20_000).use('later', { tokens: 50 });
    const back = comeBackAt(refusalOf(ledger.extend(id, 2, { tokens: 60, spentTokens: 30 })));
    ledger.settle(id, { tokens: 30 });
    expect(comeBackAt(ledger.moveTo(back - 1).refusal('anew', { tokens: 60 }))).toBe(back);
    expect(ledger.moveTo(back).admit('anew', { tokens: 60 }).kind).toBe('granted');
  });

  test('for an attempt that follows another under a total: never, where what the first spent leaves too little', () => {
    const ledger = new TestLedger([limit('tokens', total, 100)]);
    const id = ledger.hold('a', { tokens: 50 });
    const refusal = refusalOf(ledger.extend(id, 2, { tokens: 60, spentTokens: 50 }));
    expect(refusal.comeBack).toEqual({ kind: 'never' });
  });
});

test('limits of streams and concurrency are worth coming back to as soon as a hold ends', () => {
  const ledger = new TestLedger([streams(1), concurrency(2)]);
  ledger.hold('a', { stream: true });
  expect(ledger.refusal('b', { stream: true })).toMatchObject({ limit: streams(1), comeBack: { kind: 'holds' } });
  ledger.hold('c');
  expect(ledger.refusal('d')).toMatchObject({ limit: concurrency(2), posted: 0, held: 2, free: 0, needed: 1 });
});

test('no interval of a window’s length is ever overrun, and a window is never kept for a 64th longer than it is', () => {
  const use = fc.record({ passMs: fc.nat({ max: 9000 }), tokens: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.array(use, { minLength: 20, maxLength: 60 }), fc.integer({ min: 30, max: 90 }), (uses, seconds) => {
      const windowMs = seconds * 1000;
      const ledger = new TestLedger([limit('tokens', sliding(windowMs), 100)]);
      const granted: { at: number; tokens: number }[] = [];
      const usedSince = (from: number): number =>
        granted.filter(({ at }) => at >= from).reduce((sum, { tokens }) => sum + tokens, 0);
      uses.forEach(({ passMs, tokens }, index) => {
        const at = epochMs(ledger.pass(passMs).now);
        const answer = ledger.admit(`u${index}`, { tokens });
        if (answer.kind === 'granted') {
          ledger.settle(answer.holdId, answer);
          granted.push({ at, tokens });
          expect(usedSince(at - windowMs)).toBeLessThanOrEqual(100);
        } else {
          expect(usedSince(at - windowMs - Math.ceil(windowMs / 64)) + tokens).toBeGreaterThan(100);
        }
      });
    }),
    { numRuns: 100 },
  );
});
