import { beforeEach, describe, expect, test } from 'vitest';
import type { ProviderSite } from '../../../src/core/breaker/provider-site.ts';
import type { RouterHealth } from '../../../src/gateway/health/router-health.ts';
import { healthRefreshMs, siteTellEveryMs } from '../../../src/limits.ts';
import { count, enter, HealthWorld, use } from './health-world.ts';

const site: ProviderSite = {
  catalogVersion: 1,
  kind: 'openai',
  endpoints: [{ name: 'main', baseUrl: 'https://a.example', secret: 'A_KEY' }],
  headers: {},
  models: [],
};

let world: HealthWorld;
let health: RouterHealth;
beforeEach(() => {
  world = new HealthWorld();
  world.site = site;
  health = world.isolate();
});

describe('where a provider is', () => {
  test('is told with the first report, and again after a minute', async () => {
    await world.fail(health, 3);
    expect(world.sites).toEqual([site]);
    await world.pass(siteTellEveryMs - 1);
    await world.fail(health, 1);
    expect(world.sites).toHaveLength(1);
    await world.pass(1);
    await world.fail(health, 1);
    expect(world.sites).toHaveLength(2);
  });

  test('is told again where it did not arrive', async () => {
    world.isDown = true;
    await world.fail(health, 1);
    world.isDown = false;
    expect(world.sites).toEqual([]);
    await world.fail(health, 1);
    expect(world.sites).toEqual([site]);
  });

  test('is not told of a provider that can not be checked', async () => {
    world.site = undefined;
    await world.fail(health, 1);
    expect(world.asked).toContain('report');
    expect(world.sites).toEqual([]);
  });
});

describe('a plan that stays away from a provider', () => {
  const standing = (): string => health.standing('provider', 'main', 'model', world.nowMs).kind;

  test('has it asked about again beside the path, so that it is noticed when the provider is well', async () => {
    await world.fail(health, 5);
    expect(standing()).toBe('open');
    world.reset();
    await world.pass(healthRefreshMs);
    expect(standing()).toBe('open');
    await world.settle();
    expect(standing()).toBe('closed');
    expect(count(world.asked, 'snapshot')).toBeGreaterThan(0);
  });

  test('or from a credential learns as soon that it was let back in', async () => {
    health.rejected('provider', use, {
      untilMs: world.nowMs + 3_600_000,
      reason: 'out-of-credit',
      sinceMs: world.nowMs,
    });
    await world.settle();
    const reason = (): string | undefined => health.cooldown('provider', use, world.nowMs)?.reason;
    expect(reason()).toBe('out-of-credit');
    world.reset();
    await world.pass(healthRefreshMs);
    expect(reason()).toBe('out-of-credit');
    await world.settle();
    expect(reason()).toBeUndefined();
  });

  test('asks nothing of a provider that is well', async () => {
    await enter(health);
    await world.pass(10 * healthRefreshMs);
    const before = world.asked.length;
    expect(standing()).toBe('closed');
    expect(health.cooldown('provider', use, world.nowMs)).toBeUndefined();
    expect(health.view().state('provider')).toBe('closed');
    expect(health.firstByteMs('provider', 'model')).toBeUndefined();
    expect(world.asked).toHaveLength(before);
  });
});
