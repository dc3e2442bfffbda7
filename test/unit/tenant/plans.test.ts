import { describe, expect, test } from 'vitest';
import { type LedgerState } from '../../../src/core/ledger/state.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { total } from '../../../src/core/ledger/window.ts';
import { Kept } from '../../../src/core/account/kept.ts';
import { executeConfigure } from '../../../src/core/account/configure.ts';
import { executeAdmit, executeLedger } from '../../../src/core/account/execute.ts';
import { type TenantState, newTenant } from '../../../src/core/account/fold.ts';
import { Leases } from '../../../src/core/account/leases.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { Row } from '../../../src/core/account/row.ts';
import type { AdmitRequest } from '../../../src/core/account/protocol.ts';
import { account, admitRequest } from '../../support/account.ts';

/**
 * Goal: whatever is shown to an account, in whatever order, it never has fewer limits than its policy and its plan give
 * it.
 */

const nowMs = Date.UTC(2026, 10, 20);

function newAccount(): { readonly state: TenantState; readonly row: Row } {
  const state = newTenant();
  return {
    state,
    row: new Row(state, Leases.ofOpenHolds(state.ledger, nowMs), new Kept(new MemoryDisk()), epochMs(nowMs), nowMs),
  };
}

const allowing = (max: number): NonNullable<AdmitRequest['plan']>['limits'] => [{ metric: 'usd', window: total, max }];

const posted = (ledger: LedgerState, key: string): number | undefined => ledger.counters.get(key)?.postedSum;

function grantedId(reply: ReturnType<typeof executeAdmit>): string {
  if (reply.kind !== 'granted') throw new Error(`expected a grant, and got ${reply.kind}`);
  return reply.holdId;
}

describe('the limits of a plan', () => {
  test('that were shown by a router with an older policy are not taken for those of the new plan', () => {
    const { state, row } = newAccount();
    const large = { planVersion: -1, plan: { catalogVersion: 4, limits: allowing(1e15) } };
    executeConfigure(state, account('k', { plan: 'large' }, 1), row);
    executeAdmit(state, { ...admitRequest('a', { version: 1 }), ...large }, row);
    executeConfigure(state, account('k', { plan: 'small' }, 2), row);
    const late = { planVersion: 4, plan: { catalogVersion: 5, limits: allowing(1e15) } };
    expect(executeAdmit(state, { ...admitRequest('b', { version: 1 }), ...late }, row)).toMatchObject({
      kind: 'stale',
      account: { version: 2, planVersion: -1, limits: [] },
    });
  });

  test('that the account can not count are not the same as none', () => {
    const { state, row } = newAccount();
    for (let version = 1; version <= 4; version += 1) {
      const limits = Array.from({ length: 32 }, (_, index) => {
        return { metric: 'usd' as const, per: 'total', max: '1', models: [`model-${version}-${index}`] };
      });
      expect(executeConfigure(state, account('k', { limits }, version), row).kind).toBe('configured');
    }
    executeConfigure(state, account('k', { plan: 'odd' }, 5), row);
    const limits = [{ metric: 'requests', window: { kind: 'sliding', ms: 900_000 }, max: 0 }] as const;
    const request = { ...admitRequest('a', { version: 5 }), planVersion: -1, plan: { catalogVersion: 5, limits } };
    expect(executeAdmit(state, request, row)).toEqual({ kind: 'denied', reason: 'uncountable' });
  });
});

describe('an account without limits', () => {
  test('refuses what would no longer add up exactly, and lives on', () => {
    const { state, row } = newAccount();
    executeConfigure(state, account('k', {}, 1), row);
    const large = {
      tokensPerCapToken: 128,
      picoUsdPerCapToken: 256_000_000,
      capWanted: 35_000_000,
      capLeast: 35_000_000,
    };
    const kinds = new Set<string>();
    for (let number = 0; number < 1100; number += 1) {
      const { call, ...request } = admitRequest(`call-${number}`);
      const bound = { ...call.bound, ...large };
      kinds.add(executeAdmit(state, { ...request, call: { ...call, bounded: false, bound } }, row).kind);
    }
    expect([...kinds]).toEqual(['granted', 'refused']);
  });

  test('counts what it was billed, however much it was', () => {
    const { state, row } = newAccount();
    executeConfigure(state, account('k', {}, 1), row);
    for (let number = 0; number < 3; number += 1) {
      const holdId = grantedId(executeAdmit(state, admitRequest(`call-${number}`), row));
      executeLedger(state, { type: 'settle', holdId, tokens: 1, nanoUsd: 8e15, facts: {} }, row);
    }
    expect(posted(state.ledger, 'usd/total')).toBe(9e15);
    expect(executeAdmit(state, admitRequest('next'), row).kind).toBe('granted');
  });
});

test('a void that comes after its hold has expired gives back what the expiry charged', () => {
  const { state, row } = newAccount();
  executeConfigure(state, account('k', {}, 1), row);
  const holdId = grantedId(executeAdmit(state, admitRequest('call'), row));
  executeLedger(state, { type: 'expire', holdId }, row);
  expect(posted(state.ledger, 'usd/total')).toBe(110_000);
  expect(executeLedger(state, { type: 'void', name: 'call' }, row)).toEqual({ kind: 'voided' });
  expect(posted(state.ledger, 'usd/total')).toBe(0);
  expect(executeLedger(state, { type: 'void', name: 'call' }, row)).toEqual({ kind: 'ended' });
});
