import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Json, admin, begin, chat, chatSending, errorOf, send } from '../../support/gateway.ts';

/** Goal: a limit of a user, an organisation or the one above it binds every call below, and everything speaks of it. */

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

  test('of concurrency is held while a call runs, and free after', async () => {
    const tree = await newTree({ organization: [{ metric: 'concurrency', max: 1 }] });
    const [one, other] = tree.keys;
    if (one === undefined || other === undefined) throw new Error('two keys were made');
    const client = new AbortController();
    const stalls = { ...chatSending({ model: 'echo-stall', stream: true }), signal: client.signal };
    const running = await begin(one.key, stalls);
    expect(errorOf(await chat(other))).toMatchObject({
      code: 'concurrency_limit_exceeded',
      limit: { scope: 'organization', id: tree.organization, held: 1 },
    });
    client.abort();
    await running.path;
    await expect.poll(async () => (await chat(other)).status).toBe(200);
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
