import { describe, expect, test } from 'vitest';
import { expiredKeepMax, expiredKeepMs, nameKeepMs } from '../../../src/limits.ts';
import { apply } from '../../../src/core/ledger/apply.ts';
import { decide } from '../../../src/core/ledger/decide.ts';
import { newLedger } from '../../../src/core/ledger/state.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, concurrency, limit, noon, sliding, postedIn } from '../../support/ledger.ts';

/** What was posted of money, tokens and requests, since ever. */
function posted(ledger: TestLedger): { usd: number; tokens: number; requests: number } {
  const sum = (metric: 'usd' | 'tokens' | 'requests'): number => postedIn(ledger.state, metric, total, ledger.now);
  return { usd: sum('usd'), tokens: sum('tokens'), requests: sum('requests') };
}

const nothing = { usd: 0, tokens: 0, requests: 0 };

describe('a hold ends once', () => {
  test('settled, it is posted as it was used', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 100, nanoUsd: 50 });
    expect(ledger.settle(id, { tokens: 70, nanoUsd: 30 })).toEqual({
      kind: 'settled',
      breach: false,
      corrected: false,
    });
    expect(posted(ledger)).toEqual({ usd: 30, tokens: 70, requests: 1 });
    expect(ledger.state.open.size).toBe(0);
  });

  test('voided, nothing of it is posted', () => {
    const ledger = new TestLedger();
    ledger.hold('a', { tokens: 100, nanoUsd: 50 });
    expect(ledger.void('a')).toEqual({ kind: 'voided' });
    expect(posted(ledger)).toEqual(nothing);
    expect(ledger.state.open.size).toBe(0);
  });

  test('expired, it is posted in full, because the money may be gone', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 100, nanoUsd: 50 });
    expect(ledger.expire(id)).toEqual({ kind: 'expired' });
    expect(posted(ledger)).toEqual({ usd: 50, tokens: 100, requests: 1 });
  });

  test.each(['settle', 'void', 'expire'] as const)('after a %s, nothing that comes later changes anything', (end) => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 10, nanoUsd: 10 });
    if (end === 'settle') ledger.settle(id, { tokens: 5, nanoUsd: 5 });
    if (end === 'void') ledger.void('a');
    if (end === 'expire') {
      ledger.expire(id);
      ledger.settle(id, { tokens: 5, nanoUsd: 5 });
    }
    const events = ledger.events.length;
    expect(ledger.settle(id, { tokens: 9, nanoUsd: 9 })).toEqual({ kind: 'ended' });
    expect(ledger.void('a')).toEqual({ kind: 'ended' });
    expect(ledger.expire(id)).toEqual({ kind: 'ended' });
    expect(ledger.extend(id, 2, { tokens: 1 })).toEqual({ kind: 'ended' });
    expect(ledger.admit('a')).toEqual({ kind: 'ended' });
    expect(ledger.events).toHaveLength(events);
  });

  test('what was never admitted cannot be settled, extended or expired', () => {
    const ledger = new TestLedger();
    expect(ledger.settle('7.7')).toEqual({ kind: 'ended' });
    expect(ledger.extend('7.7', 2)).toEqual({ kind: 'ended' });
    expect(ledger.expire('7.7')).toEqual({ kind: 'ended' });
    expect(ledger.events).toHaveLength(0);
  });

  test.each([
    ['tokens used', { tokens: -1 }],
    ['nano-dollars used', { nanoUsd: 1.5 }],
  ])('a settlement of no whole %s fails alone and leaves the hold', (what, used) => {
    const ledger = new TestLedger();
    const id = ledger.hold('a');
    expect(() => ledger.settle(id, used)).toThrow(what);
    expect(ledger.state.open.has(id)).toBe(true);
  });
});

describe('a breach', () => {
  test('is a settlement above the hold: it is charged in full, and said to be one', () => {
    const ledger = new TestLedger([limit('tokens', month, 100), limit('usd', month, 100)]);
    const id = ledger.hold('a', { tokens: 100, nanoUsd: 100 });
    expect(ledger.settle(id, { tokens: 120, nanoUsd: 90 })).toMatchObject({ breach: true });
    expect(posted(ledger).tokens).toBe(120);
    expect(ledger.refusal('b', { tokens: 1 })).toMatchObject({ posted: 120, free: 0 });
    expect(ledger.events.at(-1)?.event).toMatchObject({ type: 'settled', breach: true });
  });

  test('by money alone is one too', () => {
    const ledger = new TestLedger();
    expect(ledger.settle(ledger.hold('a', { nanoUsd: 100 }), { nanoUsd: 101 })).toMatchObject({ breach: true });
  });

  test('is none at the hold exactly, nor where the bound never was one', () => {
    const ledger = new TestLedger();
    expect(ledger.settle(ledger.hold('a', { tokens: 9 }), { tokens: 9 })).toMatchObject({ breach: false });
    expect(ledger.settle(ledger.hold('b', { bounded: false }), { tokens: 9 })).toMatchObject({ breach: false });
  });

  test('is found in a late settlement as well', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { nanoUsd: 100 });
    ledger.expire(id);
    expect(ledger.settle(id, { nanoUsd: 101 })).toEqual({ kind: 'settled', breach: true, corrected: true });
    expect(posted(ledger).usd).toBe(101);
  });
});

