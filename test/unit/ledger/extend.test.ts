import { describe, expect, test } from 'vitest';
import { hour, minute, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, concurrency, limit, noon, refusalOf, streams, postedIn } from '../../support/ledger.ts';

describe('a second attempt', () => {
  test('posts what the first may have cost and reserves for itself, in one command and in the same slot', () => {
    const ledger = new TestLedger([concurrency(1), limit('requests', minute, 1), limit('usd', hour, 100)]);
    const id = ledger.hold('a', { nanoUsd: 40 });
    expect(ledger.extend(id, 2, { nanoUsd: 60, spentNanoUsd: 40, model: 'n' })).toEqual({
      kind: 'granted',
      holdId: id,
      cap: 0,
      tokens: 0,
      nanoUsd: 60,
      repeated: false,
    });
    expect(postedIn(ledger.state, 'usd', total, noon)).toBe(40);
    ledger.settle(id, { nanoUsd: 60 });
    expect(postedIn(ledger.state, 'usd', total, noon)).toBe(100);
    expect(postedIn(ledger.state, 'requests', total, noon)).toBe(1);
  });

  test('gives back what the first held and did not spend', () => {
    const ledger = new TestLedger([limit('tokens', hour, 100)]);
    const id = ledger.hold('a', { tokens: 100 });
    expect(ledger.extend(id, 2, { tokens: 90, spentTokens: 10 }).kind).toBe('granted');
    expect(ledger.refusal('b', { tokens: 1 })).toMatchObject({ posted: 10, held: 90 });
  });

  test('that does not fit is refused, changes nothing, and leaves the first as it was', () => {
    const ledger = new TestLedger([limit('tokens', hour, 100)]);
    const id = ledger.hold('a', { tokens: 60 });
    const before = ledger.events.length;
    expect(refusalOf(ledger.extend(id, 2, { tokens: 50, spentTokens: 60 }))).toMatchObject({
      posted: 60,
      held: 0,
      free: 40,
      needed: 50,
    });
    expect(ledger.events).toHaveLength(before);
    expect(ledger.refusal('b', { tokens: 41 })).toMatchObject({ posted: 0, held: 60 });
  });

  test('repeated is answered the same, and an earlier one that comes late is told that it is over', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 1 });
    const second = ledger.extend(id, 2, { tokens: 5, spentTokens: 1 });
    expect(ledger.extend(id, 2, { tokens: 9, spentTokens: 7 })).toEqual({ ...second, repeated: true });
    ledger.extend(id, 3, { tokens: 2, spentTokens: 5 });
    expect(ledger.extend(id, 2, { tokens: 5, spentTokens: 1 })).toEqual({ kind: 'ended' });
    expect(postedIn(ledger.state, 'tokens', total, noon)).toBe(6);
  });

  test('is lowered to what is left after what the first spent', () => {
    const ledger = new TestLedger([limit('tokens', hour, 100)]);
    const id = ledger.hold('a', { tokens: 30 });
    const next = { tokens: 10, tokensPerCapToken: 1, capWanted: 500, spentTokens: 30 };
    expect(ledger.extend(id, 2, next)).toMatchObject({ kind: 'granted', cap: 60, tokens: 70 });
  });

  test('takes nothing in a window that its call has left, and is not refused by it', () => {
    const ledger = new TestLedger([limit('tokens', minute, 100), limit('tokens', hour, 1000)]);
    const id = ledger.hold('a', { tokens: 60 });
    ledger.pass(90_000).hold('b', { tokens: 100 });
    expect(ledger.extend(id, 2, { tokens: 500, spentTokens: 60 }).kind).toBe('granted');
    expect(ledger.refusal('c', { tokens: 1 })).toMatchObject({ posted: 0, held: 100, limit: { window: minute } });
    expect(postedIn(ledger.state, 'tokens', hour, ledger.now)).toBe(60);
  });

  test('of a stream stays one stream', () => {
    const ledger = new TestLedger([streams(1)]);
    const id = ledger.hold('a', { stream: true });
    expect(ledger.extend(id, 2).kind).toBe('granted');
    expect(ledger.admit('b', { stream: true }).kind).toBe('refused');
  });

  test('on another model counts in the limits of that model, what the first spent in those of its own', () => {
    const cheap = limit('usd', hour, 100, { models: ['cheap'] });
    const dear = limit('usd', hour, 100, { models: ['dear'] });
    const ledger = new TestLedger([cheap, dear]);
    const id = ledger.hold('a', { model: 'cheap', nanoUsd: 80 });
    ledger.extend(id, 2, { model: 'dear', nanoUsd: 90, spentNanoUsd: 30 });
    expect(ledger.refusal('b', { model: 'cheap', nanoUsd: 71 })).toMatchObject({ limit: cheap, posted: 30, held: 0 });
    expect(ledger.refusal('c', { model: 'dear', nanoUsd: 11 })).toMatchObject({ limit: dear, posted: 0, held: 90 });
    ledger.settle(id, { nanoUsd: 60 });
    expect(ledger.refusal('d', { model: 'cheap', nanoUsd: 71 })).toMatchObject({ posted: 30 });
    expect(ledger.refusal('e', { model: 'dear', nanoUsd: 41 })).toMatchObject({ posted: 60 });
  });

  test('on another model is refused by a limit of that model with only what stands there', () => {
    const dear = limit('tokens', hour, 100, { models: ['dear'] });
    const ledger = new TestLedger([dear]).use('before', { model: 'dear', tokens: 30 });
    const id = ledger.hold('a', { model: 'cheap', tokens: 1000 });
    const refusal = refusalOf(ledger.extend(id, 2, { model: 'dear', tokens: 71, spentTokens: 500 }));
    expect(refusal).toMatchObject({ limit: dear, posted: 30, held: 0, free: 70, needed: 71 });
    expect(ledger.extend(id, 2, { model: 'dear', tokens: 70, spentTokens: 500 }).kind).toBe('granted');
  });

  test('is voided without forgetting what the first spent', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 10, nanoUsd: 10 });
    ledger.extend(id, 2, { tokens: 20, nanoUsd: 20, spentTokens: 7, spentNanoUsd: 6 });
    ledger.void('a');
    expect(postedIn(ledger.state, 'tokens', total, noon)).toBe(7);
    expect(postedIn(ledger.state, 'usd', total, noon)).toBe(6);
    expect(postedIn(ledger.state, 'requests', total, noon)).toBe(0);
  });

  test('that expired is corrected by its own amounts, and what the first spent stays', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 10 });
    ledger.extend(id, 2, { tokens: 20, spentTokens: 7 });
    ledger.expire(id);
    expect(postedIn(ledger.state, 'tokens', total, noon)).toBe(27);
    ledger.settle(id, { tokens: 4 });
    expect(postedIn(ledger.state, 'tokens', total, noon)).toBe(11);
  });

  test.each([
    ['tokens spent', { spentTokens: -1 }],
    ['nano-dollars spent', { spentNanoUsd: 0.1 }],
    ['fixed tokens', { tokens: -1 }],
  ])('with no whole %s fails alone', (what, next) => {
    const ledger = new TestLedger();
    const id = ledger.hold('a');
    expect(() => ledger.extend(id, 2, next)).toThrow(what);
    expect(ledger.extend(id, 2).kind).toBe('granted');
  });
});
