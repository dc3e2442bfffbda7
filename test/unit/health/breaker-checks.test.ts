import { describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import {
  type Breaker,
  type Outcome,
  checkWaitMs,
  claimProbe,
  closedBreaker,
  recordCheck,
  standingOf,
} from '../../../src/core/breaker/breaker.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';
import { ended, times, troubledKeys } from './breakers-support.ts';

const config = defaultBreakerConfig;
const { openMs, probeLeaseMs } = config;
const everyMs = 30_000;
const openedMs = 1000;
const opened: Breaker = { kind: 'open', untilMs: openedMs + openMs, reopenings: 0 };
const recovering: Breaker = { kind: 'half-open', reopenings: 2, successes: 0, probe: null };

const waitOf = (breaker: Breaker, nowMs: number, every = everyMs): number | undefined =>
  checkWaitMs(breaker, every, nowMs, config);
const checked = (breaker: Breaker, outcome: Outcome, nowMs: number, claim = 'check'): Breaker =>
  recordCheck(breaker, { outcome, claim }, nowMs, config);

describe('a check is worth while', () => {
  test('never where the breaker is closed', () => {
    expect(waitOf(closedBreaker(0, 0, config), 5000)).toBeUndefined();
  });

  test('half-way through the time that it was opened for, or sooner where checks are more frequent', () => {
    expect(waitOf(opened, openedMs)).toBe(openMs / 2);
    expect(waitOf(opened, openedMs + openMs / 2)).toBe(0);
    expect(waitOf(opened, openedMs, 2000)).toBe(2000);
  });

  test('at any time once an attempt to recover has failed', () => {
    expect(waitOf({ kind: 'open', untilMs: 500_000, reopenings: 1 }, 2000)).toBe(0);
  });

  test('while it is half-open and nobody probes', () => {
    expect(waitOf(recovering, 2000)).toBe(0);
    expect(waitOf(claimProbe(recovering, 'a call', 2000, config), 3000)).toBe(probeLeaseMs - 1000);
  });
});

describe('a check of an open breaker', () => {
  test('that goes well lets the next probe in before its time, and two close it', () => {
    const once = checked(opened, 'success', 5000);
    expect(once).toMatchObject({ kind: 'half-open', successes: 1 });
    expect(standingOf(once, 5000)).toEqual({ kind: 'probe' });
    expect(checked(claimProbe(once, 'check', 6000, config), 'success', 6000)).toMatchObject({ kind: 'closed' });
  });

  test('that fails keeps calls out for twice as long from then on', () => {
    expect(checked(opened, 'failure', 5000)).toEqual({ kind: 'open', untilMs: 5000 + 2 * openMs, reopenings: 1 });
  });

  test('that says nothing leaves it as it is', () => {
    expect(checked(opened, 'neutral', 5000)).toEqual(opened);
  });
});

describe('a check of a half-open breaker', () => {
  test('counts as the probe that it claimed', () => {
    const probing = claimProbe(recovering, 'check', 2000, config);
    expect(checked(probing, 'success', 2100)).toMatchObject({ successes: 1, probe: null });
    expect(checked(probing, 'neutral', 2100)).toEqual(recovering);
    expect(checked(probing, 'failure', 2100)).toMatchObject({ kind: 'open', reopenings: 3 });
  });

  test('changes nothing while the probe is a call', () => {
    const probing = claimProbe(recovering, 'a call', 2000, config);
    for (const outcome of ['success', 'failure', 'neutral'] as const) {
      expect(checked(probing, outcome, 2100)).toEqual(probing);
    }
  });
});

test('a check that ends after its breaker was closed changes nothing', () => {
  const closed = closedBreaker(0, 0, config);
  expect(checked(closed, 'failure', 5000)).toEqual(closed);
});

describe('the breakers of a provider', () => {
  const sick = (): ProviderBreakers => {
    const breakers = new ProviderBreakers(undefined, undefined, 0);
    breakers.report(times(5, ended('failure', 'west', 'model')), 0, openedMs, config, 2);
    return breakers;
  };

  test('lay failures at the endpoint where it is known that there are others, though no call went to them', () => {
    expect(troubledKeys(sick(), openedMs)).toEqual(['endpoint:west']);
  });

  test('are checked where they are an endpoint’s, and not where they are a model’s', () => {
    const breakers = sick();
    expect(breakers.endpointsInTrouble(everyMs, openedMs, config)).toEqual([
      { endpoint: 'west', checkInMs: openMs / 2 },
    ]);
    const oneEndpoint = new ProviderBreakers(undefined, undefined, 0);
    oneEndpoint.report(times(5, ended('failure', 'west', 'model')), 0, openedMs, config, 1);
    expect(troubledKeys(oneEndpoint, openedMs)).toEqual(['model:model']);
    expect(oneEndpoint.endpointsInTrouble(everyMs, openedMs, config)).toEqual([]);
  });

  test('keep calls from probing what is being checked', () => {
    const breakers = sick();
    const nowMs = openedMs + openMs;
    expect(breakers.beginCheck('west', 'check', nowMs, config)).toBe(true);
    expect(breakers.claim('west', 'model', 'a call', nowMs, config).kind).toBe('refused');
    breakers.endCheck('west', 'check', 'success', nowMs, config);
    expect(breakers.claim('west', 'model', 'a call', nowMs, config).kind).toBe('granted');
  });

  test('let nothing be checked that a call probes, that is closed, or that nobody knows', () => {
    const breakers = sick();
    const nowMs = openedMs + openMs;
    expect(breakers.claim('west', 'model', 'a call', nowMs, config).kind).toBe('granted');
    expect(breakers.beginCheck('west', 'check', nowMs, config)).toBe(false);
    breakers.reset(nowMs);
    expect(breakers.beginCheck('west', 'check', nowMs, config)).toBe(false);
    breakers.endCheck('west', 'check', 'failure', nowMs, config);
    expect(troubledKeys(breakers, nowMs)).toEqual([]);
  });
});
