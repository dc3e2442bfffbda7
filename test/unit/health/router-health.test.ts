import { beforeEach, describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { HealthMemory, type RouterHealth } from '../../../src/gateway/health/router-health.ts';
import { claimWaitMs, healthBatchMax, healthBatchMs, healthRefreshMs } from '../../../src/limits.ts';
import { count, enter, HealthWorld, kinds } from './health-world.ts';

let world: HealthWorld;
let health: RouterHealth;
beforeEach(() => {
  world = new HealthWorld();
  health = world.isolate();
});

describe('while a provider is well', () => {
  test('a call waits for nothing, and the snapshot is asked for beside it once in 5 s', async () => {
    for (let call = 0; call < 100; call += 1) {
      expect(await enter(health)).toEqual({ kind: 'go', startedMs: world.nowMs });
    }
    expect(world.asked).toEqual(['snapshot']);
    await world.pass(healthRefreshMs - 1);
    await enter(health);
    expect(world.asked).toHaveLength(1);
    await world.pass(1);
    await enter(health);
    expect(world.asked).toEqual(['snapshot', 'snapshot']);
  });

  test('successes are reported together, at 50', async () => {
    await enter(health);
    for (let call = 1; call < healthBatchMax; call += 1) world.report(health, 'success');
    await world.settle();
    expect(world.delivered).toHaveLength(0);
    world.report(health, 'success');
    await world.settle();
    expect(world.delivered).toHaveLength(healthBatchMax);
    expect(count(world.asked, 'report')).toBe(1);
  });

  test('successes are reported after 5 s where fewer come, each with its age', async () => {
    world.report(health, 'success');
    await world.pass(healthBatchMs - 1);
    world.report(health, 'success');
    expect(world.delivered).toHaveLength(0);
    await world.pass(1);
    expect(world.delivered.map(({ elapsedMs }) => elapsedMs)).toEqual([healthBatchMs, 1]);
    await world.pass(2 * healthBatchMs);
    expect(count(world.asked, 'report')).toBe(1);
  });

  test('successes that come after a batch was sent wait for 5 s of their own', async () => {
    world.report(health, 'success');
    await world.fail(health, 1);
    await world.pass(2000);
    world.report(health, 'success');
    await world.pass(healthBatchMs - 2000);
    expect(world.delivered).toHaveLength(2);
    await world.pass(2000);
    expect(world.delivered).toHaveLength(3);
  });

  test('successes whose request was cancelled before it could report them are reported by the next', async () => {
    const memory = new HealthMemory();
    const cancelled = world.cancelledRequest(memory);
    world.report(cancelled, 'success');
    await world.pass(healthBatchMs);
    world.request(memory).view('provider');
    await world.settle();
    expect(world.delivered).toHaveLength(1);
  });

  test('a failure is reported at once, behind the successes that came before it', async () => {
    world.report(health, 'success');
    world.report(health, 'success');
    world.report(health, 'failure');
    await world.settle();
    expect(world.delivered.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'failure']);
  });

  test('one failure in three is not taken for failures in a row because successes wait for company', async () => {
    for (let call = 0; call < 18; call += 1) world.report(health, call % 3 === 0 ? 'failure' : 'success');
    await world.settle();
    expect(kinds([await enter(health)])).toEqual(['go']);
  });
});

describe('when a provider fails', () => {
  test('the isolate that saw it stops calling with the fifth failure, and says when to come back', async () => {
    await world.fail(health, 5);
    expect(await enter(health)).toEqual({ kind: 'refused', retryAtMs: world.nowMs + 30_000 });
  });

  test('other isolates stop calling within a refresh', async () => {
    const other = world.isolate();
    await enter(other);
    await world.settle();
    await world.fail(health, 5);
    expect((await enter(other)).kind).toBe('go');
    await world.pass(healthRefreshMs);
    await enter(other);
    await world.settle();
    expect((await enter(other)).kind).toBe('refused');
  });

  test('failures that are no news wait with the successes instead of costing a call each', async () => {
    await world.fail(health, 5);
    await world.fail(health, healthBatchMax - 1);
    expect(count(world.asked, 'report')).toBe(5);
    await world.pass(healthBatchMs);
    expect(count(world.asked, 'report')).toBe(6);
  });

  test('the view tells a plan the same, and shows the worst state', async () => {
    const view = health.view('provider', 'elsewhere');
    expect(view.standing('provider', 'main', 'model', world.nowMs)).toEqual({ kind: 'closed' });
    expect(view.state('provider')).toBe('closed');
    await world.fail(health, 5);
    expect(view.standing('provider', 'main', 'model', world.nowMs).kind).toBe('open');
    expect(view.standing('provider', 'main', 'other', world.nowMs).kind).toBe('closed');
    expect(view.standing('elsewhere', 'main', 'model', world.nowMs).kind).toBe('closed');
    expect(view.standing('provider', 'main', 'model', world.nowMs + 30_000).kind).toBe('probe');
    expect(view.state('provider')).toBe('open');
  });

  test('the settings of the provider apply', async () => {
    world.config = { ...defaultBreakerConfig, failuresInARow: 2, openMs: 1000 };
    await world.fail(health, 2);
    expect(await enter(health)).toEqual({ kind: 'refused', retryAtMs: world.nowMs + 1000 });
  });
});

