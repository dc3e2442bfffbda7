import { describe, expect, it } from 'vitest';
import { type Resolution, candidatesOf, modelsOfRoute, namesOf, resolveModel } from '../../../src/catalog/resolve.ts';
import { catalogDocument, parsedCatalog } from '../../support/catalog.ts';
import { onlyPrice } from '../../support/price.ts';

const catalog = parsedCatalog(catalogDocument());

function summary(resolution: Resolution) {
  if (resolution.kind !== 'resolved') return resolution.kind;
  return resolution.candidates.map(({ modelName, target, price }) => {
    const dollars = price === undefined ? 'unpriced' : onlyPrice(price).standard[0].input / 1_000_000;
    return `${modelName} at ${target.provider}/${target.model} for ${dollars}`;
  });
}

const small = ['small at openai/small-1 for 1', 'small at spare/vendor/small for 3'];

describe('the name of a model', () => {
  it('is that of a model, with its targets in order', () => {
    expect(summary(resolveModel(catalog, 'small'))).toEqual(small);
  });

  it('may be an alias', () => {
    expect(summary(resolveModel(catalog, 's'))).toEqual(small);
  });

  it('may be a route', () => {
    const route = { strategy: 'fallback', models: ['large', 'small'], onLimit: false };
    expect(resolveModel(catalog, 'safe')).toEqual({ kind: 'route', name: 'safe', route });
  });

  it('may be a pinned target, which has the price of the model that lists it, or its own', () => {
    expect(summary(resolveModel(catalog, 'openai/small-1'))).toEqual(['small at openai/small-1 for 1']);
    expect(summary(resolveModel(catalog, 'spare/vendor/small'))).toEqual(['small at spare/vendor/small for 3']);
  });

  it('may be a pinned target that no model lists, which then has no price', () => {
    expect(summary(resolveModel(catalog, 'spare/vendor/other'))).toEqual([
      'spare/vendor/other at spare/vendor/other for unpriced',
    ]);
  });

  it('means a model before it means a pinned target', () => {
    const document = catalogDocument();
    document.models['spare/vendor/small'] = {
      targets: [{ provider: 'echo', model: 'e' }],
      contextTokens: 9,
      maxOutputTokens: 9,
    };
    expect(summary(resolveModel(parsedCatalog(document), 'spare/vendor/small'))).toEqual([
      'spare/vendor/small at echo/e for unpriced',
    ]);
  });

  it.each([
    'nothing',
    '',
    '/',
    'openai/',
    'nobody/model',
    'small-1',
    '__proto__',
    'constructor',
    'toString',
    'openai/modèle',
    'openai/a b',
    'openai/a\nb',
  ])('means nothing if it is %j', (name) => {
    expect(resolveModel(catalog, name)).toEqual({ kind: 'unknown-model' });
  });

  it('leads only to the provider of an emergency, also where it is pinned', () => {
    const emergency = parsedCatalog({ ...catalogDocument(), emergency: 'spare' });
    expect(summary(resolveModel(emergency, 'openai/small-1'))).toEqual(['small at spare/vendor/small for 3']);
    expect(summary(resolveModel(emergency, 'small'))).toEqual(['small at spare/vendor/small for 3']);
    expect(summary(resolveModel(emergency, 'large'))).toEqual([]);
    const [smaller, larger] = ['small', 'large'].map((name) => emergency.models.get(name));
    if (smaller === undefined || larger === undefined) throw new Error('the catalog has changed');
    expect(candidatesOf(emergency, smaller)).toHaveLength(1);
    expect(candidatesOf(emergency, larger)).toEqual([]);
  });
});

describe('what limits know a model by', () => {
  const names = (asked: string) => {
    const resolution = resolveModel(catalog, asked);
    return resolution.kind === 'resolved' ? resolution.candidates.map(namesOf) : [];
  };

  it('is its name and its aliases, whatever it was asked by', () => {
    const known = { model: 'small', aliases: ['s'] };
    expect(names('small')).toEqual([known, known]);
    expect(names('s')).toEqual([known, known]);
    expect(names('spare/vendor/small')).toEqual([known]);
    expect(names('large')).toEqual([{ model: 'large' }]);
  });

  it('is, where no model lists it, that it may be any', () => {
    expect(names('spare/vendor/small:free')).toEqual([{ model: 'small:free', unlisted: true }]);
  });
});

describe('the models of a route', () => {
  it.each([
    [{ strategy: 'fallback', models: ['large', 'small', 'large'] }, ['large', 'small']],
    [{ strategy: 'complexity', simple: 'small', medium: 'small', complex: 'large' }, ['small', 'large']],
    [{ strategy: 'stage', plan: 'large', code: 'small', review: 'large' }, ['large', 'small']],
    [{ strategy: 'cheapest', tier: 'standard' }, ['large']],
    [{ strategy: 'balance', models: ['large', 'small'] }, ['large', 'small']],
    [
      {
        strategy: 'split',
        arms: [
          { model: 'large', weight: 0 },
          { model: 'small', weight: 1 },
        ],
      },
      ['small'],
    ],
  ])('are all that it may lead to: %j', (written, models) => {
    const document = catalogDocument();
    document.models['large'] = { ...document.models['large'], tier: 'standard' };
    document.routes['way'] = written;
    const parsed = parsedCatalog(document);
    const route = parsed.routes.get('way');
    if (route === undefined) throw new Error('the route is missing');
    expect(modelsOfRoute(parsed, route).map(({ name }) => name)).toEqual(models);
  });
});
