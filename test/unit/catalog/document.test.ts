import { describe, expect, it } from 'vitest';
import { modelsPerRouteMax, weightMax } from '../../../src/limits.ts';
import { catalogDocument, catalogIssues, parsedCatalog } from '../../support/catalog.ts';

function documentWith(model: object, target: object = {}) {
  const document = catalogDocument();
  const targets = [{ provider: 'openai', model: 'large-1', ...target }];
  document.models['large'] = { contextTokens: 100_000, maxOutputTokens: 5000, targets, ...model };
  return document;
}

function routed(route: object) {
  const document = catalogDocument();
  document.routes['made'] = { ...route };
  return document;
}

const texts = (document: unknown) => catalogIssues(document).map(({ path, message }) => `${path} ${message}`);

describe('a model of a catalog', () => {
  it('says how it thinks, what it serves, and in which protocols a target is asked', () => {
    const model = parsedCatalog(
      documentWith(
        { thinking: 'adaptive', structuredOutput: true, endpoints: ['embeddings'] },
        { protocols: ['chat'] },
      ),
    ).models.get('large');
    expect(model).toMatchObject({
      thinking: 'adaptive',
      structuredOutput: true,
      endpoints: ['embeddings'],
      targets: [{ protocols: ['chat'] }],
    });
  });

  it.each([
    ['thinks in no known way', documentWith({ thinking: 'deep' }), 'models.large.thinking must be'],
    ['serves nothing', documentWith({ endpoints: [] }), 'models.large.endpoints must name at least one endpoint'],
    ['serves what there is not', documentWith({ endpoints: ['audio'] }), 'models.large.endpoints[0] must be'],
    [
      'has a target that speaks nothing',
      documentWith({}, { protocols: [] }),
      'models.large.targets[0].protocols must name at least one protocol',
    ],
    [
      'has a target that speaks what there is not',
      documentWith({}, { protocols: ['grpc'] }),
      'models.large.targets[0].protocols[0] must be',
    ],
  ])('is refused if it %s', (_what, document, start) => {
    expect(texts(document)).toEqual([expect.stringContaining(start)]);
  });
});

describe('a route of a catalog', () => {
  it.each([
    { strategy: 'complexity', simple: 'small', medium: 'small', complex: 'large' },
    { strategy: 'stage', plan: 'large', code: 'small', review: 'large', default: 'review' },
    { strategy: 'cheapest', tier: 'standard' },
    { strategy: 'split', sticky: 'key', arms: [{ model: 'small', weight: 90 }] },
  ])('may choose by $strategy', (route) => {
    expect(parsedCatalog(routed(route)).routes.get('made')).toEqual(route);
  });

  it("goes on at a limit of the account's own only if it says so", () => {
    const onLimit = (route: object) =>
      parsedCatalog(routed({ strategy: 'fallback', models: ['small'], ...route })).routes.get('made');
    expect(onLimit({})).toMatchObject({ onLimit: false });
    expect(onLimit({ onLimit: true })).toMatchObject({ onLimit: true });
  });

  it('balances over models that share alike, or over arms with their weights', () => {
    const balance = (route: object) => parsedCatalog(routed({ strategy: 'balance', ...route })).routes.get('made');
    const alike = [
      { model: 'small', weight: 1 },
      { model: 'large', weight: 1 },
    ];
    expect(balance({ models: ['small', 'large'] })).toEqual({ strategy: 'balance', by: 'latency', arms: alike });
    const arms = [
      { model: 'small', weight: 3 },
      { model: 'large', weight: 0 },
    ];
    expect(balance({ by: 'weight', arms })).toEqual({ strategy: 'balance', by: 'weight', arms });
  });

  it('is refused if it balances over both, or over neither', () => {
    const message = "routes.made must have either 'models', which share alike, or 'arms', each with its weight";
    const arms = [{ model: 'small', weight: 1 }];
    expect(texts(routed({ strategy: 'balance', models: ['small'], arms }))).toEqual([message]);
    expect(texts(routed({ strategy: 'balance' }))).toEqual([message]);
  });

  it('has as many arms, and as heavy, as the bounds say, and not more', () => {
    const split = (count: number, weight: number) =>
      texts(routed({ strategy: 'split', arms: Array.from({ length: count }, () => ({ model: 'small', weight })) }));
    expect(split(modelsPerRouteMax, weightMax)).toEqual([]);
    expect(split(modelsPerRouteMax + 1, weightMax)).toEqual([
      `routes.made.arms must have at most ${modelsPerRouteMax} arms`,
    ]);
    expect(split(1, weightMax + 1)).toEqual([`routes.made.arms[0].weight must be at most ${weightMax}`]);
  });
});
