import * as v from 'valibot';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { HealthChecks } from '../../../src/actors/provider-health/health-checks.ts';
import { ChecksRecordSchema, SiteRecordSchema } from '../../../src/actors/provider-health/health-record.ts';
import { type ProviderSite, ProviderSiteSchema } from '../../../src/core/breaker/provider-site.ts';
import {
  endpointsPerProviderMax,
  healthCheckEveryMsMin,
  healthInUseMs,
  modelListEveryMs,
  namesSoughtMax,
} from '../../../src/limits.ts';

const config = defaultBreakerConfig;
const everyMs = 30_000;
const startMs = 1_000_000_000;
const west = { name: 'west', baseUrl: 'https://west.example', secret: 'WEST_KEY' };
const east = { name: 'east', baseUrl: 'https://east.example', secret: 'EAST_KEY' };
const site: ProviderSite = {
  catalogVersion: 3,
  kind: 'openai',
  endpoints: [west, east],
  headers: {},
  check: { path: '/health', everyMs },
  models: [],
};
const listing: ProviderSite = { ...site, check: { path: '/v1/models', everyMs }, models: ['a', 'b'] };
const sickWest = [{ endpoint: 'west', checkInMs: 0 }];
const well = { kind: 'answered', status: 200 } as const;

let checks: HealthChecks;
beforeEach(() => {
  checks = new HealthChecks(undefined, undefined, () => true);
});

/** The names of what is to be asked now. */
function begun(troubled: typeof sickWest, atMs: number): { endpoints: string[]; list: string | undefined } {
  const { endpoints, list } = checks.begin(troubled, atMs);
  return { endpoints: endpoints.map(({ name }) => name), list: list?.name };
}
const nothing = { endpoints: [], list: undefined };

/** What an eviction leaves: what was written, read back. */
function evicted(nowMs: number, isUsable = true): HealthChecks {
  const record = <Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> =>
    v.parse(schema, JSON.parse(JSON.stringify(value)));
  const [known, done] = [checks.takeSite(), checks.takeChecks(nowMs)];
  return new HealthChecks(record(SiteRecordSchema, known), record(ChecksRecordSchema, done), () => isUsable);
}

describe('an endpoint is checked', () => {
  test('only while calls are kept from it', () => {
    checks.reported(site, config, startMs);
    expect(begun([], startMs)).toEqual(nothing);
    expect(checks.nextInMs([], startMs)).toBeUndefined();
    expect(begun(sickWest, startMs)).toEqual({ endpoints: ['west'], list: undefined });
  });

  test('not before it is worth while, and at most as often as the catalog says', () => {
    checks.reported(site, config, startMs);
    const soon = [{ endpoint: 'west', checkInMs: 400 }];
    expect(begun(soon, startMs)).toEqual(nothing);
    expect(checks.nextInMs(soon, startMs)).toBe(400);
    expect(begun(sickWest, startMs).endpoints).toEqual(['west']);
    expect(checks.nextInMs(sickWest, startMs)).toBe(everyMs);
    expect(begun(sickWest, startMs + everyMs - 1)).toEqual(nothing);
    expect(begun(sickWest, startMs + everyMs).endpoints).toEqual(['west']);
  });

  test('each for itself', () => {
    checks.reported(site, config, startMs);
    const both = [...sickWest, { endpoint: 'east', checkInMs: 0 }];
    expect(begun(sickWest, startMs).endpoints).toEqual(['west']);
    expect(begun(both, startMs + 1).endpoints).toEqual(['east']);
    expect(checks.nextInMs(both, startMs + 1)).toBe(everyMs - 1);
  });

  test('while routers ask about the provider, whether or not any call goes there', () => {
    checks.reported(site, config, startMs);
    expect(begun(sickWest, startMs + healthInUseMs)).toEqual(nothing);
    expect(checks.nextInMs(sickWest, startMs + healthInUseMs)).toBeUndefined();
    checks.asked(startMs + healthInUseMs);
    expect(begun(sickWest, startMs + 2 * healthInUseMs - 1).endpoints).toEqual(['west']);
  });

  test('not where the catalog has no check, nor anything that it has not', () => {
    const { check, ...without } = site;
    expect(check).toBeDefined();
    checks.reported(without, config, startMs);
    expect(begun(sickWest, startMs)).toEqual(nothing);
    checks.reported(site, config, startMs);
    expect(begun([{ endpoint: 'north', checkInMs: 0 }], startMs)).toEqual(nothing);
  });

  test('not where it may not be asked, or has no secret', () => {
    checks = new HealthChecks(undefined, undefined, ({ name }) => name !== 'west');
    checks.reported(site, config, startMs);
    expect(begun(sickWest, startMs)).toEqual(nothing);
    expect(checks.nextInMs(sickWest, startMs)).toBeUndefined();
  });

  test('early rather than never where the clock was set far back', () => {
    checks.reported(site, config, startMs);
    begun(sickWest, startMs);
    checks.asked(startMs - 10 * everyMs);
    expect(begun(sickWest, startMs - 10 * everyMs).endpoints).toEqual(['west']);
  });
});

