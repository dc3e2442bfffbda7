// A runtime of its own: it holds the Directory's alarm.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { namedCountersMax } from '../../../src/limits.ts';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { holdDirectoryAlarm, ringDirectory } from '../../support/directory-alarm.ts';
import { admin, errorOf, newKey, newOrganization, newUser, use } from './admin-client.ts';

holdDirectoryAlarm();

/** Makes undelivered changes due now, and runs the alarm that was set for them. */
async function alarm(): Promise<void> {
  await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage }) => {
    storage.sql.exec('UPDATE api_keys SET push_at = 1 WHERE push_at IS NOT NULL');
    storage.sql.exec('UPDATE level_pushes SET push_at = 1');
  });
  await ringDirectory();
}

afterEach(() => void vi.restoreAllMocks());

describe('a change of an organisation’s limits', () => {
  test('is stored while its account is away, shown with how many have not heard of it, and applied by the alarm', async () => {
    const organization = await newOrganization('unheard-of');
    const made = await newKey(await newUser({ organization }));
    await use(made);
    await env.TENANT.getByName(organization).inspect();
    vi.spyOn(TenantActor.prototype, 'configure').mockRejectedValue(new Error('connection lost'));
    const path = `/admin/organizations/${organization}`;
    const limits = [{ metric: 'requests', per: 'total', max: 3 }];
    expect(errorOf(await admin('PATCH', path, { policy: { limits } }))).toMatchObject({ code: 'ledger_unavailable' });
    expect((await admin('GET', path)).body).toMatchObject({ pending: 2, policy: { limits } });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ undelivered: { keys: 1, accounts: 1 } });
    vi.restoreAllMocks();
    await alarm();
    expect((await admin('GET', path)).body).not.toHaveProperty('pending');
    expect(await env.TENANT.getByName(organization).inspect()).toMatchObject({ standings: [{ posted: 0 }] });
    expect(await use(made)).toMatchObject({ account: { above: [{ id: organization }] } });
  });

  test('that needs more counters than an organisation can have is taken back', async () => {
    const organization = await newOrganization('over-counted');
    await env.TENANT.getByName(organization).inspect();
    const path = `/admin/organizations/${organization}`;
    const windows = (first: number) =>
      Array.from({ length: 32 }, (_, number) => ({ metric: 'requests', per: `${first + number}s`, max: 9 }));
    for (let first = 100; first < 100 + namedCountersMax; first += 32)
      expect(await admin('PATCH', path, { policy: { limits: windows(first) } })).toMatchObject({ status: 200 });
    const before = (await admin('GET', path)).body['policy'];
    const answer = await admin('PATCH', path, { policy: { limits: windows(1000) } });
    expect(errorOf(answer)).toMatchObject({ status: 400, param: 'policy.limits' });
    expect((await admin('GET', path)).body['policy']).toEqual(before);
  });
});