describe('at the moment of recovery', () => {
  test('a hundred calls in one isolate send one probe and ask once', async () => {
    await world.fail(health, 5);
    await world.pass(30_000);
    const passes = await Promise.all(Array.from({ length: 100 }, async () => enter(health)));
    expect(count(kinds(passes), 'probe')).toBe(1);
    expect(count(kinds(passes), 'refused')).toBe(99);
    expect(count(world.asked, 'claim')).toBe(1);
  });

  test('a hundred isolates send one probe', async () => {
    await world.fail(health, 5);
    const isolates = Array.from({ length: 100 }, () => world.isolate());
    for (const isolate of isolates) isolate.view('provider');
    await world.settle();
    await world.pass(30_000);
    const passes = await Promise.all(isolates.map(async (isolate) => enter(isolate)));
    expect(passes.filter((pass) => pass.kind === 'refused' && pass.retryAtMs !== world.nowMs + 1000)).toEqual([]);
    expect(count(kinds(passes), 'probe')).toBe(1);
    expect(count(kinds(passes), 'refused')).toBe(99);
  });

  test('while a probe is under way the isolate asks once a second at most', async () => {
    await world.fail(health, 5);
    await world.pass(30_000);
    await enter(health);
    for (let call = 0; call < 50; call += 1) expect((await enter(health)).kind).toBe('refused');
    expect(count(world.asked, 'claim')).toBe(1);
    await world.pass(1000);
    for (let call = 0; call < 50; call += 1) expect((await enter(health)).kind).toBe('refused');
    expect(count(world.asked, 'claim')).toBe(2);
  });

  test('two probes that succeed let everybody in again', async () => {
    await world.fail(health, 5);
    await world.pass(30_000);
    for (const claim of ['claim-1', 'claim-2']) {
      expect(await enter(health)).toEqual({ kind: 'go', startedMs: world.nowMs, claim });
      world.report(health, 'success', claim);
      await world.settle();
    }
    const passes = await Promise.all(Array.from({ length: 10 }, async () => enter(health)));
    expect(count(kinds(passes), 'go')).toBe(10);
  });

  test('calls that wait for another one asking go ahead when the answer is that all is well', async () => {
    await world.fail(health, 5);
    await world.pass(30_000);
    world.reset();
    const passes = await Promise.all(Array.from({ length: 10 }, async () => enter(health)));
    expect(count(kinds(passes), 'go')).toBe(10);
    expect(count(world.asked, 'claim')).toBe(1);
  });

  test('a call that waits for one that was cancelled is answered in 2 s, and the next one asks for itself', async () => {
    await world.fail(health, 5);
    await world.pass(30_000);
    const memory = new HealthMemory();
    const recovered = world.request(memory);
    recovered.view('provider');
    await world.settle();
    await world.pass(30_000);
    const cancelled = world.cancelledRequest(memory);
    void enter(cancelled);
    await world.settle();
    const waiting = enter(recovered);
    await world.settle();
    await world.pass(claimWaitMs);
    expect((await waiting).kind).toBe('refused');
    expect(kinds([await enter(recovered)])).toEqual(['probe']);
  });
});

test('a clock that is set back does not keep a snapshot for fresh', async () => {
  await enter(health);
  await world.settle();
  world.nowMs -= 3_600_000;
  await enter(health);
  expect(count(world.asked, 'snapshot')).toBe(2);
});
