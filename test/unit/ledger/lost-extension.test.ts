import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/core/ledger/apply.ts';
import type { Command, SettleCommand } from '../../../src/core/ledger/command.ts';
import { decide } from '../../../src/core/ledger/decide.ts';
import { checkInvariants } from '../../../src/core/ledger/invariants.ts';
import { type LedgerState, newLedger } from '../../../src/core/ledger/state.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { standing } from '../../../src/core/ledger/counter.ts';

/**
 * Goal: whatever becomes of the answer to an extension, a call is charged what its attempts cost, once. Its router
 * posts what the first attempt may have cost with the extension; where it never hears back, it settles that amount
 * instead.
 */

const at = epochMs(Date.UTC(2026, 10, 20));
const bound = {
  model: 'm',
  fixedTokens: 10,
  fixedNanoUsd: 1000,
  tokensPerCapToken: 1,
  picoUsdPerCapToken: 1000,
  capWanted: 5,
  capLeast: 5,
};
const call = { name: 'call', endpoint: 'chat', stream: false, bounded: true, bound } as const;
const admit: Command = { type: 'admit', ...call, endsBy: at };
const extend: Command = { type: 'extend', holdId: '1.0', attempt: 2, spentTokens: 15, spentNanoUsd: 1005, bound };
const settle = (attempt?: number): SettleCommand => {
  const used = { type: 'settle', holdId: '1.0', tokens: 15, nanoUsd: 1005, facts: {} } as const;
  return attempt === undefined ? used : { ...used, attempt };
};

function run(...commands: readonly Command[]): LedgerState {
  const state = newLedger();
  commands.forEach((command, index) => {
    const { event } = decide(state, command, at, `${index + 1}.0`);
    if (event !== undefined) apply(state, event, at);
    checkInvariants(state);
  });
  return state;
}

function posted(state: LedgerState): { usd: number | undefined; tokens: number | undefined } {
  const of = (key: string): number | undefined => {
    const counter = state.counters.get(key);
    return counter === undefined ? undefined : standing(counter, at).posted;
  };
  return { usd: of('usd/total'), tokens: of('tokens/total') };
}

describe('an extension whose answer was lost', () => {
  test('that was granted has posted the first attempt, which the settlement does not charge again', () => {
    expect(posted(run(admit, extend, settle(1)))).toEqual({ usd: 1005, tokens: 15 });
  });

  test('that was never granted has posted nothing, so that the settlement charges the first attempt', () => {
    expect(posted(run(admit, settle(1)))).toEqual({ usd: 1005, tokens: 15 });
  });

  test('that was granted is corrected in the same way when its hold has expired before', () => {
    expect(posted(run(admit, extend, { type: 'expire', holdId: '1.0' }, settle(1)))).toEqual({ usd: 1005, tokens: 15 });
  });
});

describe('an extension whose answer was heard', () => {
  test.each([2, undefined])('leaves a second attempt (%s) that is charged beside the first', (attempt) => {
    expect(posted(run(admit, extend, settle(attempt)))).toEqual({ usd: 2010, tokens: 30 });
  });
});
