import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Json, admin, chat, errorOf, eventually, send } from '../../support/gateway.ts';
import { Gate, completion, replaceFetch, servedBy } from '../../support/gateway-provider.ts';

/** Goal: a limit of a user, an organisation or the one above it binds every call below, and everything speaks of it. */

afterEach(() => void vi.restoreAllMocks());

interface Tree {
  readonly parent: string;
  readonly organization: string;
  readonly user: string;
  readonly keys: readonly { readonly id: string; readonly key: string }[];
}

let trees = 0;

type Limits = NonNullable<Policy['limits']>;

async function newTree(
  limits: { parent?: Limits; organization?: Limits; user?: Limits; key?: Limits } = {},
): Promise<Tree> {
  trees += 1;
  const parent = await admin('POST', '/admin/organizations', {
    name: `above-${trees}`,
    policy: policyOf(limits.parent),
  });
  const organization = await admin('POST', '/admin/organizations', {
    name: `acme-${trees}`,
    parent: parent['id'],
    policy: policyOf(limits.organization),
  });
  const user = await admin('POST', '/admin/users', { organization: organization['id'], policy: policyOf(limits.user) });
  const keys = [await newKey(user, limits.key), await newKey(user, limits.key)];
  return { parent: String(parent['id']), organization: String(organization['id']), user: String(user['id']), keys };
}

function policyOf(limits: Limits | undefined): Json {
  return limits === undefined ? {} : { limits };
}

async function newKey(user: Json, limits: Limits | undefined): Promise<Tree['keys'][number]> {
  const made = await admin('POST', `/admin/users/${String(user['id'])}/api-keys`, {
    name: 'test',
    ...policyOf(limits),
  });
  return { id: String(made['id']), key: String(made['key']) };
}

const capped = { max_completion_tokens: 20 };

describe('a limit above', () => {
  test.each(['parent', 'organization', 'user'] as const)(
    'of the %s binds its keys together, and is named',
    async (level) => {
      const tree = await newTree({ [level]: [{ metric: 'requests', per: 'total', max: 3 }] });
      const [one, other] = tree.keys;
      if (one === undefined || other === undefined) throw new Error('two keys were made');
      for (const key of [one, other, one]) expect(await chat(key)).toMatchObject({ status: 200 });
      const refused = await chat(other);
      const scope = level === 'user' ? 'user' : 'organization';
      expect(errorOf(refused)).toMatchObject({
        status: 429,
        code: 'insufficient_quota',
        limit: { scope, id: tree[level], metric: 'requests', max: 3, posted: 3, held: 0, needed: 1 },
      });
      // It gave back what it held elsewhere.
      const usage = await send(one.key, { path: '/v1/usage' });
      expect(usage.json['limits']).toMatchObject([{ scope, id: tree[level], posted: 3, held: 0, free: 0 }]);
    },
  );

  test('shows in the headers, where it is the tightest', async () => {
    const tree = await newTree({
      key: [{ metric: 'usd', per: 'total', max: '5' }],
      organization: [{ metric: 'usd', per: 'total', max: '1' }],
      user: [{ metric: 'requests', per: 'total', max: 7 }],
    });
    const [key] = tree.keys;
    if (key === undefined) throw new Error('a key was made');
    const { headers } = await chat(key, capped);
    expect(headers.get('x-gateway-limit-usd')).toBe('1.00');
    expect(headers.get('x-ratelimit-limit-requests')).toBe('7');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('6');
  });

  test('of money bounds a call that nothing else bounds', async () => {
    const tree = await newTree({ parent: [{ metric: 'usd', per: 'total', max: '0.00005' }] });
    const [key] = tree.keys;
    if (key === undefined) throw new Error('a key was made');
    const { headers, status } = await chat(key);
    expect(status).toBe(200);
    expect(Number(headers.get('x-gateway-output-cap'))).toBeGreaterThan(0);
  });

  test('of concurrency is held while calls run, whichever keys make them, and free after', async () => {
    replaceFetch();
    const [fake] = await servedBy(1);
    if (fake === undefined) throw new Error('no server');
    const gate = new Gate();
    fake.says(gate.before(completion()));
    const tree = await newTree({ organization: [{ metric: 'concurrency', max: 7 }] });
    let refused = 0;
    const calls = Array.from({ length: 30 }, async (_, number) => {
      const key = tree.keys[number % 2];
      if (key === undefined) throw new Error('two keys were made');
      const answer = await chat(key, { model: 'served' });
      if (answer.status !== 429) return answer.status;
      refused += 1;
      expect(errorOf(answer)).toMatchObject({ code: 'concurrency_limit_exceeded', limit: { id: tree.organization } });
      return answer.status;
    });
    await eventually(() => fake.calls.length + refused === calls.length);
    gate.open();
    expect((await Promise.all(calls)).filter((status) => status === 200)).toHaveLength(7);
    const [key] = tree.keys;
    if (key === undefined) throw new Error('two keys were made');
    await expect.poll(async () => (await chat(key, { model: 'served' })).status).toBe(200);
  });

  test('is in force for a key that was in use before', async () => {
    const tree = await newTree();
    const [key] = tree.keys;
    if (key === undefined) throw new Error('a key was made');
    expect(await chat(key)).toMatchObject({ status: 200 });
    await admin('PATCH', `/admin/organizations/${tree.organization}`, {
      policy: { limits: [{ metric: 'requests', per: 'total', max: 2 }] },
    });
    const usage = await env.TENANT.getByName(tree.organization).inspect();
    expect(usage.standings).toMatchObject([{ posted: 1 }]);
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(errorOf(await chat(key))).toMatchObject({ limit: { id: tree.organization, posted: 2 } });
    await admin('POST', `/admin/organizations/${tree.organization}/reset-quota`);
    expect(await chat(key)).toMatchObject({ status: 200 });
    await admin('PATCH', `/admin/organizations/${tree.organization}`, { policy: { limits: null } });
    for (let call = 0; call < 3; call += 1) expect(await chat(key)).toMatchObject({ status: 200 });
  });
});
