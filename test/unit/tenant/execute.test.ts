import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { Kept } from '../../../src/core/account/kept.ts';
import { executeConfigure } from '../../../src/core/account/configure.ts';
import { deny, executeAdmit, executeExtend, usageOf } from '../../../src/core/account/execute.ts';
import { type TenantState, newTenant } from '../../../src/core/account/fold.ts';
import { Leases } from '../../../src/core/account/leases.ts';
import { Row } from '../../../src/core/account/row.ts';
import { policySchema, storedPolicySchema } from '../../../src/core/account/policy.ts';
import type { Account } from '../../../src/core/account/protocol.ts';
import { account, admitRequest, secretHash } from '../../support/account.ts';
import { noon } from '../../support/ledger.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

function described(...accounts: readonly Account[]): { readonly state: TenantState; readonly row: Row } {
  const state = newTenant();
  const row = new Row(state, Leases.ofOpenHolds(state.ledger, noon), new Kept(new MemoryDisk()), noon, noon);
  for (const each of accounts) executeConfigure(state, each, row);
  return { state, row };
}

describe('an account answers', () => {
  test('nobody, while it does not know what it is', () => {
    const { state, row } = described();
    expect(executeAdmit(state, admitRequest('a'), row)).toEqual({ kind: 'denied', reason: 'unknown' });
    const { bound } = admitRequest('').call;
    const next = { holdId: '1.0', attempt: 2, spentTokens: 0, spentNanoUsd: 0, bound };
    expect(executeExtend(state, next, row)).toEqual({ kind: 'ended' });
  });

  test('only who shows its secret', () => {
    expect(deny(account('k'), secretHash, noon)).toBeUndefined();
    for (const wrong of ['', 'a'.repeat(63), 'b'.repeat(64), `${'a'.repeat(63)}b`]) {
      expect(deny(account('k'), wrong, noon)).toEqual({ kind: 'denied', reason: 'unknown' });
    }
  });

  test('an old secret until its grace is over, and not at that moment', () => {
    const rotated = { ...account('k'), secretHashes: [{ hash: 'new' }, { hash: 'old', untilMs: noon }] };
    expect(deny(rotated, 'old', epochMs(noon - 1))).toBeUndefined();
    expect(deny(rotated, 'old', noon)).toMatchObject({ reason: 'unknown' });
    expect(deny(rotated, 'new', noon)).toBeUndefined();
  });

  test('nobody any more, once it is revoked or suspended, or has expired', () => {
    expect(deny(account('k', { status: 'revoked' }), secretHash, noon)).toMatchObject({ reason: 'revoked' });
    expect(deny(account('k', { status: 'suspended' }), secretHash, noon)).toMatchObject({ reason: 'suspended' });
    expect(deny(account('k', { status: 'active' }), secretHash, noon)).toBeUndefined();
    const expiring = account('k', { expiresAt: new Date(noon).toISOString() });
    expect(deny(expiring, secretHash, epochMs(noon - 1))).toBeUndefined();
    expect(deny(expiring, secretHash, noon)).toMatchObject({ reason: 'expired' });
  });

  test.each([['2020-01-01T00:00:00+05'], ['2020-01-01T00:00:00 +05'], ['2020-01-01T00:00:00.5+05']])(
    'nobody any more after %s, which a policy may say',
    (expiresAt) => {
      expect(v.parse(policySchema, { expiresAt })).toEqual({ expiresAt });
      expect(deny(account('k', { expiresAt }), secretHash, noon)).toMatchObject({ reason: 'expired' });
    },
  );

  test('nobody where its time can not be read, and the log says so once', () => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const stored = v.parse(storedPolicySchema, { expiresAt: '2099-02-30T00:00:00Z', waitMs: 5 });
    const broken = account('k', stored);
    for (const at of [noon, epochMs(noon + 1)]) {
      expect(deny(broken, secretHash, at)).toMatchObject({ reason: 'expired' });
    }
    expect(error.mock.calls).toHaveLength(1);
    expect(String(error.mock.calls[0]?.[0])).toMatch(/expiry-unreadable.*"account":"k".*2099-02-30.*Set expiresAt/);
    error.mockRestore();
  });
});

describe('a description of an account', () => {
  test('that is not newer than the one it has is left alone', () => {
    const { state, row } = described(account('k', { waitMs: 5 }, 3));
    const kept = { kind: 'older', version: 3 } as const;
    expect(executeConfigure(state, account('k', { waitMs: 9 }, 3), row)).toEqual({ ...kept, isSame: false });
    expect(executeConfigure(state, account('k', { waitMs: 9 }, 2), row)).toEqual({ ...kept, isSame: false });
    expect(executeConfigure(state, account('k', { waitMs: 5 }, 3), row)).toEqual({ ...kept, isSame: true });
    expect(state.account?.policy.waitMs).toBe(5);
    expect(executeConfigure(state, account('k', { waitMs: 9 }, 4), row)).toEqual({ kind: 'configured' });
    expect(state.account?.policy.waitMs).toBe(9);
  });

  test('is in force for the very next call, and one that was planned without it is told of it', () => {
    const limits = [{ metric: 'requests', per: 'day', max: 5 }] as const;
    const { state, row } = described(account('k', {}, 1), account('k', { limits: [...limits] }, 2));
    expect(executeAdmit(state, admitRequest('a', { version: 1 }), row)).toMatchObject({
      kind: 'stale',
      account: { id: 'k', version: 2, limits: [{ metric: 'requests', max: 5 }] },
    });
    expect(executeAdmit(state, admitRequest('a', { version: 2 }), row)).toMatchObject({ kind: 'granted' });
  });

  test('does not unsay what was granted under the one before it', () => {
    const { state, row } = described(account('k', {}, 1));
    const granted = executeAdmit(state, admitRequest('a', { version: 1 }), row);
    executeConfigure(state, account('k', {}, 2), row);
    expect(executeAdmit(state, admitRequest('a', { version: 1 }), row)).toEqual({ ...granted, policyVersion: 2 });
  });

  test('shows routers nothing of its secrets', () => {
    const { state } = described();
    const known = { ...account('k', {}, 7), organizationId: 'o_1' };
    const usage = usageOf({ ...state, account: known }, noon);
    expect(JSON.stringify(usage)).not.toContain(secretHash);
    expect(usage.account).toMatchObject({ id: 'k', version: 7, userId: 'user-1', organizationId: 'o_1' });
  });
});
