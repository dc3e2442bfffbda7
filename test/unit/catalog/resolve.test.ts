import { describe, expect, it } from 'vitest';
import { type Resolution, resolveModel } from '../../../src/catalog/resolve.ts';
import { catalogDocument, parsedCatalog } from '../../support/catalog.ts';

const catalog = parsedCatalog(catalogDocument());

function summary(resolution: Resolution) {
  if (resolution.kind !== 'resolved') return resolution.kind;
  return resolution.candidates.map(({ modelName, target, price }) => {
    const dollars = price === undefined ? 'unpriced' : price.standard[0].input / 1_000_000;
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

  it('may be a route, whose models follow one another', () => {
    const resolution = resolveModel(catalog, 'safe');
    expect(resolution).toMatchObject({ route: 'safe' });
    expect(summary(resolution)).toEqual(['large at openai/large-1 for unpriced', ...small]);
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

  it('says that a route can not be followed', () => {
    const document = catalogDocument();
    document.routes['cheap'] = { strategy: 'cheapest', tier: 'standard' };
    expect(resolveModel(parsedCatalog(document), 'cheap')).toEqual({
      kind: 'unusable-route',
      route: 'cheap',
      strategy: 'cheapest',
    });
  });

  it('leads only to the provider of an emergency, also where it is pinned', () => {
    const emergency = parsedCatalog({ ...catalogDocument(), emergency: 'spare' });
    expect(summary(resolveModel(emergency, 'openai/small-1'))).toEqual(['small at spare/vendor/small for 3']);
    expect(summary(resolveModel(emergency, 'safe'))).toEqual(['small at spare/vendor/small for 3']);
    expect(summary(resolveModel(emergency, 'large'))).toEqual([]);
  });
});
