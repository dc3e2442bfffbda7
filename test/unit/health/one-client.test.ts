import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { Outcome } from '../../../src/core/breaker/breaker.ts';
import type { HealthReport } from '../../../src/actors/provider-health/health-messages.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';
import { bucketOf } from '../../../src/core/breaker/sources.ts';
import { breakersPerProviderMax, othersInUseMs, statisticsSaveMs } from '../../../src/limits.ts';
import { ended, times, troubledKeys } from './breakers-support.ts';

/** What one client does must not take a provider away from the others. */

const config = defaultBreakerConfig;
const startMs = 1_000_000;

const by = (client: string, outcome: Outcome, model = 'model', rest: Partial<HealthReport> = {}): HealthReport =>
  ended(outcome, 'main', model, { client, ...rest });

/** A provider that several clients use, each with several models. */
function inUse(): ProviderBreakers {
  const breakers = new ProviderBreakers(undefined, undefined, startMs);
  const calls = ['ada', 'bob', 'carol'].flatMap((client) => [by(client, 'success'), by(client, 'success', 'other')]);
  breakers.report(calls, 0, startMs, config);
  return breakers;
}

function after(reports: readonly HealthReport[], breakers = inUse(), nowMs = startMs): string[] {
  breakers.report(reports, 0, nowMs, config);
  return troubledKeys(breakers, nowMs);
}

test('the clients of these tests are told apart', () => {
  expect(new Set(['ada', 'bob', 'carol', ''].map(bucketOf)).size).toBe(4);
  expect(new Set(['model', 'other'].map(bucketOf)).size).toBe(2);
});

describe('the failures of one client', () => {
  test('open nothing that others use, however many they are', () => {
    const breakers = inUse();
    expect(after(times(100, by('ada', 'failure')), breakers)).toEqual([]);
    expect(after(times(100, by('ada', 'failure', 'other')), breakers)).toEqual([]);
    const { breakers: shown } = breakers.describe(startMs);
    expect(shown).toMatchObject([
      { key: 'model:model', calls: 103, failures: 100 },
      { key: 'endpoint:main', calls: 206, failures: 200 },
      { key: 'model:other', calls: 103, failures: 100 },
    ]);
  });

  test('open it as soon as another client’s call fails too, and none has gone well in between', () => {
    const failures = times(10, by('ada', 'failure'));
    expect(after([...failures, by('bob', 'failure')])).toEqual(['model:model']);
    expect(after([...failures, by('carol', 'success'), by('bob', 'failure')])).toEqual([]);
  });

  test('open nothing by their share of all calls, also where another’s fails now and then', () => {
    const others = times(20, by('bob', 'success'));
    const flood = times(20, by('ada', 'failure')).flatMap((failure, index) => [failure, others[index] ?? failure]);
    expect(after([...flood, by('carol', 'failure'), by('carol', 'success')])).toEqual([]);
    const both = [by('ada', 'failure'), by('bob', 'failure'), by('bob', 'success'), by('bob', 'failure')];
    const sick = times(20, both).flat();
    expect(after(sick)).not.toEqual([]);
  });

  test('open what nobody else has used for an hour', () => {
    const failures = times(5, by('ada', 'failure'));
    expect(after(failures, inUse(), startMs + othersInUseMs - 1)).toEqual([]);
    expect(after(failures, inUse(), startMs + othersInUseMs)).toEqual(['model:model']);
  });

  test('open nothing after an eviction either', () => {
    const before = inUse();
    const nowMs = startMs + statisticsSaveMs;
    before.report([by('bob', 'success')], 0, nowMs, config);
    const again = new ProviderBreakers(before.takeRecord(nowMs), before.takeStatistics(nowMs), nowMs);
    expect(after(times(5, by('ada', 'failure')), again, nowMs)).toEqual([]);
    const record = again.takeRecord(nowMs);
    const third = new ProviderBreakers(record, again.takeStatistics(nowMs + statisticsSaveMs), nowMs);
    expect(after([by('bob', 'failure')], third, nowMs)).toEqual(['model:model']);
  });

  test('never open what others use and find well, in whatever order', () => {
    const step = fc.record({
      client: fc.constantFrom('ada', 'ada', 'ada', 'bob', 'carol'),
      model: fc.constantFrom('model', 'other', 'third'),
      endpoint: fc.constantFrom('main', 'east'),
      isNeutral: fc.boolean(),
      waitMs: fc.constantFrom(0, 0, 0, 100, 10_000),
    });
    const well = fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
      const breakers = new ProviderBreakers(undefined, undefined, startMs);
      const places = ['main', 'east'].flatMap((endpoint) =>
        ['model', 'other', 'third'].map((model) => [endpoint, model]),
      );
      const calls = places.flatMap(([endpoint = '', model = '']) =>
        ['bob', 'carol'].map((client) => ended('success', endpoint, model, { client })),
      );
      breakers.report(calls, 0, startMs, config);
      let nowMs = startMs;
      for (const { client, model, endpoint, isNeutral, waitMs } of steps) {
        nowMs += waitMs;
        const outcome = client === 'ada' ? 'failure' : isNeutral ? 'neutral' : 'success';
        breakers.report([ended(outcome, endpoint, model, { client })], 0, nowMs, config);
      }
      expect(breakers.snapshot(nowMs).troubled).toEqual([]);
    });
    fc.assert(well, { numRuns: 300 });
  });
});