describe('a list of models is fetched', () => {
  test('once an hour, of an endpoint that is well', () => {
    checks.reported(listing, config, startMs);
    expect(begun([{ endpoint: 'west', checkInMs: 10_000 }], startMs)).toEqual({ endpoints: [], list: 'east' });
    expect(checks.nextInMs([], startMs)).toBe(modelListEveryMs);
    checks.reported(undefined, config, startMs + modelListEveryMs);
    expect(begun([], startMs + modelListEveryMs - 1)).toEqual(nothing);
    expect(begun([], startMs + modelListEveryMs)).toEqual({ endpoints: [], list: 'west' });
  });

  test('only while calls go there', () => {
    checks.reported(listing, config, startMs);
    begun([], startMs);
    checks.asked(startMs + modelListEveryMs);
    expect(begun([], startMs + modelListEveryMs)).toEqual(nothing);
    checks.reported(undefined, config, startMs + modelListEveryMs);
    expect(begun([], startMs + modelListEveryMs).list).toBe('west');
  });

  test('not where the check is no list, no model is looked for, or no endpoint is well', () => {
    checks.reported(site, config, startMs);
    expect(begun([], startMs)).toEqual(nothing);
    checks.reported({ ...listing, models: [] }, config, startMs);
    expect(begun([], startMs)).toEqual(nothing);
    checks.reported(listing, config, startMs);
    const both = ['west', 'east'].map((endpoint) => ({ endpoint, checkInMs: 5000 }));
    expect(begun(both, startMs)).toEqual(nothing);
    expect(checks.nextInMs(both, startMs)).toBe(5000);
  });

  test('at once where the catalog has other models than before', () => {
    checks.reported(listing, config, startMs);
    begun([], startMs);
    checks.reported({ ...listing, catalogVersion: 4, models: ['a', 'c'] }, config, startMs + 1);
    expect(begun([], startMs + 1).list).toBe('west');
  });
});

describe('what is missing', () => {
  beforeEach(() => {
    checks.reported(listing, config, startMs);
    checks.begin([], startMs);
  });

  test('is what the list does not have, and is news only once', () => {
    expect(checks.listed({ names: ['a'] }, startMs + 5)).toEqual(['b']);
    expect(checks.describe(startMs + 1000).models).toEqual({ agoMs: 1000, listed: 1, missing: ['b'] });
    expect(checks.listed({ names: ['a'] }, startMs + 5)).toEqual([]);
    expect(checks.listed({ names: ['a', 'b'] }, startMs + 5)).toEqual([]);
    expect(checks.describe(startMs).models).toEqual({ agoMs: 0, listed: 2, missing: [] });
  });

  test('stays what it was where a list can not be read, and the reason is said', () => {
    checks.listed({ names: ['a'] }, startMs);
    checks.listed({ problem: 'answered 503' }, startMs);
    expect(checks.describe(startMs).models).toMatchObject({ missing: ['b'], listed: 1, problem: 'answered 503' });
  });

  test('is not said of a model that the catalog no longer has, nor before a list was read', () => {
    expect(checks.describe(startMs).models).toBeUndefined();
    checks.listed({ names: [] }, startMs);
    expect(checks.describe(startMs).models?.missing).toEqual(['a', 'b']);
    checks.reported({ ...listing, models: ['a'] }, config, startMs);
    expect(checks.describe(startMs).models).toBeUndefined();
  });
});

