// A runtime of its own: its provider sets the clock.

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { ProviderSite } from '../../../src/core/breaker/provider-site.ts';
import { alarmAgainMs } from '../../../src/limits.ts';
import { CheckedProvider, everyMs, failures, secret, success } from './checked-provider.ts';

const config = defaultBreakerConfig;
let world: CheckedProvider;

beforeEach(() => {
  world = new CheckedProvider();
});
afterEach(() => world.end());

describe('an endpoint whose breaker is open', () => {
  beforeEach(async () => {
    await world.provider.report(failures(5), 0, config, world.site);
  });

  test('is asked by the alarm, with its own credential, and comes back after two good answers', async () => {
    expect(await world.stateOfWest()).toBe('open');
    expect(await world.alarmAtMs()).toBe(15_000);
    world.at(15_000);
    expect(await world.alarm()).toBe(true);
    expect(world.urls).toEqual(['https://west.example.com/v1/healthy']);
    expect(world.asked[0]?.headers.get('authorization')).toBe(`Bearer ${secret}`);
    expect(world.asked[0]?.headers.get('x-title')).toBe('weir');
    expect(world.asked[0]?.init).toMatchObject({ method: 'GET', redirect: 'manual' });
    expect(await world.stateOfWest()).toBe('half-open');
    world.at(15_000 + everyMs);
    await world.alarm();
    expect(await world.stateOfWest()).toBe('closed');
    world.at(15_000 + 3 * everyMs);
    await world.alarm();
    expect(world.asked).toHaveLength(2);
    expect(await world.alarmAtMs()).toBeUndefined();
  });

  test('stays out, for longer, while it answers with failures, and is asked on at the same pace', async () => {
    world.answer = () => new Response('no', { status: 503 });
    for (const [checks, ms] of [15_000, 45_000, 75_000, 105_000].entries()) {
      world.at(ms);
      expect(await world.alarmAtMs()).toBe(ms);
      await world.alarm();
      expect(world.asked).toHaveLength(checks + 1);
    }
    const { troubled } = await world.provider.snapshot();
    expect(troubled).toMatchObject([{ key: 'endpoint:west', state: 'open', retryInMs: config.openMsMax }]);
    expect((await world.provider.describe()).checks).toEqual([
      { endpoint: 'west', agoMs: 0, outcome: 'failure', found: 'answered 503' },
    ]);
  });

  test('is neither put back nor kept out by an answer that is about something else', async () => {
    world.answer = () => new Response('who are you?', { status: 401 });
    world.at(15_000);
    await world.alarm();
    expect((await world.provider.snapshot()).troubled).toMatchObject([{ state: 'open', retryInMs: 15_000 }]);
    expect((await world.provider.describe()).checks).toMatchObject([{ outcome: 'neutral', found: 'answered 401' }]);
  });

  test('that can not be reached does not stop the alarm, and nothing of the error is told', async () => {
    world.answer = async () => Promise.reject(new TypeError(`no route for Bearer ${secret}`));
    world.at(15_000);
    await world.alarm();
    expect(await world.stateOfWest()).toBe('open');
    expect(await world.alarmAtMs()).toBe(15_000 + everyMs);
    const told = JSON.stringify([await world.provider.describe(), await world.provider.snapshot(), world.logged]);
    expect(told).not.toContain(secret);
  });

  test('is not asked more often because the alarm rings twice, or early', async () => {
    world.at(14_000);
    await world.alarm();
    expect(world.asked).toHaveLength(0);
    expect(await world.alarmAtMs()).toBe(15_000);
    world.at(15_000);
    await world.alarm();
    await world.alarm();
    await world.alarm();
    expect(world.asked).toHaveLength(1);
  });

  test('is asked as before after an eviction, and no call is let through meanwhile', async () => {
    await evictDurableObject(world.provider);
    world.at(15_000);
    await world.alarm();
    expect(world.asked).toHaveLength(1);
    await evictDurableObject(world.provider);
    expect(await world.stateOfWest()).toBe('half-open');
    world.at(15_000 + everyMs - 1);
    await world.alarm();
    expect(world.asked).toHaveLength(1);
    world.at(15_000 + everyMs);
    await world.alarm();
    expect(await world.stateOfWest()).toBe('closed');
  });

  test('answers routers while it is asked, and lets none of their calls probe', async () => {
    const gate = Promise.withResolvers<Response>();
    world.at(15_000);
    await world.alarm();
    world.answer = async () => gate.promise;
    world.at(15_000 + everyMs);
    const checking = world.alarm();
    await expect.poll(() => world.asked.length).toBe(2);
    expect((await world.provider.claim('west', 'model', config)).decision.kind).toBe('refused');
    expect((await world.provider.claim('east', 'model', config)).decision.kind).toBe('closed');
    gate.resolve(new Response('fine'));
    await checking;
    expect((await world.provider.claim('west', 'model', config)).decision.kind).toBe('closed');
  });

  test('is not asked any more after a reset', async () => {
    await world.provider.reset();
    world.at(15_000);
    await world.alarm();
    expect(world.asked).toHaveLength(0);
  });

  test('is not asked where its secret is not set any more', async () => {
    Reflect.deleteProperty(env, 'WEST_KEY');
    await evictDurableObject(world.provider);
    world.at(15_000);
    await world.alarm();
    expect(world.asked).toHaveLength(0);
  });

  test('is left in peace when nobody has asked about it for an hour', async () => {
    await evictDurableObject(world.provider);
    world.at(3_600_000);
    await world.alarm();
    expect(world.asked).toHaveLength(0);
    expect(await world.alarmAtMs()).toBeUndefined();
    await world.provider.claim('west', 'model', config);
    expect(await world.alarmAtMs()).toBeDefined();
  });
});