describe('a call that fails again where it has failed', () => {
  test('counts once, and is shown as often as it was tried', () => {
    const call = [by('', 'failure'), ...times(3, by('', 'failure', 'model', { failedBefore: ['endpoint', 'model'] }))];
    const breakers = new ProviderBreakers(undefined, undefined, startMs);
    expect(after(times(4, call).flat(), breakers)).toEqual([]);
    expect(breakers.describe(startMs).breakers).toMatchObject([
      { key: 'endpoint:main', failuresInARow: 4, failures: 16 },
      { key: 'model:model', failuresInARow: 4, failures: 16 },
    ]);
    expect(after(call, breakers)).toEqual(['model:model']);
  });

  test('at another endpoint counts against that endpoint', () => {
    const breakers = new ProviderBreakers(undefined, undefined, startMs);
    const east = ended('failure', 'east', 'model', { failedBefore: ['model'] });
    expect(after(times(5, [by('', 'failure'), east]).flat(), breakers)).toEqual(['endpoint:main', 'endpoint:east']);
  });
});

describe('a model that nobody lists', () => {
  const unlisted = (name: string, outcome: Outcome = 'failure') => by('ada', outcome, name, { isListed: false });

  test('is held against itself only, whatever names there are', () => {
    const breakers = new ProviderBreakers(undefined, undefined, startMs);
    expect(after([...times(4, unlisted('no-such-model')), unlisted('nor-this')], breakers)).toEqual([]);
    expect(
      after(
        Array.from({ length: 100 }, (_, index) => unlisted(`none-${index}`)),
        breakers,
      ),
    ).toEqual([]);
    expect(after([unlisted('no-such-model')], breakers)).toEqual(['model:no-such-model']);
  });

  test('is not held against an endpoint of several either', () => {
    const elsewhere = ended('success', 'east', 'model');
    expect(after([elsewhere, ...times(20, unlisted('no-such-model'))])).toEqual(['model:no-such-model']);
  });

  test('neither reopens nor closes an endpoint that it probes in vain', () => {
    const breakers = new ProviderBreakers(undefined, undefined, startMs);
    const models = ['one', 'two', 'three', 'one', 'two'];
    expect(
      after(
        models.map((name) => by('', 'failure', name)),
        breakers,
      ),
    ).toEqual(['endpoint:main']);
    const nowMs = startMs + config.openMs;
    expect(breakers.claim('main', 'no-such-model', 'claim', nowMs, config).kind).toBe('granted');
    breakers.report([by('ada', 'failure', 'no-such-model', { isListed: false, claim: 'claim' })], 0, nowMs, config);
    expect(breakers.snapshot(nowMs).troubled).toEqual([{ key: 'endpoint:main', state: 'half-open', retryInMs: 0 }]);
  });

  test('has nothing forgotten of those that are listed', () => {
    const breakers = inUse();
    const names = Array.from({ length: 2 * breakersPerProviderMax }, (_, index) => `none-${index}`);
    breakers.report(
      names.flatMap((name) => times(5, unlisted(name))),
      0,
      startMs,
      config,
    );
    const keys = breakers.describe(startMs).breakers.map(({ key }) => key);
    expect(keys).toHaveLength(breakersPerProviderMax);
    expect(keys).toEqual(expect.arrayContaining(['endpoint:main', 'model:model', 'model:other']));
  });
});

describe('one listed model that fails', () => {
  test('does not take an endpoint away on which others do well', () => {
    const sick = ['ada', 'bob'].flatMap((client) => times(10, by(client, 'failure')));
    expect(after([ended('success', 'east', 'model', { client: 'ada' }), ...sick])).toEqual([]);
  });

  test('takes it away with a second one that fails there', () => {
    const sick = ['ada', 'bob'].flatMap((client) => times(10, by(client, 'failure')));
    const reports = [ended('success', 'east', 'model', { client: 'ada' }), ...sick, by('bob', 'failure', 'other')];
    expect(after(reports)).toEqual(['endpoint:main']);
  });
});
