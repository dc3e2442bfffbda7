import { beforeEach, describe, expect, test } from 'vitest';
import { openHoldsMax, postedMax } from '../../../src/limits.ts';
import { type Counter, change, newCounter } from '../../../src/core/ledger/counter.ts';
import { checkInvariants } from '../../../src/core/ledger/invariants.ts';
import type { LedgerState } from '../../../src/core/ledger/state.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { hour, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, concurrency, limit, noon } from '../../support/ledger.ts';

describe('a ledger that breaks an invariant is found out', () => {
  let state: LedgerState;

  beforeEach(() => {
    const ledger = new TestLedger([limit('tokens', hour, 100), concurrency(9)]).use('a', { tokens: 7 });
    ledger.hold('b', { tokens: 5 });
    state = ledger.state;
    checkInvariants(state);
  });

  function counter(key: string): Counter {
    const found = state.counters.get(key);
    if (found === undefined) throw new Error(`no counter ${key}`);
    return found;
  }

  const inFlight = (): NonNullable<ReturnType<typeof state.open.get>> => {
    const [hold] = state.open.values();
    if (hold === undefined) throw new Error('nothing is open');
    return hold;
  };

  test.each<[string, () => void]>([
    ['time and ordinal are integers', () => void (state.at = 0.5 as typeof state.at)],
    ['each open hold has one name', () => void state.openNames.set('c', '1.9')],
    [
      'the name of an open hold leads to it',
      () => {
        state.openNames.delete('b');
        state.openNames.set('c', '1.2');
      },
    ],
    ['an open call has not ended', () => state.ended.generations.forEach((names) => names.add('b'))],
    [
      'an open hold has not expired',
      () => void state.expired.set(inFlight().id, { hold: inFlight(), expiredAt: noon, ordinal: 1 }),
    ],
    ['no hold is from the future', () => void (state.at = epochMs(noon - 1))],
    ['tokens/60000ms holds the sum of its open holds', () => void (inFlight().tokens = 6)],
    [
      'tokens/3600000ms posts the sum of its periods',
      () => {
        counter('tokens/3600000ms').postedSum = 8;
      },
    ],
    [
      'tokens/3600000ms holds the sum of its periods',
      () => {
        counter('tokens/3600000ms').heldSum = 8;
      },
    ],
    ['tokens/total posts whole amounts', () => void (counter('tokens/total').posted[0] = -1)],
    [
      'concurrency/total posts nothing of what is in flight',
      () => change(counter('concurrency/total'), noon, noon, 0, 1),
    ],
    ['usd/total began in the past', () => void (counter('usd/total').sinceOrdinal = 99)],
    ['a limit reads a counter that is written', () => void state.counters.delete('concurrency/total')],
    [
      'a limit reads a counter of its metric',
      () =>
        void (state.limits = state.limits.map(({ counter: read }) => ({
          limit: limit('usd', total, 1),
          counter: read,
        }))),
    ],
  ])('%s', (invariant, breakIt) => {
    breakIt();
    expect(() => {
      checkInvariants(state);
    }).toThrow(invariant);
  });

  test('no more holds are open than an account may have', () => {
    for (let index = 0; index < openHoldsMax; index += 1) state.open.set(`9.${index}`, inFlight());
    expect(() => {
      checkInvariants(state);
    }).toThrow('no more holds are open');
  });
});

describe('a counter', () => {
  test('never holds less than nothing', () => {
    expect(() => {
      change(newCounter('usd', total, undefined, 0), noon, noon, -1, 0);
    }).toThrow('usd/total holds fell below zero');
  });

  test('never posts less than nothing, nor more than postedMax, whatever it is told', () => {
    const counter = newCounter('usd', total, undefined, 0);
    change(counter, noon, noon, 0, postedMax - 1);
    change(counter, noon, noon, 0, Number.MAX_SAFE_INTEGER);
    expect(counter.postedSum).toBe(postedMax);
    change(counter, noon, noon, 0, -Number.MAX_SAFE_INTEGER);
    expect(counter.postedSum).toBe(0);
  });

  test('never outgrows exact integers', () => {
    const full = newCounter('usd', total, undefined, 0);
    change(full, noon, noon, Number.MAX_SAFE_INTEGER, 0);
    expect(() => {
      change(full, noon, noon, 1, 0);
    }).toThrow('outgrew exact integers');
  });

  test('counts no call that was admitted after the present', () => {
    expect(() => {
      change(newCounter('usd', hour, undefined, 0), epochMs(noon + 3_600_000), noon, 1, 0);
    }).toThrow('a call admitted after the present');
  });
});