describe('a late settlement', () => {
  test('replaces what the expiry charged, once', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 100, nanoUsd: 50 });
    ledger.expire(id);
    expect(ledger.settle(id, { tokens: 3, nanoUsd: 2 })).toEqual({ kind: 'settled', breach: false, corrected: true });
    expect(posted(ledger)).toEqual({ usd: 2, tokens: 3, requests: 1 });
    expect(ledger.settle(id, { tokens: 0, nanoUsd: 0 })).toEqual({ kind: 'ended' });
    expect(posted(ledger)).toEqual({ usd: 2, tokens: 3, requests: 1 });
  });

  test('changes nothing where the period of its call has left', () => {
    const ledger = new TestLedger([limit('tokens', minute, 100)]);
    const id = ledger.hold('a', { tokens: 100 });
    ledger.pass(120_000).expire(id);
    ledger.use('b', { tokens: 60 }).settle(id, { tokens: 10 });
    expect(ledger.refusal('c', { tokens: 41 })).toMatchObject({ posted: 60, held: 0 });
    expect(posted(ledger).tokens).toBe(70);
  });

  test('does not touch counters that were reset since, and forgot the charge', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 100, nanoUsd: 50 });
    ledger.expire(id);
    ledger.reset();
    expect(ledger.settle(id, { tokens: 3, nanoUsd: 2 })).toMatchObject({ corrected: true });
    expect(posted(ledger)).toEqual(nothing);
  });

  test('does not touch counters that were born since, and never knew the charge', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 100, model: 'm' });
    ledger.expire(id);
    ledger.setLimits([limit('tokens', hour, 100, { models: ['m'] })]);
    ledger.settle(id, { tokens: 3 });
    expect(ledger.refusal('b', { tokens: 101 })).toMatchObject({ posted: 0 });
  });

  test('corrects counters that were born before the expiry, with only what was held in them', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 100 });
    ledger.setLimits([limit('tokens', hour, 100, { models: ['m'] })]);
    expect(ledger.refusal('b', { tokens: 1 })).toMatchObject({ posted: 0, held: 100 });
    ledger.expire(id);
    ledger.settle(id, { tokens: 3 });
    expect(ledger.refusal('c', { tokens: 98 })).toMatchObject({ posted: 3, held: 0 });
  });

  test('is also a void: of a call that was charged when it expired, it says that nothing was used', () => {
    const ledger = new TestLedger();
    ledger.expire(ledger.hold('other', { nanoUsd: 7 }));
    ledger.expire(ledger.hold('a', { tokens: 100, nanoUsd: 50 }));
    expect(ledger.void('a')).toEqual({ kind: 'voided' });
    expect(posted(ledger)).toEqual({ usd: 7, tokens: 0, requests: 2 });
    expect(ledger.void('a')).toEqual({ kind: 'ended' });
    expect(ledger.admit('a')).toEqual({ kind: 'ended' });
  });

  test('corrects only the counters that count its call', () => {
    const ledger = new TestLedger([limit('usd', hour, 100, { models: ['other'] })]);
    const id = ledger.hold('a', { nanoUsd: 50 });
    ledger.expire(id);
    ledger.settle(id, { nanoUsd: 10 });
    expect(ledger.admit('b', { nanoUsd: 100, model: 'other' }).kind).toBe('granted');
  });

  test('is taken for a day at least after the expiry, and then no longer once others have expired', () => {
    const ledger = new TestLedger();
    const [first, second] = [ledger.hold('a', { nanoUsd: 5 }), ledger.hold('b', { nanoUsd: 5 })];
    ledger.expire(first);
    ledger.pass(expiredKeepMs - 1).expire(second);
    expect(ledger.state.expired.has(first)).toBe(true);
    ledger.pass(1).expire(ledger.hold('c', {}));
    expect([...ledger.state.expired.keys()]).not.toContain(first);
    expect(ledger.settle(first, { nanoUsd: 1 })).toEqual({ kind: 'ended' });
    expect(ledger.settle(second, { nanoUsd: 1 })).toMatchObject({ corrected: true });
  });

  test('is taken for as many as an account may have kept, the newest', () => {
    const ledger = new TestLedger();
    for (let index = 0; index <= expiredKeepMax; index += 1) ledger.expire(ledger.hold(`a${index}`));
    expect(ledger.state.expired.size).toBe(expiredKeepMax);
    expect(ledger.settle('1.0')).toEqual({ kind: 'ended' });
    expect(ledger.settle('1.2')).toMatchObject({ corrected: true });
  });
});

