import { describe, expect, test } from 'vitest';
import { limitMaxNanoUsd, postedMax } from '../../../src/limits.ts';
import { exactMax } from '../../../src/core/ledger/counter.ts';
import { hour, minute, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, limit, noon, refusalOf, postedIn } from '../../support/ledger.ts';

// Sums of whole numbers are exact up to 2^53 - 1. Nothing that anybody asks for or spends may lead beyond.

describe('what is held adds up exactly', () => {
  test('also on an account without limits: a hold that would lead beyond is refused, and nothing is taken', () => {
    const ledger = new TestLedger();
    ledger.hold('a', { tokens: exactMax - 10 });
    expect(ledger.refusal('b', { tokens: 11 })).toMatchObject({
      limit: { metric: 'tokens', max: exactMax },
      posted: 0,
      held: exactMax - 10,
      free: 10,
      needed: 11,
      comeBack: { kind: 'holds' },
    });
    expect(ledger.admit('c', { tokens: 10 }).kind).toBe('granted');
    expect(ledger.admit('d', { nanoUsd: exactMax }).kind).toBe('granted');
    expect(ledger.refusal('e', { nanoUsd: 1 }).limit.metric).toBe('usd');
  });

  test('in the windows that the hold is in, and no others', () => {
    const ledger = new TestLedger();
    ledger.hold('a', { tokens: exactMax });
    ledger.pass(4_000_000);
    expect(ledger.refusal('b', { tokens: 1 }).limit.window.kind).toBe('sliding');
    expect(ledger.refusal('b', { tokens: 1 }).limit).toMatchObject({ metric: 'tokens', window: { ms: 86_400_000 } });
  });

  test('in counters of some models, for calls to those models', () => {
    const ledger = new TestLedger([limit('tokens', hour, 5, { models: ['limited'] })]);
    ledger.hold('a', { tokens: exactMax - 3, model: 'free' });
    expect(ledger.refusal('b', { tokens: 4, model: 'limited' }).limit.scope).toBeUndefined();
    expect(ledger.admit('c', { tokens: 3, model: 'limited' }).kind).toBe('granted');
  });

  test('when an attempt follows another: with what the first spent, and without what it held', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: exactMax });
    expect(refusalOf(ledger.extend(id, 2, { tokens: exactMax, spentTokens: 1 }))).toMatchObject({ posted: 1, held: 0 });
    expect(ledger.extend(id, 2, { tokens: exactMax - 1, spentTokens: 1 }).kind).toBe('granted');
  });

  test('and an attempt whose call has left a window takes nothing there', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 5 });
    ledger.pass(70_000).hold('b', { tokens: exactMax - 5 });
    expect(refusalOf(ledger.extend(id, 2, { tokens: 6 })).limit.window).not.toEqual(minute);
    expect(ledger.extend(id, 2, { tokens: 5 }).kind).toBe('granted');
  });
});

describe('what is posted has an end', () => {
  test('that no limit can lie beyond', () => {
    expect(postedMax).toBeGreaterThanOrEqual(limitMaxNanoUsd);
  });

  test('and what is spent beyond it is counted as that, because what was spent can not be refused', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { bounded: false });
    expect(ledger.settle(id, { nanoUsd: exactMax, tokens: exactMax })).toMatchObject({ kind: 'settled' });
    expect(postedIn(ledger.state, 'usd', total, noon)).toBe(postedMax);
    expect(ledger.settle(ledger.hold('b'), { nanoUsd: 5 })).toMatchObject({ kind: 'settled' });
    expect(postedIn(ledger.state, 'usd', total, noon)).toBe(postedMax);
    ledger.setLimits([limit('usd', total, limitMaxNanoUsd)]);
    expect(ledger.refusal('c', { nanoUsd: 1 }).comeBack).toEqual({ kind: 'never' });
  });

  test('and is never in the way of what is held already', () => {
    const ledger = new TestLedger();
    const held = ledger.hold('a', { tokens: exactMax - 7 });
    expect(ledger.settle(ledger.hold('b', { bounded: false }), { tokens: 100 })).toMatchObject({ kind: 'settled' });
    expect(postedIn(ledger.state, 'tokens', total, noon)).toBe(7);
    ledger.settle(held, { tokens: 3 });
    expect(postedIn(ledger.state, 'tokens', total, noon)).toBe(10);
  });

  test('and a correction never leads below nothing', () => {
    const ledger = new TestLedger();
    const full = ledger.hold('a', { bounded: false });
    const late = ledger.hold('b', { nanoUsd: 1000 });
    ledger.settle(full, { nanoUsd: postedMax });
    ledger.expire(late);
    ledger.settle(late, { nanoUsd: 1 });
    expect(postedIn(ledger.state, 'usd', total, noon)).toBe(postedMax - 999);
  });
});
