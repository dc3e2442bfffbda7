// A runtime of its own: it counts what is in the audit log.

import { exports } from 'cloudflare:workers';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { operations } from '../../../src/admin/operations.ts';
import type { AnyOperation } from '../../../src/admin/operation.ts';

/** Goal: the table of operations is true: each answers what it declares, and is in the audit log if it says so. */

type Name = keyof typeof operations;

const weir = exports.Admin;

interface Answered {
  readonly ok: boolean;
  readonly data?: unknown;
}

async function ask(name: Name, ...args: readonly unknown[]): Promise<unknown> {
  // Each takes other arguments. Its answer shows whether they were right.
  const answered = (await Reflect.apply(Reflect.get(weir, name), weir, args)) as Answered;
  expect(answered, `${name} ${JSON.stringify(answered)}`).toMatchObject({ ok: true });
  return answered.data;
}

async function audited(): Promise<number> {
  const answered = await weir.listAudit({ limit: 200 });
  return answered.ok ? answered.data.data.length : -1;
}

const tried = new Set<Name>();

async function tryOut(name: Name, ...args: readonly unknown[]): Promise<string> {
  tried.add(name);
  const before = await audited();
  const data = await ask(name, ...args);
  const operation: AnyOperation = operations[name];
  expect(v.safeParse(operation.output, data).issues, name).toBeUndefined();
  expect((await audited()) > before, name).toBe(operation.audited);
  return String(Reflect.get(Object(data), 'id'));
}

const catalogWith = (provider: string): object => ({
  providers: {
    [provider]: { kind: 'openai', baseUrl: 'https://mine.example.com/v1' },
    echo: { kind: 'echo' },
  },
  models: {},
});

test('each operation answers what it declares, and is in the audit log if it says so', async () => {
  const organization = await tryOut('createOrganization', { name: 'table', externalId: 'crm-1' });
  await tryOut('listOrganizations', { limit: 10 });
  await tryOut('getOrganization', 'table');
  await tryOut('changeOrganization', organization, { name: 'chair', externalId: null });
  await tryOut('organizationUsage', organization);
  await tryOut('resetOrganizationQuota', organization, { recursive: true });
  await tryOut('deleteOrganization', await tryOut('createOrganization', { name: 'below', parent: organization }));
  const user = await tryOut('createUser', { email: 'table@example.com', organization: 'chair' });
  await tryOut('listUsersOf', organization);
  await tryOut('listUsers', { limit: 10 });
  await tryOut('getUser', user);
  await tryOut('changeUser', user, { policy: { limits: [{ metric: 'usd', per: 'day', max: '5' }] } });
  const limits = [{ metric: 'requests', per: 'minute', max: 5, models: ['no-such-*'] }];
  const key = await tryOut('createKey', user, { name: 'laptop', limits, expiresAt: '2030-01-01T00:00:00Z' });
  await tryOut('listKeys', user);
  await tryOut('getKey', user, key);
  await tryOut('changeKey', user, key, { maxTokens: 7 });
  await tryOut('userUsage', user);
  await tryOut('getApiKey', key);
  await tryOut('changeApiKey', key, { maxTokens: null });
  await tryOut('apiKeyUsage', key);
  await tryOut('resetApiKeyQuota', key);
  const leaked = await ask('createKey', user, { name: 'leaked' });
  await tryOut('revokeApiKeyByText', { key: Reflect.get(Object(leaked), 'key') });
  await tryOut('revokeApiKey', String(Reflect.get(Object(await ask('createKey', user, {})), 'id')));
  await tryOut('getCatalog');
  await tryOut('putCatalog', catalogWith('mine'));
  await tryOut('patchCatalog', { emergency: 'echo' });
  await tryOut('health');
  await tryOut('resetProvider', 'mine');
  await tryOut('revokeKey', user, key);
  await tryOut('resetQuota', user);
  await tryOut('deleteUser', user);
  await tryOut('listAudit');
  // It needs a lost ledger: test/worker/tenant/lost-ledger.test.ts tries it.
  const left = Object.keys(operations).filter((name) => !tried.has(name as Name));
  expect(left).toEqual(['restartLedger']);
});

test('whoever may only look changes nothing, and each place has one operation of a method', () => {
  const all = Object.values<AnyOperation>(operations);
  for (const { role, method, audited: isAudited } of all) {
    expect(role === 'viewer').toBe(method === 'get');
    expect(isAudited).toBe(method !== 'get');
  }
  expect(new Set(all.map(({ method, path }) => `${method} ${path}`)).size).toBe(all.length);
});
