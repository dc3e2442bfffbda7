import { evictDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { CooldownReason } from '../../../src/core/breaker/credential-cooldowns.ts';
import { CheckedProvider, everyMs, secret, success } from './checked-provider.ts';

const hourMs = 3_600_000;
let world: CheckedProvider;

beforeEach(async () => {
  world = new CheckedProvider();
  await world.provider.report([success], 0, defaultBreakerConfig, world.site);
});
afterEach(() => world.end());

const refuse = async (client: string, reason: CooldownReason = 'unauthorized', model = 'model') =>
  world.provider.coolDown('WEST_KEY', hourMs, reason, { model, client, elapsedMs: 0 });
const outForAll = async () => (await world.provider.snapshot()).cooldowns;

describe('a credential that one call was refused with', () => {
  test.each([
    [401, 'unauthorized', 'unauthorized'],
    [403, 'forbidden', 'forbidden'],
    [402, 'out-of-credit', 'out-of-credit'],
    [400, 'unauthorized', 'unauthorized'],
  ] as const)(
    'is checked at once, with itself, and is out for all if that is answered %i',
    async (status, said, reason) => {
      world.answer = () => new Response('no', { status });
      await refuse('ada', said);
      expect(await world.alarmAtMs()).toBe(0);
      await world.alarm();
      expect(world.urls).toEqual(['https://west.example.com/v1/healthy']);
      expect(world.asked[0]?.headers.get('authorization')).toBe(`Bearer ${secret}`);
      expect(await outForAll()).toEqual([{ credential: 'WEST_KEY', forMs: hourMs, reason }]);
    },
  );

  test.each([200, 404, 429, 503])(
    'is out for nobody else if the check is answered %i, and is not checked again',
    async (status) => {
      world.answer = () => new Response('-', { status });
      await refuse('ada');
      await world.alarm();
      expect(await outForAll()).toEqual([]);
      expect((await world.provider.snapshot()).scoped).toMatchObject([{ client: 'ada', model: 'model' }]);
      expect(await world.stateOfWest()).toBe('closed');
      for (const ms of [everyMs, 2 * everyMs]) {
        world.at(ms);
        await refuse('ada');
        await world.alarm();
      }
      expect(world.asked).toHaveLength(1);
      expect(await world.alarmAtMs()).toBeUndefined();
    },
  );

  test('is out for nobody else if a 400 is all that a check of a forbidden one is answered', async () => {
    world.answer = () => new Response('-', { status: 400 });
    await refuse('ada', 'forbidden');
    await world.alarm();
    expect(await outForAll()).toEqual([]);
  });

  test('and was served before its check came to an end is out for nobody', async () => {
    const gate = Promise.withResolvers<Response>();
    world.answer = async () => gate.promise;
    await refuse('ada');
    const checking = world.alarm();
    await expect.poll(() => world.asked.length).toBe(1);
    world.at(1);
    await world.provider.report([{ ...success, client: 'bob', accepted: 'WEST_KEY' }], 0, defaultBreakerConfig);
    gate.resolve(new Response('no', { status: 401 }));
    await checking;
    expect(await world.provider.snapshot()).toEqual({ troubled: [], cooldowns: [] });
  });

  test('is checked and out after an eviction as before', async () => {
    world.answer = () => new Response('no', { status: 401 });
    await refuse('ada');
    await evictDurableObject(world.provider);
    await world.alarm();
    await evictDurableObject(world.provider);
    world.at(1000);
    expect(await outForAll()).toEqual([{ credential: 'WEST_KEY', forMs: hourMs - 1000, reason: 'unauthorized' }]);
  });

  test('is checked no more often than its endpoint may be', async () => {
    await refuse('ada');
    await world.alarm();
    world.at(1000);
    await refuse('ada', 'unauthorized', 'other');
    expect(await world.alarmAtMs()).toBe(everyMs);
  });

  test('is not checked for a rate limit', async () => {
    await refuse('ada', 'rate-limited');
    expect(await world.alarmAtMs()).toBeUndefined();
  });
});

describe('a credential that calls of two clients were refused with', () => {
  test('is out for that model until one is served', async () => {
    await refuse('ada');
    await refuse('bob');
    const scoped = [{ credential: 'WEST_KEY', model: 'model', forMs: hourMs, reason: 'unauthorized' }];
    expect(await world.provider.snapshot()).toEqual({ troubled: [], cooldowns: [], scoped });
    await evictDurableObject(world.provider);
    expect((await world.provider.snapshot()).scoped).toEqual(scoped);
    world.at(1);
    await world.provider.report([{ ...success, client: 'carol', accepted: 'WEST_KEY' }], 0, defaultBreakerConfig);
    expect(await world.provider.snapshot()).toEqual({ troubled: [], cooldowns: [] });
  });

  test('of which the first was forbidden what the check showed to be something else, is not out', async () => {
    await refuse('ada', 'forbidden');
    await world.alarm();
    await refuse('bob', 'forbidden');
    expect((await world.provider.snapshot()).scoped).toMatchObject([{ client: 'bob' }]);
  });
});

test('what a router of the release before says holds for all, as it did', async () => {
  await world.provider.coolDown('WEST_KEY', hourMs, 'unauthorized');
  expect(await outForAll()).toEqual([{ credential: 'WEST_KEY', forMs: hourMs, reason: 'unauthorized' }]);
});