describe('an endpoint is never asked', () => {
  const openWith = async (changed: Partial<ProviderSite>): Promise<number> => {
    await world.provider.report(failures(5), 0, config, { ...world.site, ...changed });
    world.at(15_000);
    await world.alarm();
    return world.asked.length;
  };

  test('while it is well', async () => {
    await world.provider.report([success], 0, config, world.site);
    world.at(60_000);
    await world.alarm();
    expect(world.asked).toHaveLength(0);
  });

  test('where the router is of a release that does not say where it is', async () => {
    await world.provider.report(failures(5), 0, config);
    world.at(15_000);
    expect(await world.alarm()).toBe(false);
    expect(world.asked).toHaveLength(0);
  });

  test('at a private address, unless that is allowed', async () => {
    const privately = world.site.endpoints.map((endpoint) => ({ ...endpoint, baseUrl: 'http://169.254.169.254/v1' }));
    Reflect.set(env, 'ALLOW_PRIVATE_UPSTREAMS', 'false');
    try {
      expect(await openWith({ endpoints: privately })).toBe(0);
    } finally {
      Reflect.set(env, 'ALLOW_PRIVATE_UPSTREAMS', 'true');
    }
    await evictDurableObject(world.provider);
    world.at(20_000);
    await world.provider.report([success], 0, config, world.site);
    await world.alarm();
    expect(world.asked).toHaveLength(1);
  });

  test('where what the router says makes no sense, which is logged, and the report counts all the same', async () => {
    expect(await openWith({ endpoints: [] })).toBe(0);
    expect((await world.provider.snapshot()).troubled).not.toEqual([]);
    expect(world.logged.join('\n')).toContain('health-site-refused');
  });
});

test('an alarm that something goes wrong in comes again, and says what it was', async () => {
  await world.provider.report(failures(5), 0, config, world.site);
  world.at(15_000);
  const broken = vi.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    throw new Error('no randomness');
  });
  expect(await world.alarm()).toBe(true);
  broken.mockRestore();
  expect(world.logged.join('\n')).toContain('health-check-failed');
  expect(await world.alarmAtMs()).toBe(15_000 + alarmAgainMs);
});
