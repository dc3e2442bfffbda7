import { evictDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { modelListEveryMs } from '../../../src/limits.ts';
import { CheckedProvider, everyMs, secret, success } from './checked-provider.ts';

const config = defaultBreakerConfig;
let world: CheckedProvider;

beforeEach(() => {
  world = new CheckedProvider();
});
afterEach(() => world.end());

describe('the models of a provider', () => {
  const names = (...ids: string[]): Response => Response.json({ data: ids.map((id) => ({ id })) });
  const models = async () => (await world.provider.describe()).models;
  beforeEach(() => {
    world.site = { ...world.site, check: { path: '/models', everyMs }, models: ['kept', 'gone'] };
  });

  test('that it does not list are found once an hour, and logged once', async () => {
    world.answer = () => names('kept-2026-01-01', 'another');
    await world.provider.report([success], 0, config, world.site);
    await world.alarm();
    expect(world.urls).toEqual(['https://west.example.com/v1/models']);
    expect(await models()).toEqual({ agoMs: 0, missing: ['gone'], listed: 2 });
    expect(world.logged.filter((line) => line.includes('models-not-listed'))).toHaveLength(1);
    await evictDurableObject(world.provider);
    world.at(modelListEveryMs - 1);
    await world.provider.report([success], 0, config, world.site);
    await world.alarm();
    expect(world.asked).toHaveLength(1);
    expect(await models()).toEqual({ agoMs: modelListEveryMs - 1, missing: ['gone'], listed: 2 });
    world.at(modelListEveryMs);
    await world.alarm();
    expect(world.asked).toHaveLength(2);
    expect(world.logged.filter((line) => line.includes('models-not-listed'))).toHaveLength(1);
  });

  test('are looked for on every page of Anthropic’s list', async () => {
    const baseUrl = 'https://claude.example.com';
    world.site = { ...world.site, kind: 'anthropic', endpoints: [{ name: 'default', baseUrl, secret: 'WEST_KEY' }] };
    world.answer = (url) =>
      url.searchParams.has('after_id')
        ? Response.json({ data: [{ id: 'gone' }], has_more: false, last_id: 'gone' })
        : Response.json({ data: [{ id: 'kept' }], has_more: true, last_id: 'kept' });
    await world.provider.report([success], 0, config, world.site);
    await world.alarm();
    expect(world.urls).toEqual([`${baseUrl}/models?limit=1000`, `${baseUrl}/models?limit=1000&after_id=kept`]);
    expect(world.asked[0]?.headers.get('x-api-key')).toBe(secret);
    expect(await models()).toMatchObject({ missing: [], listed: 2 });
  });

  test('are not called missing because the list could not be had', async () => {
    world.answer = () => new Response('<html>', { status: 502 });
    await world.provider.report([success], 0, config, world.site);
    await world.alarm();
    expect(await models()).toEqual({ agoMs: 0, missing: [], problem: 'answered 502' });
    expect(await world.alarmAtMs()).toBe(modelListEveryMs);
  });

  test('are not looked for where nobody calls', async () => {
    await world.provider.report([success], 0, config, world.site);
    await world.alarm();
    world.at(2 * modelListEveryMs);
    await world.provider.snapshot();
    await world.alarm();
    expect(world.asked).toHaveLength(1);
  });
});
