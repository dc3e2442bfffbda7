import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { policies } from '../../../src/gateway/request/policy-cache.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { type TestKey, admin, changeKey, chat, errorOf, newKey, standing } from '../../support/gateway.ts';
import { FakeProvider, model, putCatalog, replaceFetch, servedBy } from '../../support/gateway-provider.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

/** A key whose policy this isolate has used, and so remembers. */
async function knownKey(policy: Parameters<typeof newKey>[0] = {}): Promise<TestKey> {
  const key = await newKey(policy);
  await chat(key);
  expect(policies.get(key.id)).toBeDefined();
  return key;
}

describe('although the isolate remembers the old policy, from the very next request on', () => {
  test('a key that was revoked is refused', async () => {
    const key = await knownKey();
    await admin('DELETE', key.path);
    expect(errorOf(await chat(key))).toMatchObject({ status: 401, code: 'revoked_api_key' });
  });

  test('a key that was suspended is refused, and one that is active again is served', async () => {
    const key = await knownKey();
    await changeKey(key, { status: 'suspended' });
    expect(errorOf(await chat(key))).toMatchObject({ status: 403, code: 'account_suspended' });
    await changeKey(key, { status: 'active' });
    expect(await chat(key)).toMatchObject({ status: 200 });
  });

  test('the keys of a user that was suspended are refused', async () => {
    const key = await knownKey();
    await admin('PATCH', key.path.replace(/\/api-keys.*/, ''), { policy: { status: 'suspended' } });
    expect(errorOf(await chat(key))).toMatchObject({ status: 403, code: 'account_suspended' });
  });

  test('a limit that was set binds, its cap injected', async () => {
    const [one] = await servedBy(1);
    const key = await knownKey();
    await changeKey(key, { limits: [{ metric: 'usd', per: 'month', max: '0.001' }] });
    const answer = await chat(key, { model: 'served' });
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('x-gateway-output-cap'))).toBeLessThan(500);
    expect(one?.calls[0]?.json).toMatchObject({
      max_completion_tokens: Number(answer.headers.get('x-gateway-output-cap')),
    });
  });

  test('a limit that was lowered refuses, and one that was removed no longer does (fault 18)', async () => {
    const limit = (max: number) => ({ limits: [{ metric: 'requests', per: 'total', max }] as const });
    const key = await knownKey({ limits: [...limit(100).limits] });
    await changeKey(key, limit(1));
    expect(errorOf(await chat(key))).toMatchObject({ status: 429, limit: { posted: 1, max: 1 } });
    await changeKey(key, { limits: [] });
    expect(await chat(key)).toMatchObject({ status: 200 });
    await changeKey(key, limit(3));
    // What was spent without a limit is known all the same.
    expect(await standing(key)).toEqual({ posted: 2, held: 0 });
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await chat(key)).toMatchObject({ status: 429 });
  });

  test('a model that was forbidden is refused', async () => {
    const key = await knownKey();
    await changeKey(key, { models: { deny: ['echo'] } });
    expect(errorOf(await chat(key))).toMatchObject({ status: 400, code: 'model_not_allowed' });
  });

  test('a model that was allowed is served: nobody is refused from memory', async () => {
    const denied = await newKey({ models: { deny: ['echo'] } });
    expect(await chat(denied)).toMatchObject({ status: 400 });
    await changeKey(denied, { models: null });
    expect(await chat(denied)).toMatchObject({ status: 200 });
  });

  test('a default model that was set is used, and a cap that was taken away binds no more', async () => {
    const key = await newKey({ maxTokens: 1 });
    expect((await chat(key)).headers.get('x-gateway-output-cap')).toBe('1');
    await changeKey(key, { maxTokens: null, defaultModel: 'echo' });
    const answer = await chat(key, { model: undefined });
    expect(answer.headers.get('x-gateway-model')).toBe('echo');
    expect(answer.headers.has('x-gateway-output-cap')).toBe(false);
  });
});

describe('what a router would itself refuse by what it remembers', () => {
  test('is told to nobody whose key was revoked since', async () => {
    const key = await newKey({ models: { deny: ['echo'] } });
    expect(await chat(key)).toMatchObject({ status: 400 });
    await admin('DELETE', key.path);
    expect(errorOf(await chat(key))).toMatchObject({ status: 401, code: 'revoked_api_key' });
  });
});

describe('the limits of a plan', () => {
  const catalogWith = async (max: number): Promise<void> => {
    const fake = new FakeProvider();
    const limits = [{ metric: 'requests', per: 'total', max }];
    await putCatalog({ served: model(fake) }, { [fake.name]: fake.entry() }, { plans: { basic: { limits } } });
  };

  test('bind from the first call on, and those of a newer catalog from the first call that shows it', async () => {
    await catalogWith(1);
    const key = await newKey({ plan: 'basic' });
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(errorOf(await chat(key))).toMatchObject({ status: 429, limit: { max: 1 } });
    await catalogWith(2);
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(errorOf(await chat(key))).toMatchObject({ status: 429, limit: { max: 2 } });
  });

  test('add up with those of the key', async () => {
    await catalogWith(5);
    const key = await newKey({ plan: 'basic', limits: [{ metric: 'requests', per: 'total', max: 1 }] });
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(errorOf(await chat(key))).toMatchObject({ status: 429, limit: { max: 1 } });
    await changeKey(key, { plan: null, limits: [{ metric: 'requests', per: 'total', max: 2 }] });
    expect(await chat(key)).toMatchObject({ status: 200 });
  });
});

test('a policy that changes while a call is planned with it, again and again, is answered 503 and leaves nothing', async () => {
  const key = await knownKey({ limits: [{ metric: 'requests', per: 'total', max: 9 }] });
  let changes = 0;
  const changing = interceptedEnv(async ({ method, ask }) => {
    if (method === 'admit') {
      changes += 1;
      await env.TENANT.getByName(key.id).configure({ ...(await accountOf(key)), version: 100 + changes });
    }
    return ask();
  });
  const answer = await chat(key, {}, { env: changing });
  expect(errorOf(answer)).toMatchObject({ status: 503, code: 'ledger_unavailable' });
  expect(answer.headers.get('x-should-retry')).toBe('true');
  expect(changes).toBe(3);
  expect(await standing(key)).toEqual({ posted: 1, held: 0 });
  expect(await chat(key)).toMatchObject({ status: 200 });
});

async function accountOf({ id }: TestKey) {
  const account = await env.DIRECTORY.getByName('directory').describe(id);
  if (account === undefined || 'kind' in account) throw new Error(`${id} is not in the directory`);
  return account;
}
