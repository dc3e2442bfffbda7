import { beforeEach, describe, expect, test } from 'vitest';
import type { CredentialUse } from '../../../src/core/breaker/credential-cooldowns.ts';
import { type RouterHealth } from '../../../src/gateway/health/router-health.ts';
import { claimWaitMs, healthRefreshMs } from '../../../src/limits.ts';
import { count, enter, HealthWorld, kinds, use } from './health-world.ts';

let world: HealthWorld;
let health: RouterHealth;
beforeEach(() => {
  world = new HealthWorld();
  health = world.isolate();
});

describe('when ProviderHealth can not be reached', () => {
  test('calls to a well provider go on, and the trouble is told', async () => {
    world.isDown = true;
    expect((await enter(health)).kind).toBe('go');
    await world.settle();
    expect(world.problems).toHaveLength(1);
  });

  test('reports that could not be delivered are counted, and the count is delivered', async () => {
    world.isDown = true;
    await world.fail(health, 3);
    world.isDown = false;
    await world.fail(health, 1);
    expect(world.breakers.describe(world.nowMs + world.skewMs).lostReports).toBe(3);
  });

  test.each(['isDown', 'isSilent'] as const)('a trickle goes through to a provider in trouble (%s)', async (how) => {
    await world.fail(health, 5);
    await world.pass(30_000);
    world[how] = true;
    const first = enter(health);
    await world.settle();
    await world.pass(claimWaitMs);
    expect(kinds([await first])).toEqual(['go']);
    for (let call = 0; call < 10; call += 1) expect((await enter(health)).kind).toBe('refused');
    await world.pass(5000);
    const second = enter(health);
    await world.settle();
    await world.pass(claimWaitMs);
    expect(kinds([await second])).toEqual(['go']);
  });

  test('a refresh that is never answered is given up', async () => {
    world.isSilent = true;
    await enter(health);
    await world.pass(healthRefreshMs);
    await enter(health);
    expect(count(world.asked, 'snapshot')).toBe(2);
  });
});

describe('the cool-down of a credential', () => {
  const hourMs = 3_600_000;

  test('holds at once where it was learnt, and within a refresh elsewhere', async () => {
    const other = world.isolate();
    other.view('provider');
    await world.settle();
    health.rejected('provider', use, { untilMs: world.nowMs + hourMs, reason: 'unauthorized', sinceMs: world.nowMs });
    const expected = { untilMs: world.nowMs + hourMs, reason: 'unauthorized' };
    expect(health.view().cooldown('provider', use, world.nowMs)).toEqual(expected);
    await world.pass(healthRefreshMs);
    other.view('provider');
    await world.settle();
    expect(other.view().cooldown('provider', use, world.nowMs)).toEqual(expected);
  });

  test('keeps only that client’s calls of that model away, until another client is told the same', async () => {
    const refusal = { untilMs: world.nowMs + hourMs, reason: 'unauthorized', sinceMs: world.nowMs } as const;
    const bob = { ...use, client: 'bob' };
    const isOut = (call: CredentialUse): boolean => health.cooldown('provider', call, world.nowMs) !== undefined;
    health.rejected('provider', use, refusal);
    await world.settle();
    expect([use, bob, { ...use, model: 'other' }].map(isOut)).toEqual([true, false, false]);
    health.rejected('provider', bob, refusal);
    await world.settle();
    const carol = { ...use, client: 'carol' };
    expect([carol, { ...carol, model: 'other' }].map(isOut)).toEqual([true, false]);
  });

  test('of a short rate limit is learnt of two clients within one isolate', async () => {
    const refusal = { untilMs: world.nowMs + 1000, reason: 'rate-limited', sinceMs: world.nowMs } as const;
    const [bob, carol] = [
      { ...use, client: 'bob' },
      { ...use, client: 'carol' },
    ];
    health.rejected('provider', use, refusal);
    expect(health.cooldown('provider', carol, world.nowMs)).toBeUndefined();
    health.rejected('provider', bob, refusal);
    expect(health.cooldown('provider', carol, world.nowMs)?.reason).toBe('rate-limited');
    expect(world.asked).not.toContain('coolDown');
  });

  test('is told once, however many calls find out at once', async () => {
    for (let call = 0; call < 20; call += 1)
      health.rejected('provider', use, { untilMs: world.nowMs + hourMs, reason: 'forbidden', sinceMs: world.nowMs });
    await world.settle();
    health.rejected('provider', use, { untilMs: world.nowMs + hourMs, reason: 'forbidden', sinceMs: world.nowMs });
    await world.settle();
    expect(count(world.asked, 'coolDown')).toBe(1);
  });

  test('is kept to itself where it would be over before others learnt of it', async () => {
    health.rejected('provider', use, { untilMs: world.nowMs + 1000, reason: 'rate-limited', sinceMs: world.nowMs });
    await world.settle();
    expect(world.asked).toEqual([]);
    expect(health.view().cooldown('provider', use, world.nowMs + 999)?.reason).toBe('rate-limited');
    expect(health.view().cooldown('provider', use, world.nowMs + 1000)).toBeUndefined();
  });

  test('is not forgotten because ProviderHealth could not be told', async () => {
    world.isDown = true;
    health.rejected('provider', use, { untilMs: world.nowMs + hourMs, reason: 'unauthorized', sinceMs: world.nowMs });
    await world.settle();
    world.isDown = false;
    await world.pass(healthRefreshMs);
    health.view('provider');
    await world.settle();
    expect(health.view().cooldown('provider', use, world.nowMs)?.reason).toBe('unauthorized');
  });

  test('ends everywhere within a refresh after a reset', async () => {
    health.rejected('provider', use, { untilMs: world.nowMs + hourMs, reason: 'unauthorized', sinceMs: world.nowMs });
    await world.settle();
    world.reset();
    await world.pass(healthRefreshMs);
    health.view('provider');
    await world.settle();
    expect(health.view().cooldown('provider', use, world.nowMs)).toBeUndefined();
  });
});
