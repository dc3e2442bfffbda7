import { describe, expect, test } from 'vitest';
import { modelsOf, noNeeds, planned, refusal } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

const price = { input: '1', output: '2' };
const twin = (name: string) => ({
  targets: [{ provider: 'many', model: name }],
  price,
  contextTokens: 9000,
  maxOutputTokens: 900,
  tier: 'twins',
});
const of = routesCatalog(
  {
    cheap: { strategy: 'cheapest', tier: 'standard' },
    twins: { strategy: 'cheapest', tier: 'twins' },
    none: { strategy: 'cheapest', tier: 'nobody' },
  },
  { 'twin-b': twin('b'), 'twin-a': twin('a') },
);

const long = { ...noNeeds, inputTokens: 100 };

describe('the cheapest of a tier', () => {
  test('comes first, the others in the order of what they will cost, and one without a price last', () => {
    const plan = planned(of, { model: 'cheap', needs: long });
    expect(modelsOf(plan)).toEqual(['small', 'wide', 'seeing', 'unpriced']);
    expect(plan.route).toEqual({
      name: 'cheap',
      strategy: 'cheapest',
      arm: 'small',
      reason: 'cheapest of 4 of tier standard',
    });
  });

  test('depends on how much is put in, and on how much can come out', () => {
    const models = (needs: Partial<typeof noNeeds>): string[] =>
      modelsOf(planned(of, { model: 'cheap', needs: { ...noNeeds, ...needs } }));
    // At 3 and 3 dollars against 2 and 4, the output decides while there is more of it than input.
    expect(models({ inputTokens: 100 }).slice(1, 3)).toEqual(['wide', 'seeing']);
    expect(models({ inputTokens: 9000 }).slice(1, 3)).toEqual(['seeing', 'wide']);
    expect(models({ inputTokens: 100, outputTokens: 10 }).slice(1, 3)).toEqual(['seeing', 'wide']);
  });

  test('is only among the models that have what the request needs', () => {
    const needs = { ...long, tools: 'tools' };
    expect(modelsOf(planned(of, { model: 'cheap', needs }))).toEqual(['seeing']);
    expect(modelsOf(planned(of, { model: 'cheap', endpoint: 'embeddings' }))).toEqual(['vectors']);
  });

  test('goes by name among equals', () => {
    expect(modelsOf(planned(of, { model: 'twins' }))).toEqual(['twin-a', 'twin-b']);
  });

  test('is nothing where no model is of the tier: the catalog is to blame', () => {
    expect(refusal(of, { model: 'none' })).toMatchObject({ code: 'configuration_error' });
  });
});
