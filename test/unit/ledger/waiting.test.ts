import { describe, expect, test } from 'vitest';
import type { Limit, Scope } from '../../../src/core/ledger/limit.ts';
import type { Refusal } from '../../../src/core/ledger/refusal.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { total } from '../../../src/core/ledger/window.ts';
import { type Waiter, blockerOf, takeTurns } from '../../../src/core/ledger/waiting.ts';
import { type Wanted, admitCommand, concurrency, limit, streams } from '../../support/ledger.ts';

function refusedBy(by: Limit, comeBack: Refusal['comeBack'] = { kind: 'holds' }): Refusal {
  return { limit: by, posted: 0, held: 1, free: 0, needed: 1, comeBack };
}

function waiter(name: string, by: Limit, wanted: Wanted = {}, untilMs = 1000): Waiter {
  return { call: admitCommand(name, wanted), untilMs, refusal: refusedBy(by) };
}

/**
 * Lets everyone have a turn, where `refuse` says who is refused and why. Answers who was tried, who left and who
 * stayed.
 */
function turns(
  waiting: readonly Waiter[],
  nowMs: number,
  refuse: (name: string) => Refusal | undefined,
): { tried: string[]; left: string[]; still: string[] } {
  const [tried, left]: [string[], string[]] = [[], []];
  const attempt = (each: Waiter): Refusal | undefined => {
    tried.push(each.call.name);
    return refuse(each.call.name);
  };
  const still = takeTurns(waiting, nowMs, attempt, (each) => left.push(each.call.name));
  return { tried, left, still: still.map(({ call }) => call.name) };
}

const one = concurrency(1);

describe('first come, first served', () => {
  test('who came first is served first, and those behind stay in order', () => {
    const line = [waiter('a', one), waiter('b', one), waiter('c', one)];
    const refuse = (name: string): Refusal | undefined => (name === 'a' ? undefined : refusedBy(one));
    expect(turns(line, 0, refuse)).toEqual({ tried: ['a', 'b'], left: ['a'], still: ['b', 'c'] });
  });

  test('a smaller one that would fit does not overtake one that waits for the same limit', () => {
    const tokens = limit('tokens', total, 10);
    const line = [waiter('large', tokens, { tokens: 9 }), waiter('small', tokens, { tokens: 1 })];
    const refuse = (name: string): Refusal | undefined => (name === 'large' ? refusedBy(tokens) : undefined);
    expect(turns(line, 0, refuse)).toEqual({ tried: ['large'], left: [], still: ['large', 'small'] });
  });

  test('one that the limit does not count passes by', () => {
    const scoped = (scope: Scope): Limit => concurrency(1, scope);
    expect(
      blockerOf([waiter('a', streams(1), { stream: true })], admitCommand('b', { stream: false })),
    ).toBeUndefined();
    expect(blockerOf([waiter('a', scoped({ models: ['x'] }))], admitCommand('b', { model: 'y' }))).toBeUndefined();
    expect(
      blockerOf([waiter('a', scoped({ endpoint: 'chat' }))], admitCommand('b', { endpoint: 'embeddings' })),
    ).toBeUndefined();
  });

  test('one that the limit counts waits behind whoever waits for it', () => {
    const [first, second] = [waiter('a', streams(1), { stream: true }), waiter('b', one)];
    expect(blockerOf([first, second], admitCommand('c', { stream: true }))).toBe(first.refusal);
    expect(blockerOf([first, second], admitCommand('c', { stream: false }))).toBe(second.refusal);
    expect(blockerOf([], admitCommand('c'))).toBeUndefined();
  });
});

describe('a wait is over', () => {
  test('when its time is, and not a millisecond before', () => {
    const line = [waiter('a', one, {}, 1000), waiter('b', one, {}, 1001)];
    expect(turns(line, 999, () => refusedBy(one))).toEqual({ tried: ['a'], left: [], still: ['a', 'b'] });
    expect(turns(line, 1000, () => refusedBy(one))).toEqual({ tried: ['a', 'b'], left: ['a'], still: ['b'] });
  });

  test('then it is tried a last time, so that it is refused only for what it does not fit under itself', () => {
    const line = [waiter('long', one, {}, 2000), waiter('short', one, {}, 1000)];
    const refuse = (name: string): Refusal | undefined => (name === 'long' ? refusedBy(one) : undefined);
    expect(turns(line, 999, refuse)).toEqual({ tried: ['long'], left: [], still: ['long', 'short'] });
    expect(turns(line, 1000, refuse)).toEqual({ tried: ['long', 'short'], left: ['short'], still: ['long'] });
  });

  test('when something other than holds has come to stand in the way', () => {
    const at = refusedBy(one, { kind: 'at', at: epochMs(9_000_000) });
    expect(turns([waiter('a', one)], 0, () => at)).toEqual({ tried: ['a'], left: ['a'], still: [] });
    expect(turns([waiter('a', one)], 0, () => refusedBy(one, { kind: 'never' })).left).toEqual(['a']);
  });

  test('and whoever was behind it is tried in the same turn', () => {
    const line = [waiter('a', one, {}, 0), waiter('b', one)];
    const refuse = (name: string): Refusal | undefined => (name === 'a' ? refusedBy(one) : undefined);
    expect(turns(line, 0, refuse)).toEqual({ tried: ['a', 'b'], left: ['a', 'b'], still: [] });
  });
});

test('what stands in the way is kept up to date, for those who come later', () => {
  const line = [waiter('a', one)];
  turns(line, 0, () => refusedBy(streams(3)));
  expect(line[0]?.refusal.limit).toEqual(streams(3));
});