test('an older catalog changes nothing, and a newer one takes endpoints away', () => {
  checks.reported(site, config, startMs);
  checks.begin(sickWest, startMs);
  checks.checked('west', well, startMs);
  expect(checks.describe(startMs + 7).checks).toEqual([
    { endpoint: 'west', agoMs: 7, outcome: 'success', found: 'answered 200' },
  ]);
  checks.reported({ ...site, catalogVersion: 2, endpoints: [east] }, config, startMs);
  expect(checks.site?.endpoints).toHaveLength(2);
  checks.reported({ ...site, catalogVersion: 4, endpoints: [east] }, config, startMs);
  expect(checks.describe(startMs).checks).toEqual([]);
  expect(begun(sickWest, startMs + everyMs)).toEqual(nothing);
});

describe('an eviction', () => {
  test('changes neither what is due nor what was found', () => {
    checks.reported(listing, config, startMs);
    checks.begin(sickWest, startMs);
    checks.checked('west', { kind: 'late' }, startMs + 1);
    checks.listed({ names: ['a'] }, startMs + 1);
    const before = checks.describe(startMs + 5);
    const after = evicted(startMs + 2);
    expect(after.describe(startMs + 5)).toEqual(before);
    expect(after.nextInMs(sickWest, startMs + 2)).toBe(everyMs - 2);
    expect(after.begin(sickWest, startMs + 2)).toMatchObject(nothing);
  });

  test('does not make a provider that is in use look forgotten', () => {
    checks.reported(site, config, startMs);
    checks = evicted(startMs);
    expect(begun(sickWest, startMs + everyMs).endpoints).toEqual(['west']);
  });

  test('with a secret that was taken away since leaves its endpoint alone', () => {
    checks.reported(site, config, startMs);
    expect(evicted(startMs, false).begin(sickWest, startMs + everyMs)).toMatchObject(nothing);
  });
});

test('nothing is written where nothing has changed', () => {
  checks.reported(site, config, startMs);
  expect(checks.takeSite()).toBeDefined();
  expect(checks.takeChecks(startMs)).toBeDefined();
  checks.reported(site, config, startMs + 60_000);
  checks.asked(startMs + 61_000);
  expect(checks.takeSite()).toBeUndefined();
  expect(checks.takeChecks(startMs + 61_000)).toBeUndefined();
});

describe('a site is understood', () => {
  const understood = (change: object): boolean => v.safeParse(ProviderSiteSchema, { ...site, ...change }).success;
  const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

  test('with as many endpoints and names as may be, and no more', () => {
    expect(understood({ endpoints: many(endpointsPerProviderMax, west) })).toBe(true);
    expect(understood({ endpoints: many(endpointsPerProviderMax + 1, west) })).toBe(false);
    expect(understood({ models: many(namesSoughtMax, 'a') })).toBe(true);
    expect(understood({ models: many(namesSoughtMax + 1, 'a') })).toBe(false);
    expect(understood({ check: { path: '/a', everyMs: healthCheckEveryMsMin } })).toBe(true);
    expect(understood({ check: { path: '/a', everyMs: healthCheckEveryMsMin - 1 } })).toBe(false);
  });

  test.each([
    ['no endpoint', { endpoints: [] }],
    ['no URL', { endpoints: [{ ...west, baseUrl: 'west' }] }],
    ['a secret that is no name', { endpoints: [{ ...west, secret: 'sk-live-123' }] }],
    ['a path that is none', { check: { path: '@evil.example/', everyMs } }],
  ])('but not with %s', (_what, change) => {
    expect(understood(change)).toBe(false);
  });

  test('by an older release, which does not know every field', () => {
    expect(understood({ somethingNew: 1 })).toBe(true);
  });
});
