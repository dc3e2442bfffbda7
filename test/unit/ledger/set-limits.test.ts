import { describe, expect, test } from 'vitest';
import { limitsPerAccountMax, namedCountersMax } from '../../../src/limits.ts';
import { limitStandings } from '../../../src/core/ledger/admission.ts';
import { standingCounters } from '../../../src/core/ledger/state.ts';
import { day, hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, concurrency, limit, sliding, streams } from '../../support/ledger.ts';

describe('a limit that is set while calls are in flight', () => {
  test('knows what was spent before it was set, where every account counts that', () => {
    const ledger = new TestLedger().use('a', { nanoUsd: 60 });
    ledger.setLimits([limit('usd', month, 100)]);
    expect(ledger.refusal('b', { nanoUsd: 41 })).toMatchObject({ posted: 60, held: 0 });
  });

  test('knows what is held, and what becomes of it', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 60, stream: true });
    ledger.setLimits([limit('tokens', sliding(45_000), 100), concurrency(1), streams(1)]);
    expect(limitStandings(ledger.state, ledger.now).map(({ held }) => held)).toEqual([60, 1, 1]);
    ledger.settle(id, { tokens: 20 });
    expect(limitStandings(ledger.state, ledger.now).map(({ posted, held }) => [posted, held])).toEqual([
      [20, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test('of some models begins with what is held of those models, and not with what was spent', () => {
    const ledger = new TestLedger().use('a', { model: 'gpt-5', tokens: 50 });
    ledger.hold('b', { model: 'gpt-5', tokens: 30 });
    ledger.hold('c', { model: 'claude', tokens: 30 });
    ledger.setLimits([limit('tokens', hour, 100, { models: ['gpt-*'] })]);
    expect(ledger.refusal('d', { model: 'gpt-5', tokens: 71 })).toMatchObject({ posted: 0, held: 30 });
  });

  test('leaves out what is held by a call whose period has left', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a', { tokens: 60 });
    ledger.pass(90_000).setLimits([limit('tokens', sliding(30_000), 100)]);
    expect(ledger.admit('b', { tokens: 100 }).kind).toBe('granted');
    expect(ledger.settle(id, { tokens: 60 }).kind).toBe('settled');
  });
});

describe('a limit that is lowered', () => {
  test('below what is posted refuses, and nobody is owed anything', () => {
    const ledger = new TestLedger([limit('requests', day, 5)]).use('a').use('b').use('c');
    ledger.setLimits([limit('requests', day, 1)]);
    expect(ledger.refusal('d')).toMatchObject({ posted: 3, free: 0, limit: { max: 1 } });
    ledger.setLimits([limit('requests', day, 4)]);
    expect(ledger.admit('d').kind).toBe('granted');
    expect(ledger.admit('e').kind).toBe('refused');
  });

  test('below what is held lets those calls end as they were granted', () => {
    const ledger = new TestLedger([limit('usd', total, 100)]);
    const id = ledger.hold('a', { nanoUsd: 100 });
    ledger.setLimits([limit('usd', total, 10)]);
    expect(ledger.settle(id, { nanoUsd: 100 })).toMatchObject({ kind: 'settled', breach: false });
    expect(ledger.refusal('b', { nanoUsd: 1 })).toMatchObject({ posted: 100, comeBack: { kind: 'never' } });
  });
});

describe('a limit that is removed and set again', () => {
  test.each([
    ['that every account counts', undefined],
    ['of some models', { models: ['m'] }],
    ['of an endpoint', { endpoint: 'chat' as const }],
  ])('%s has forgotten nothing of what came between', (_what, scope) => {
    const set = [limit('tokens', hour, 100, scope)];
    const ledger = new TestLedger(set).use('a', { tokens: 10 });
    const id = ledger.hold('b', { tokens: 30 });
    ledger.setLimits([]);
    ledger.use('c', { tokens: 20 });
    ledger.settle(id, { tokens: 5 });
    ledger.setLimits(set);
    expect(ledger.refusal('d', { tokens: 66 })).toMatchObject({ posted: 35, held: 0 });
  });

  test('with its models in another order counts on where it was', () => {
    const ledger = new TestLedger([limit('tokens', hour, 100, { models: ['a', 'm'] })]).use('x', { tokens: 10 });
    ledger.setLimits([limit('tokens', hour, 100, { models: ['m', 'a', 'm'] })]);
    expect(ledger.refusal('y', { tokens: 91 })).toMatchObject({ posted: 10 });
  });
});

describe('a reset', () => {
  test('makes room again in every window, and leaves what is held', () => {
    const ledger = new TestLedger([limit('usd', total, 100), limit('tokens', minute, 100)]);
    ledger.use('a', { nanoUsd: 90, tokens: 90 });
    const id = ledger.hold('b', { nanoUsd: 10, tokens: 10 });
    expect(ledger.reset()).toEqual({ kind: 'changed' });
    expect(ledger.refusal('c', { nanoUsd: 91 })).toMatchObject({ posted: 0, held: 10 });
    ledger.settle(id, { nanoUsd: 4, tokens: 4 });
    expect(ledger.admit('d', { nanoUsd: 96, tokens: 96 }).kind).toBe('granted');
  });

  test('is right also for counters that no limit reads any more', () => {
    const set = [limit('usd', hour, 100, { models: ['m'] })];
    const ledger = new TestLedger(set).use('a', { nanoUsd: 90 });
    ledger.setLimits([]);
    ledger.reset();
    ledger.setLimits(set);
    expect(ledger.admit('b', { nanoUsd: 100 }).kind).toBe('granted');
  });
});

describe('counters are never forgotten, so their number has a bound', () => {
  const named = (from: number, count: number): ReturnType<typeof limit>[] =>
    Array.from({ length: count }, (_unused, index) => limit('tokens', sliding((30 + from + index) * 1000), 1));

  test('as many as there may be are taken, and one over them is refused without a change', () => {
    const ledger = new TestLedger();
    // A duration of 60 seconds is the minute, which every account counts anyway.
    for (let from = 40; from < 40 + namedCountersMax; from += limitsPerAccountMax) {
      expect(ledger.setLimits(named(from, limitsPerAccountMax))).toEqual({ kind: 'changed' });
    }
    expect(ledger.state.counters.size).toBe(standingCounters + namedCountersMax);
    const events = ledger.events.length;
    expect(ledger.setLimits(named(40 + namedCountersMax, 1))).toEqual({ kind: 'too-many-counters' });
    expect(ledger.events).toHaveLength(events);
    expect(ledger.setLimits(named(40, limitsPerAccountMax))).toEqual({ kind: 'changed' });
  });
});

test('the counters that every account has are there from the start', () => {
  expect(new TestLedger().state.counters.size).toBe(standingCounters);
});