describe('names', () => {
  test('an admit that is repeated is the same hold, and is answered the same', () => {
    const ledger = new TestLedger([limit('requests', minute, 1)]);
    const wanted = { tokens: 5, tokensPerCapToken: 1, capWanted: 7, nanoUsd: 3 };
    const first = ledger.admit('a', wanted);
    expect(ledger.pass(500).admit('a', { ...wanted, capWanted: 9 })).toEqual({ ...first, repeated: true });
    expect(ledger.events).toHaveLength(2);
  });

  test('a void before its admit sees to it that the admit is refused', () => {
    const ledger = new TestLedger();
    expect(ledger.void('a')).toEqual({ kind: 'voided' });
    expect(ledger.void('a')).toEqual({ kind: 'ended' });
    expect(ledger.admit('a')).toEqual({ kind: 'ended' });
    expect(ledger.state.open.size).toBe(0);
  });

  test('the name of a call that was refused is free', () => {
    const ledger = new TestLedger([concurrency(1)]);
    const id = ledger.hold('a');
    expect(ledger.admit('b').kind).toBe('refused');
    ledger.settle(id);
    expect(ledger.admit('b').kind).toBe('granted');
  });

  test('are remembered for the lease and ten minutes after the end, and forgotten a quarter of that later', () => {
    const ledger = new TestLedger();
    ledger.use('a');
    ledger.pass(nameKeepMs).use('b');
    expect(ledger.admit('a')).toEqual({ kind: 'ended' });
    for (let quarter = 1; quarter <= 4; quarter += 1) ledger.pass(nameKeepMs / 4).use(`later-${quarter}`);
    expect(ledger.admit('b')).toEqual({ kind: 'ended' });
    expect(ledger.admit('a').kind).toBe('granted');
  });
});

describe('time', () => {
  test('never runs backwards: neither a command nor an event may come before the last event', () => {
    const ledger = new TestLedger().use('a');
    const before = epochMs(noon - 1);
    expect(() => decide(ledger.state, { type: 'reset', clock: noon }, before, '1.9')).toThrow(
      'a command before the last event',
    );
    expect(() => {
      apply(ledger.state, { type: 'reset' }, before);
    }).toThrow('an event before the one it follows');
  });

  test('a hold that outlives its window has left it, and its settlement comes to nothing there', () => {
    const ledger = new TestLedger([limit('tokens', sliding(30_000), 10)]);
    const id = ledger.hold('a', { tokens: 10 });
    ledger.pass(31_000);
    ledger.hold('b', { tokens: 10 });
    ledger.settle(id, { tokens: 10 });
    expect(ledger.refusal('c', { tokens: 1 })).toMatchObject({ posted: 0, held: 10 });
    expect(posted(ledger)).toEqual({ usd: 0, tokens: 10, requests: 1 });
  });

  test('a settlement after the turn of a month belongs to the month of the admission', () => {
    const ledger = new TestLedger([limit('usd', month, 100)]).moveTo(Date.UTC(2026, 2, 31, 23, 59, 59, 999));
    const id = ledger.hold('a', { nanoUsd: 100 });
    ledger.pass(1).hold('b', { nanoUsd: 70 });
    ledger.settle(id, { nanoUsd: 100 });
    expect(ledger.refusal('c', { nanoUsd: 31 })).toMatchObject({ posted: 0, held: 70 });
  });
});

describe('facts that contradict what is known are no facts', () => {
  const at = noon;
  const amounts = { tokens: 1, nanoUsd: 1, cap: 0 };
  const call = { name: 'a', endpoint: 'chat', model: 'm', stream: false, bounded: true } as const;
  const admitted = { type: 'admitted', id: '1.0', ...call, ...amounts } as const;

  test('a second admission of one hold, or of one name', () => {
    const state = newLedger();
    apply(state, admitted, at);
    expect(() => apply(state, admitted, at)).toThrow('call a was admitted twice');
    expect(() => apply(state, { ...admitted, id: '1.1' }, at)).toThrow('call a was admitted twice');
  });

  test('the end or extension of a hold that is not open', () => {
    const state = newLedger();
    const used = { tokens: 0, nanoUsd: 0, breach: false, facts: {} };
    expect(() => apply(state, { type: 'settled', id: '1.0', ...used }, at)).toThrow('hold 1.0 is not open');
    expect(() => apply(state, { type: 'voided', id: '1.0' }, at)).toThrow('hold 1.0 is not open');
    expect(() => apply(state, { type: 'expired', id: '1.0' }, at)).toThrow('hold 1.0 is not open');
    expect(() => apply(state, { type: 'corrected', id: '1.0', ...used }, at)).toThrow('was not expired');
  });
});
