import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelsOfRoute, servedModel } from '../../../src/catalog/resolve.ts';
import type { Catalog } from '../../../src/catalog/schema.ts';
import { matchesPattern } from '../../../src/core/ledger/limit.ts';
import type { PlanCaller, PlanRequest, PlannedAttempt, PlannedCall } from '../../../src/core/routing/plan.ts';
import type { Level } from '../../../src/core/routing/complexity.ts';
import { unmetNeed } from '../../../src/core/routing/unmet-need.ts';
import { targetProtocol } from '../../../src/core/routing/target-protocol.ts';
import { testCatalog } from '../../support/chat.ts';
import { type Trouble, anyRequest, noNeeds, nowMs, plan } from '../../support/plan.ts';

// Whatever the catalog, the request, the key and the state of the providers: what a plan never does.

/** Most of the time, or nearly no call would find anything. */
const mostly = <const Usual, const Other>(usual: Usual, other: Other): fc.Arbitrary<Usual | Other> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 6 }, { arbitrary: fc.constant(other), weight: 1 });

const rarely = <Some, None>(some: fc.Arbitrary<Some>, none: None): fc.Arbitrary<Some | None> =>
  fc.oneof({ arbitrary: fc.constant(none), weight: 6 }, { arbitrary: some, weight: 1 });

const modelNames = ['a', 'b', 'c', 'd'];
const providerNames = ['one', 'two', 'three'];
const providerName = fc.constantFrom(...providerNames);
const endpointNames = ['east', 'west'];

const provider = fc.record({
  kind: fc.constantFrom('openai', 'anthropic'),
  enabled: mostly(true, false),
  endpoints: fc
    .subarray(endpointNames, { minLength: 1 })
    .map((names) => names.map((name) => ({ name, baseUrl: `https://${name}.example`, secret: 'A_KEY' }))),
});

const model = fc.record({
  targets: fc.uniqueArray(
    // Two models may have a target in common.
    fc.record({ provider: providerName, model: fc.constantFrom('x', 'y') }),
    { minLength: 1, maxLength: 4, selector: (target) => JSON.stringify(target) },
  ),
  price: fc.record({ input: fc.constantFrom('1', '2'), output: fc.constantFrom('1', '3') }),
  contextTokens: fc.constantFrom(1000, 100_000),
  maxOutputTokens: fc.constantFrom(100, 1000),
  input: mostly(['text', 'image'], ['text']),
  tools: mostly(true, false),
  structuredOutput: mostly(true, false),
  endpoints: mostly(['chat', 'responses', 'messages'], ['embeddings']),
  tier: fc.constantFrom('standard', 'premium'),
});

const name = fc.constantFrom(...modelNames);
const arms = fc
  .array(fc.record({ model: name, weight: fc.nat(10) }), { minLength: 1, maxLength: 5 })
  .map(([first, ...rest]) => [
    { model: 'a', weight: 1, ...first, ...(first?.weight === 0 ? { weight: 1 } : {}) },
    ...rest,
  ]);
const route = fc.oneof(
  fc.record({
    strategy: fc.constant('fallback'),
    models: fc.array(name, { minLength: 1, maxLength: 6 }),
    onLimit: fc.boolean(),
  }),
  fc.record({ strategy: fc.constant('complexity'), simple: name, medium: name, complex: name }),
  fc.record({ strategy: fc.constant('stage'), plan: name, code: name, review: name }),
  fc.record({ strategy: fc.constant('cheapest'), tier: fc.constantFrom('standard', 'premium') }),
  fc.record({ strategy: fc.constant('balance'), by: fc.constantFrom('latency', 'weight'), arms }),
  fc.record({ strategy: fc.constant('split'), sticky: fc.constantFrom('user', 'key', 'none'), arms }),
);

const catalogs = fc
  .record({
    providers: fc.record(Object.fromEntries(providerNames.map((each) => [each, provider]))),
    models: fc.record(Object.fromEntries(modelNames.map((each) => [each, model]))),
    routes: fc.record({ way: route }),
    emergency: rarely(providerName, null),
  })
  .map(testCatalog);

