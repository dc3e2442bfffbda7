import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../../src/actors/directory/directory.ts';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { deliverWaitMs } from '../../../src/core/account/uplink/delivery-limits.ts';
import { checksum } from '../../../src/core/account/uplink/checksum.ts';
import type { Account } from '../../../src/core/account/protocol.ts';
import { account, admitRequest, settleRequest } from '../../support/account.ts';
import { granted } from '../../support/actor.ts';
import { kill } from '../../support/gateway-faults.ts';
import { eventually } from '../../support/gateway.ts';

/** Goal: what an account's calls came to arrives at the accounts above it, through all that may happen to either. */

afterEach(() => void vi.restoreAllMocks());

let families = 0;

/** A key, its user and its organisation, none of which was used before. */
function family(): { readonly key: string; readonly user: string; readonly organization: string } {
  families += 1;
  const place = `9${String(families).padStart(31, '0')}`;
  return { key: `k_uplink_${families}`, user: `u_${place}`, organization: `o_${place}` };
}

const actor = (id: string): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);

function described({ key, user, organization }: ReturnType<typeof family>, version = 1): Account {
  return { ...account(key, {}, version), userId: user, organizationId: organization };
}

async function call(id: string, tokens: number): Promise<void> {
  const { holdId } = granted(await actor(id).admit(admitRequest(crypto.randomUUID())));
  await actor(id).settle(settleRequest(holdId, tokens));
}

/** The accounts above are nobody's in the directory: they count what comes all the same. */
async function total(id: string): Promise<number> {
  return runInDurableObject(actor(id), (_, { storage }) => {
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'journal'").toArray();
    if (tables.length === 0) return 0;
    const rows = storage.sql.exec<{ events: string }>('SELECT events FROM journal ORDER BY seq').toArray();
    const events = rows.flatMap(({ events: text }) => (JSON.parse(text) as unknown[]).slice(1)) as Taken[];
    const postings = events.flatMap((event) => (event.type === 'taken' ? event.postings : []));
    return postings.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
  });
}

interface Taken {
  readonly type: string;
  readonly postings: readonly { readonly nanoUsd: number }[];
}

describe('what a call came to', () => {
  test('is counted by the user and the organisation a little later, without another question', async () => {
    const tree = family();
    await actor(tree.key).configure(described(tree));
    await call(tree.key, 30);
    await eventually(async () => (await total(tree.user)) === 30_000 && (await total(tree.organization)) === 30_000);
    expect(await total(tree.user)).toBe(30_000);
  });

  test('is counted at once when somebody asks, and once however often', async () => {
    const tree = family();
    await actor(tree.key).configure(described(tree));
    await call(tree.key, 30);
    await call(tree.key, 12);
    await Promise.all(Array.from({ length: 5 }, async () => actor(tree.key).inspect()));
    expect(await total(tree.user)).toBe(42_000);
    expect(await total(tree.organization)).toBe(42_000);
  });

  test('leaves no timer behind that would keep the actor awake, once it was delivered', async () => {
    const tree = family();
    await actor(tree.key).configure(described(tree));
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    const set = vi.spyOn(globalThis, 'setTimeout');
    await call(tree.key, 30);
    await actor(tree.key).inspect();
    const timers = set.mock.calls.flatMap(([, ms], place) => (ms === deliverWaitMs ? [set.mock.results[place]] : []));
    // Other accounts may set some of their own meanwhile.
    const ended = new Set<unknown>(cleared.mock.calls.map(([id]) => id));
    expect(timers.filter((timer) => ended.has(timer?.value))).not.toEqual([]);
  });

  test('is delivered by the alarm when the actor is gone before', async () => {
    const tree = family();
    await actor(tree.key).configure(described(tree));
    await call(tree.key, 30);
    await kill(tree.key);
    expect(await total(tree.user)).toBe(0);
    expect(await runDurableObjectAlarm(actor(tree.key))).toBe(true);
    expect(await total(tree.user)).toBe(30_000);
    expect(await total(tree.organization)).toBe(30_000);
  });

  test('arrives though the account above fails, and no answer comes back, and it dies', async () => {
    const tree = family();
    await actor(tree.key).configure(described(tree));
    await call(tree.key, 30);
    const take: unknown = Reflect.get(TenantActor.prototype, 'take');
    const failing = vi.spyOn(TenantActor.prototype, 'take').mockRejectedValueOnce(new Error('away'));
    failing.mockImplementationOnce(async function lost(this: TenantActor, ...delivery) {
      // It is a method.
      await Reflect.apply(take as TenantActor['take'], this, delivery);
      throw new Error('the answer is lost');
    });
    await actor(tree.key).inspect();
    await kill(tree.user);
    await kill(tree.organization);
    await actor(tree.key).inspect();
    expect(await total(tree.user)).toBe(30_000);
    expect(await total(tree.organization)).toBe(30_000);
    expect(failing.mock.calls.length).toBeGreaterThan(3);
  });

  test('is delivered by the alarm after failures, and the log says once who is away', async () => {
    const tree = family();
    await actor(tree.key).configure(described(tree));
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const failing = vi.spyOn(TenantActor.prototype, 'take').mockRejectedValue(new Error('away'));
    await call(tree.key, 30);
    for (let time = 0; time < 3; time += 1) await actor(tree.key).inspect();
    expect(warned.mock.calls.map(([line]) => String(line)).filter((line) => line.includes(tree.user))).toEqual([
      expect.stringContaining('"event":"account-above-away"'),
    ]);
    failing.mockRestore();
    expect(await total(tree.user)).toBe(0);
    await runDurableObjectAlarm(actor(tree.key));
    expect(await total(tree.user)).toBe(30_000);
  });

  test('stays with the organisation that the key belonged to when it was admitted', async () => {
    const [before, after] = [family(), family()];
    await actor(before.key).configure(described(before));
    const { holdId } = granted(await actor(before.key).admit(admitRequest('moving')));
    await actor(before.key).configure(described({ ...before, organization: after.organization }, 2));
    await actor(before.key).settle(settleRequest(holdId, 30));
    await actor(before.key).admit({ ...admitRequest('moved'), policyVersion: 2 });
    await actor(before.key).inspect();
    expect(await total(before.organization)).toBe(30_000);
    expect(await total(after.organization)).toBe(0);
  });
});

describe('a delivery', () => {
  const delivery = {
    from: 'k',
    ledger: 'l',
    after: { seq: 0, check: 0 },
    through: { seq: 1, check: checksum('[]') },
    n: 0,
    postings: [],
  };

  test('is not taken by a ledger that stands in for a lost one', async () => {
    const { user } = family();
    vi.spyOn(Directory.prototype, 'describe').mockResolvedValue({ kind: 'lost', begunAtMs: 1 });
    expect(await actor(user).take(delivery, 0)).toEqual({ kind: 'denied', reason: 'lost', account: user });
  });

  test('that was taken is for elsewhere the next time, also after an eviction', async () => {
    const { user } = family();
    expect(await actor(user).take(delivery, 0)).toEqual({ kind: 'taken' });
    await evictDurableObject(actor(user));
    expect(await actor(user).take(delivery, 0)).toEqual({ kind: 'elsewhere', at: delivery.through });
  });
});
