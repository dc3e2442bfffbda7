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

describe('a name that is written otherwise', () => {
  const provider = { kind: 'openai', baseUrl: 'https://maker.example/v1' };
  const sizes = { contextTokens: 9000, maxOutputTokens: 900, price: { input: '1', output: '2' } };
  const document = {
    providers: {
      openai: provider,
      openrouter: provider,
      google: provider,
      anthropic: { kind: 'anthropic', baseUrl: 'https://anthropic.example' },
      'cloudflare-ai-gateway': { kind: 'cloudflare-ai-gateway' },
    },
    models: {
      'gpt-5-mini': {
        ...sizes,
        aliases: ['mini', 'gpt-5-mini-2025-01-01'],
        targets: [
          { provider: 'openai', model: 'gpt-5-mini' },
          { provider: 'openrouter', model: 'openai/gpt-5-mini' },
          { provider: 'cloudflare-ai-gateway', model: 'openai/gpt-5-mini' },
        ],
      },
      'gpt-5-mini-2025-02-02': { ...sizes, targets: [{ provider: 'openrouter', model: 'dated' }] },
      'claude-opus-4-6': {
        ...sizes,
        targets: [
          { provider: 'anthropic', model: 'claude-opus-4-6' },
          { provider: 'openrouter', model: 'anthropic/claude-opus-4.6' },
        ],
      },
      'gemini-3': { ...sizes, targets: [{ provider: 'google', model: 'gemini-3' }] },
      elsewhere: { ...sizes, targets: [{ provider: 'openrouter', model: 'some/elsewhere' }] },
    },
    routes: { 'gpt-5-mini-2025-03-03': { strategy: 'fallback', models: ['gemini-3'] } },
  };
  const written = parsedCatalog(document);
  const found = (name: string, of = written) => summary(resolveModel(of, name));
  const namesOfFirst = (name: string) => {
    const resolution = resolveModel(written, name);
    return resolution.kind === 'resolved' ? resolution.candidates.slice(0, 1).map(namesOf)[0] : undefined;
  };

  it('is a dated version of a listed model, at its price, which is asked for by its own name where it is known', () => {
    expect(found('gpt-5-mini-2025-08-07')).toEqual([
      'gpt-5-mini at openai/gpt-5-mini-2025-08-07 for 1',
      'gpt-5-mini at cloudflare-ai-gateway/openai/gpt-5-mini-2025-08-07 for 1',
    ]);
    expect(found('claude-opus-4-6-20260205')).toEqual(['claude-opus-4-6 at anthropic/claude-opus-4-6-20260205 for 1']);
    expect(found('elsewhere-2026-01-01')).toEqual(['elsewhere at openrouter/some/elsewhere-2026-01-01 for 1']);
  });

  it('is a dated version that is pinned', () => {
    expect(found('openai/gpt-5-mini-2025-08-07')).toEqual(['gpt-5-mini at openai/gpt-5-mini-2025-08-07 for 1']);
    expect(found('openrouter/openai/gpt-5-mini-2025-08-07')).toEqual([
      'gpt-5-mini at openrouter/openai/gpt-5-mini-2025-08-07 for 1',
    ]);
    expect(found('anthropic/claude-opus-4-6-20260205')).toEqual([
      'claude-opus-4-6 at anthropic/claude-opus-4-6-20260205 for 1',
    ]);
  });

  it('means a model, an alias or a route of that very name before a dated version', () => {
    expect(found('gpt-5-mini-2025-01-01')).toEqual(found('gpt-5-mini'));
    expect(found('gpt-5-mini-2025-02-02')).toEqual(['gpt-5-mini-2025-02-02 at openrouter/dated for 1']);
    expect(found('gpt-5-mini-2025-03-03')).toBe('route');
  });

  it.each([
    'mini-2025-08-07',
    'gpt-5-mini-2025-13-07',
    'gpt-5-mini-2025-02-30',
    'gpt-5-mini-0807',
    'gpt-5-mini-2025-0807',
  ])('is no dated version: %s', (name) => {
    expect(found(name)).toBe('unknown-model');
  });

  it('has dots or dashes in a name of Anthropic', () => {
    expect(found('claude-opus-4.6')).toEqual(found('claude-opus-4-6'));
    expect(found('claude-opus-4.6-20260205')).toEqual(found('claude-opus-4-6-20260205'));
    expect(found('anthropic/claude-opus-4.6')).toEqual(['claude-opus-4-6 at anthropic/claude-opus-4-6 for 1']);
    expect(found('openrouter/anthropic/claude-opus-4-6')).toEqual([
      'claude-opus-4-6 at openrouter/anthropic/claude-opus-4.6 for 1',
    ]);
    expect(found('anthropic/claude-opus-9.9')).toEqual([
      'anthropic/claude-opus-9-9 at anthropic/claude-opus-9-9 for unpriced',
    ]);
    expect(found('gpt-5.mini')).toBe('unknown-model');
  });

  it('has Gemini before its slash, or Google', () => {
    expect(found('gemini/gemini-3')).toEqual(found('google/gemini-3'));
    expect(found('gemini/other')).toEqual(['google/other at google/other for unpriced']);
    const { google, ...others } = document.providers;
    const renamed = parsedCatalog({ providers: { ...others, gemini: google }, models: {}, routes: {} });
    expect(found('google/other', renamed)).toEqual(['gemini/other at gemini/other for unpriced']);
  });

  it('is counted as the listed model, and by its dated name', () => {
    const names = { model: 'gpt-5-mini', aliases: ['mini', 'gpt-5-mini-2025-01-01', 'gpt-5-mini-2025-08-07'] };
    for (const name of [
      'gpt-5-mini-2025-08-07',
      'openai/gpt-5-mini-2025-08-07',
      'openrouter/openai/gpt-5-mini-2025-08-07',
    ])
      expect(namesOfFirst(name)).toEqual(names);
  });

  it('is served without its date in an emergency, which is more urgent', () => {
    const emergency = parsedCatalog({ ...document, emergency: 'openrouter' });
    const undated = ['gpt-5-mini at openrouter/openai/gpt-5-mini for 1'];
    expect(found('gpt-5-mini-2025-08-07', emergency)).toEqual(undated);
    expect(found('openai/gpt-5-mini-2025-08-07', emergency)).toEqual(undated);
  });
});