const globs = fc.option(
  fc.record(
    {
      allow: fc.array(fc.constantFrom('*', '*', 'a', 'b', 'o*', 'two'), { minLength: 1, maxLength: 3 }),
      deny: fc.array(fc.constantFrom('a', 'c', 'x', 't*', 'one/*'), { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined, freq: 1 },
);

const callers = fc
  .record({ models: globs, providers: globs, fallback: fc.constantFrom('next', 'fail', undefined) })
  .map(({ models, providers, fallback }) => ({
    policy: {
      ...(models === undefined ? {} : { models }),
      ...(providers === undefined ? {} : { providers }),
      ...(fallback === undefined ? {} : ({ fallback } as const)),
    },
    test: false,
  }));

const needs = fc
  .record({
    image: mostly(false, true),
    tools: mostly(undefined, 'tools'),
    structuredOutput: mostly(undefined, 'response_format'),
    words: mostly(0, 5000),
    outputTokens: fc.constantFrom(50, 500, undefined),
  })
  .map(({ image, words, ...rest }) => ({
    ...noNeeds,
    ...rest,
    media: image ? new Map([['image', { count: 1, param: 'p' }] as const]) : noNeeds.media,
    input: { tokensMost: words * 6, tokensAbout: words, words: () => words },
  }));

const requests = fc
  .record({
    endpoint: fc.constantFrom('chat', 'chat', 'responses', 'messages', 'embeddings'),
    model: fc.constantFrom('way', 'way', 'way', 'a', 'b', 'one/x', 'two/other'),
    models: fc.oneof(
      fc.constant([]),
      fc.array(fc.constantFrom('way', 'a', 'b', 'c', 'one/x', 'two/other'), { maxLength: 3 }),
    ),
    forcedProvider: rarely(providerName, undefined),
    fallback: fc.constantFrom('next', 'fail', undefined),
    needs,
    stage: fc.constantFrom('plan', 'code', 'review', undefined),
    subject: fc.record({ user: fc.option(fc.string(), { nil: undefined }), key: fc.string() }),
    level: fc.constantFrom<Level>('simple', 'medium', 'complex'),
  })
  .map(({ level, ...rest }): PlanRequest => ({
    ...rest,
    traits: { ...anyRequest.traits, complexity: () => ({ level, reason: 'because' }) },
  }));

const troubles: fc.Arbitrary<Trouble> = fc.record({
  open: fc.dictionary(
    fc.constantFrom(...providerNames.flatMap((each) => endpointNames.map((endpoint) => `${each}/${endpoint}`))),
    fc.constant(nowMs + 1000),
    { maxKeys: 3 },
  ),
  firstByteMs: fc.dictionary(fc.constantFrom('one/x', 'two/x', 'three/y'), fc.nat(5000)),
  off: fc.subarray(['one', 'east'], { maxLength: 1 }),
  seed: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
});

type Case = readonly [
  Catalog,
  PlanRequest,
  Trouble,
  { readonly policy: PlanCaller['policy'] & { models?: Globs; providers?: Globs } },
];
interface Globs {
  allow?: string[];
  deny?: string[];
}

/** Of every plan that is made at all. */
function ofEveryPlan(check: (planned: PlannedCall, ...of: Case) => void): void {
  let made = 0;
  fc.assert(
    fc.property(catalogs, requests, troubles, callers, (catalog, request, trouble, caller) => {
      const result = plan(catalog, request, trouble, caller);
      if (result.kind === 'refused') {
        expect(['internal_error', undefined]).not.toContain(result.error.code);
        return;
      }
      made += 1;
      check(result, catalog, request, trouble, caller);
    }),
    { numRuns: 400 },
  );
  expect(made).toBeGreaterThan(60);
}

const isAllowed = (list: Globs | undefined, text: string): boolean =>
  list?.deny?.some((pattern) => matchesPattern(pattern, text)) !== true &&
  (list?.allow === undefined || list.allow.some((pattern) => matchesPattern(pattern, text)));

const doorOf = ({ provider: { name: at }, candidate, endpointName }: PlannedAttempt): string =>
  [at, candidate.target.model, endpointName].join(' ');

describe('a plan', () => {
  test('never has a model or a provider that the key may not use', () => {
    ofEveryPlan(({ attempts }, _, __, ___, { policy }) => {
      for (const {
        candidate,
        provider: { name: served },
      } of attempts) {
        expect(isAllowed(policy.providers, served)).toBe(true);
        if (candidate.model !== undefined) expect(isAllowed(policy.models, candidate.model.name)).toBe(true);
        else
          for (const pattern of policy.models?.deny ?? []) {
            expect(matchesPattern(pattern, servedModel(candidate))).toBe(false);
          }
      }
    });
  });

  test('is the same for the same call in the same world', () => {
    ofEveryPlan((planned, catalog, request, trouble, caller) => {
      expect(plan(catalog, request, trouble, { ...caller, test: false })).toEqual(planned);
    });
  });

  test('has each endpoint of a target at most once, and those of one target next to each other', () => {
    ofEveryPlan(({ attempts }) => {
      const doors = attempts.map(doorOf);
      expect(new Set(doors).size).toBe(doors.length);
      const targets = attempts.map(({ provider: { name: at }, candidate }) => `${at} ${candidate.target.model}`);
      const runs = targets.filter((target, at) => target !== targets[at - 1]);
      expect(new Set(runs).size).toBe(runs.length);
    });
  });

  test('has only models with what the request needs, asked in a protocol that their provider speaks', () => {
    ofEveryPlan(({ attempts }, _, { endpoint, needs: needed }) => {
      for (const { candidate, provider: asked, protocol } of attempts) {
        expect(protocol).toBe(targetProtocol(endpoint, asked, candidate.target));
        if (candidate.model === undefined) continue;
        expect(unmetNeed(candidate.model, needed)).toBeUndefined();
        expect(candidate.model.endpoints).toContain(endpoint);
      }
    });
  });

  test('has only models of its route, and names the route, or has none', () => {
    ofEveryPlan(({ attempts, route: choice }, catalog, request) => {
      if (request.models.length > 0) return;
      const way = catalog.routes.get(request.model ?? '');
      expect(choice?.strategy).toBe(way?.strategy);
      if (way === undefined) return;
      const members = modelsOfRoute(catalog, way).map((member) => member.name);
      for (const { candidate } of attempts) expect(members).toContain(candidate.modelName);
    });
  });

  test('of several names is that of the first, then that of the next, each target once', () => {
    ofEveryPlan(({ attempts }, catalog, request, trouble, caller) => {
      if (request.fallback === 'fail' || (request.fallback ?? caller.policy.fallback) === 'fail') return;
      const of = [request.model ?? '', ...request.models].flatMap((asked) => {
        const alone = plan(catalog, { ...request, model: asked, models: [] }, trouble, { ...caller, test: false });
        return alone.kind === 'planned' ? alone.attempts.map(doorOf) : [];
      });
      expect(attempts.map(doorOf)).toEqual([...new Set(of)]);
    });
  });

  test('goes only where nothing is off or in trouble, and only to the provider that is forced or on in an emergency', () => {
    ofEveryPlan(({ attempts }, { emergency }, { forcedProvider }, { open = {}, off = [] }) => {
      for (const { provider: asked, endpointName } of attempts) {
        expect(asked.enabled).toBe(true);
        expect(off).not.toContain(asked.name);
        expect(off).not.toContain(endpointName);
        expect(Object.keys(open)).not.toContain(`${asked.name}/${endpointName}`);
        expect([asked.name, undefined]).toContain(forcedProvider);
        expect([asked.name, undefined]).toContain(emergency);
      }
    });
  });

  test('has one target where no fallback is wanted', () => {
    ofEveryPlan(({ attempts, onLimit }, _, { fallback }) => {
      if (fallback !== 'fail') return;
      const targets = new Set(
        attempts.map(({ provider: { name: at }, candidate }) => `${at} ${candidate.target.model}`),
      );
      expect(targets.size).toBe(1);
      expect(onLimit).toBe(false);
    });
  });
});
