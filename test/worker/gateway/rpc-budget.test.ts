import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { changeKey, chat, errorOf, newKey, send } from '../../support/gateway.ts';
import { completion, failure, replaceFetch, servedBy, usage } from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';

/** Every question that a request asks of something that is not in its isolate, in order. */
let asked: string[] = [];
/** Those that were asked while the answer was being waited for. */
let counting = false;

const watchedEnv = interceptedEnv(
  async ({ binding, method, ask }) => {
    if (counting) asked.push(`${binding}.${method}`);
    return ask();
  },
  ['TENANT', 'PROVIDER_HEALTH', 'DIRECTORY'],
);

beforeEach(() => {
  replaceFetch();
  asked = [];
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const get = env.CATALOG.get.bind(env.CATALOG);
  vi.spyOn(env.CATALOG, 'get').mockImplementation((...parameters: Parameters<typeof get>) => {
    if (counting) asked.push('CATALOG.get');
    return get(...parameters);
  });
});
afterEach(() => {
  counting = false;
  vi.restoreAllMocks();
});

/** What a call asks of others. The health of a provider is tended beside the path, and not counted but where it is waited for. */
async function questions(run: () => Promise<unknown>): Promise<string[]> {
  counting = true;
  await run();
  counting = false;
  return asked.splice(0);
}

const calls = { env: watchedEnv };
const onAccount = (all: readonly string[]): string[] => all.filter((each) => each.startsWith('TENANT.'));
const elsewhere = (all: readonly string[]): string[] => all.filter((each) => /^(DIRECTORY|CATALOG)\.|claim/.test(each));

describe('a call in the steady state asks its account twice, and nobody else', () => {
  test('not streaming', async () => {
    await servedBy(1);
    const key = await newKey({ limits: [{ metric: 'usd', per: 'month', max: '1' }] });
    await chat(key, { model: 'served' }, calls);
    for (let call = 0; call < 3; call += 1) {
      const all = await questions(async () => chat(key, { model: 'served' }, calls));
      expect(onAccount(all)).toEqual(['TENANT.admit', 'TENANT.settle']);
      expect(elsewhere(all)).toEqual([]);
    }
  });

  test('streaming', async () => {
    const [one] = await servedBy(1);
    one?.says(streamed(usage, 'Hi'));
    const key = await newKey({ limits: [{ metric: 'streams', max: 5 }] });
    await chat(key, { model: 'served', stream: true }, calls);
    const all = await questions(async () => chat(key, { model: 'served', stream: true }, calls));
    expect(onAccount(all)).toEqual(['TENANT.admit', 'TENANT.settle']);
    expect(elsewhere(all)).toEqual([]);
  });

  test('refused, it asks once', async () => {
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 1 }] });
    await chat(key, {}, calls);
    const all = await questions(async () => expect(errorOf(await chat(key, {}, calls))).toMatchObject({ status: 429 }));
    expect(all).toEqual(['TENANT.admit']);
  });

  test('forged, it asks nobody', async () => {
    const all = await questions(async () => chat({ key: 'weir_live_forged' }, {}, calls));
    expect(all).toEqual([]);
  });
});

describe('a call asks its account once more', () => {
  test('the first time in an isolate, for its policy', async () => {
    const key = await newKey();
    const all = await questions(async () => chat(key, {}, calls));
    expect(onAccount(all)).toEqual(['TENANT.usage', 'TENANT.admit', 'TENANT.settle']);
  });

  test('and not for each of those that come at once the first time', async () => {
    const key = await newKey();
    await questions(async () => chat(await newKey(), {}, calls));
    const all = await questions(async () => Promise.all(Array.from({ length: 20 }, async () => chat(key, {}, calls))));
    expect(all.filter((each) => each === 'TENANT.admit')).toHaveLength(20);
    expect(all.filter((each) => each === 'TENANT.usage').length).toBeLessThan(20);
  });

  test('and not where the same isolate was asked for its models or its usage before', async () => {
    for (const path of ['/v1/models', '/v1/usage']) {
      const key = await newKey();
      await send(key.key, { path, env: watchedEnv });
      const all = await questions(async () => chat(key, {}, calls));
      expect(onAccount(all)).toEqual(['TENANT.admit', 'TENANT.settle']);
    }
  });

  test('when its policy has changed since', async () => {
    const key = await newKey();
    await chat(key, {}, calls);
    await changeKey(key, { maxTokens: 9 });
    const all = await questions(async () => chat(key, {}, calls));
    expect(onAccount(all)).toEqual(['TENANT.admit', 'TENANT.admit', 'TENANT.settle']);
  });

  test('for each attempt that may have been charged, and for no other', async () => {
    const fakes = await servedBy(2);
    const key = await newKey({ limits: [{ metric: 'usd', per: 'month', max: '1' }] });
    await chat(key, { model: 'served' }, calls);
    fakes[0]?.says(failure(503));
    const free = await questions(async () => chat(key, { model: 'served' }, calls));
    expect(onAccount(free)).toEqual(['TENANT.admit', 'TENANT.settle']);
    fakes[0]?.says(failure(500));
    const charged = await questions(async () => chat(key, { model: 'served' }, calls));
    expect(onAccount(charged)).toEqual(['TENANT.admit', 'TENANT.extend', 'TENANT.extend', 'TENANT.settle']);
  });
});

test('the endpoints of an account ask it once each', async () => {
  const key = await newKey();
  const answer = await chat(key, {}, calls);
  const paths = ['/v1/usage', '/v1/models', '/v1/models/echo', `/v1/requests/${answer.headers.get('x-request-id')}`];
  for (const path of paths) {
    const all = await questions(async () => send(key.key, { path, env: watchedEnv }));
    expect(all).toHaveLength(1);
    expect(onAccount(all)).toHaveLength(1);
  }
});

test('a call waits for nothing that the health of providers would have to say', async () => {
  const [fake] = await servedBy(1);
  const silent = interceptedEnv(async () => Promise.withResolvers<never>().promise, ['PROVIDER_HEALTH']);
  const key = await newKey();
  fake?.says(completion(), failure(503), completion(), streamed(usage, 'Hi'));
  for (const stream of [false, false, true]) {
    expect(await chat(key, { model: 'served', stream }, { env: silent })).toMatchObject({ status: 200 });
  }
});
