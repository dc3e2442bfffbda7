import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitStandings } from '../../../src/core/ledger/admission.ts';
import type { Command } from '../../../src/core/ledger/command.ts';
import { checkInvariants } from '../../../src/core/ledger/invariants.ts';
import { type LedgerSnapshot, restoreSnapshot, takeSnapshot } from '../../../src/core/ledger/snapshot.ts';
import { newLedger } from '../../../src/core/ledger/state.ts';
import { apply } from '../../../src/core/ledger/apply.ts';
import { decide } from '../../../src/core/ledger/decide.ts';
import { callMsMax } from '../../../src/limits.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import { TestLedger, admitCommand, concurrency, extendCommand, limit, sliding } from '../../support/ledger.ts';

const limits = [
  limit('tokens', minute, 300),
  limit('usd', month, 5000),
  limit('requests', sliding(45_000), 9),
  limit('tokens', hour, 400, { models: ['gpt-*'] }),
  concurrency(6, { endpoint: 'chat' }),
];

/** Whatever may happen to a ledger: holds are named by their number, so that a repeat is as likely as a first. */
const happening = fc.record({
  passMs: fc.constantFrom(0, 0, 10, 700, 20_000, 4_000_000),
  name: fc.integer({ min: 0, max: 9 }),
  tokens: fc.nat(90),
  model: fc.constantFrom('gpt-5', 'claude'),
  what: fc.constantFrom(
    'admit',
    'admit',
    'admit',
    'extend',
    'settle',
    'expire',
    'void',
    'set',
    'unset',
    'reset',
    'set-back',
  ),
});

function commandOf(ledger: TestLedger, each: typeof happening extends fc.Arbitrary<infer T> ? T : never): Command {
  const { tokens, model, what } = each;
  const name = `n${each.name}`;
  const holdId = [...ledger.state.open.keys()].at(each.name) ?? [...ledger.state.expired.keys()].at(-1) ?? 'none';
  switch (what) {
    case 'admit':
      return admitCommand(name, { tokens, model, nanoUsd: 2 * tokens });
    case 'extend':
      return extendCommand(holdId, 2 + (tokens % 3), { tokens, model, spentTokens: tokens, spentNanoUsd: 1 });
    case 'settle':
      return { type: 'settle', holdId, tokens, nanoUsd: tokens, facts: {} };
    case 'expire':
      return { type: 'expire', holdId };
    case 'void':
      return { type: 'void', name };
    case 'set':
      return { type: 'set-limits', limits };
    case 'unset':
      return { type: 'set-limits', limits: limits.slice(0, 2) };
    case 'set-back':
      return { type: 'reset', clock: epochMs(ledger.now - 5_000_000) };
    default:
      return { type: 'reset', clock: ledger.now };
  }
}

function copied(snapshot: LedgerSnapshot): LedgerSnapshot {
  // As the disk would keep it.
  return JSON.parse(JSON.stringify(snapshot)) as LedgerSnapshot;
}

test('a ledger restored from its snapshot decides and stands as the one it was taken of, from any history on', () => {
  const histories = fc.array(happening, { maxLength: 40 });
  fc.assert(
    fc.property(histories, fc.array(happening, { maxLength: 15 }), (before, after) => {
      const ledger = new TestLedger(limits);
      for (const each of before) ledger.pass(each.passMs).run(commandOf(ledger, each));
      const restored = restoreSnapshot(copied(takeSnapshot(ledger.state)));
      // The names of ended calls are kept beside the snapshot.
      for (const [generation, names] of ledger.state.ended.generations) {
        restored.ended.generations.set(generation, new Set(names));
      }
      checkInvariants(restored);
      for (const [index, each] of after.entries()) {
        const command = commandOf(ledger.pass(each.passMs), each);
        const id = `2.${index}`;
        const [decision, again] = [ledger.state, restored].map((state) => decide(state, command, ledger.now, id));
        expect(again).toEqual(decision);
        if (decision?.event === undefined) continue;
        for (const state of [ledger.state, restored]) apply(state, decision.event, ledger.now);
        ledger.moveTo(ledger.state.at);
        checkInvariants(restored);
        expect(limitStandings(restored, ledger.now)).toEqual(limitStandings(ledger.state, ledger.now));
      }
      expect(limitStandings(restored, ledger.now)).toEqual(limitStandings(ledger.state, ledger.now));
    }),
    { numRuns: 150 },
  );
});

test('the same events give the same ledger, whenever they are folded', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (history) => {
      const ledger = new TestLedger(limits);
      for (const each of history) ledger.pass(each.passMs).run(commandOf(ledger, each));
      const replayed = newLedger();
      for (const { event, at } of ledger.events) apply(replayed, event, at);
      expect(takeSnapshot(replayed)).toEqual(takeSnapshot(ledger.state));
    }),
    { numRuns: 150 },
  );
});

describe('a snapshot', () => {
  test('holds no zeros, so that a quiet account is small', () => {
    const { counters } = takeSnapshot(new TestLedger(limits).state);
    expect(counters.every(({ posted }) => posted.length === 0)).toBe(true);
  });

  test('keeps what was spent under limits that are gone, and the holds of calls that go on', () => {
    const ledger = new TestLedger([limit('tokens', total, 100, { models: ['m'] })]).use('a', { tokens: 60 });
    const id = ledger.hold('b', { tokens: 10 });
    ledger.setLimits([]);
    const restored = restoreSnapshot(copied(takeSnapshot(ledger.state)));
    expect(restored.open.get(id)).toEqual(ledger.state.open.get(id));
    expect(restored.counters.get('tokens/total/*/["m"]')).toMatchObject({ postedSum: 60, heldSum: 10 });
  });

  test('keeps what was charged of a call below whose account is silent, for the truth to take its place', () => {
    const ledger = new TestLedger([limit('tokens', total, 100)]);
    const admitted = ledger.run({ ...admitCommand('k/l/7', { tokens: 60 }), below: 7 });
    if (admitted.kind !== 'granted') throw new Error(admitted.kind);
    ledger.expire(admitted.holdId);
    const restored = restoreSnapshot(copied(takeSnapshot(ledger.state)));
    expect(restored.unresolved.get('k/l/7')).toMatchObject({ hold: { below: 7, tokens: 60 } });
    expect(restored.unresolved).toEqual(ledger.state.unresolved);
  });

  test('of a release that wrote no leases has holds that end an hour after their admission', () => {
    const ledger = new TestLedger();
    const open = ledger.hold('a');
    const expired = ledger.hold('b');
    ledger.expire(expired);
    const older = JSON.stringify(takeSnapshot(ledger.state)).replaceAll(/,"endsBy":\d+/g, '');
    // What that release wrote.
    const restored = restoreSnapshot(JSON.parse(older) as LedgerSnapshot);
    const endsBy = ledger.now + callMsMax;
    expect(restored.open.get(open)).toMatchObject({ endsBy });
    expect(restored.expired.get(expired)).toMatchObject({ hold: { endsBy } });
  });

  test('of an account that has seen nothing is that of a new one', () => {
    expect(restoreSnapshot(copied(takeSnapshot(newLedger())))).toEqual(newLedger());
  });
});
