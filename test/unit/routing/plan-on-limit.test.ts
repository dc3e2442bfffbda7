import { describe, expect, test } from 'vitest';
import { type PlannedCall, withoutModel } from '../../../src/core/routing/plan.ts';
import { modelsOf, planned } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

const of = routesCatalog({
  thrifty: { strategy: 'fallback', models: ['wide', 'small', 'tiny'], onLimit: true },
  proud: { strategy: 'fallback', models: ['wide', 'small'] },
  auto: { strategy: 'complexity', simple: 'tiny', medium: 'small', complex: 'wide' },
});

describe('a route that goes on where the account has no room for a model', () => {
  test('says so, and is left with the other models, in their order', () => {
    const plan = planned(of, { model: 'thrifty' });
    expect(plan.onLimit).toBe(true);
    const left = withoutModel(plan, 'wide');
    if (left === undefined) throw new Error('something was to be left');
    expect(modelsOf(left)).toEqual(['small', 'tiny']);
    expect(left).toMatchObject({ kind: 'planned', requestedModel: 'thrifty', route: plan.route, onLimit: true });
    expect(modelsOf(plan)).toEqual(['wide', 'small', 'tiny']);
  });

  test('ends when nothing is left', () => {
    const left = ['tiny', 'small', 'wide'].reduce<PlannedCall | undefined>(
      (plan, model) => plan && withoutModel(plan, model),
      planned(of, { model: 'thrifty' }),
    );
    expect(left).toBeUndefined();
  });

  test('has to want it, and so have the key and the request', () => {
    expect(planned(of, { model: 'proud' }).onLimit).toBe(false);
    expect(planned(of, { model: 'auto' }).onLimit).toBe(false);
    expect(planned(of, { model: 'wide' }).onLimit).toBe(false);
    expect(planned(of, { model: 'thrifty', fallback: 'fail' }).onLimit).toBe(false);
    const key = { policy: { fallback: 'fail' as const }, test: false };
    expect(planned(of, { model: 'thrifty' }, {}, key).onLimit).toBe(false);
    expect(planned(of, { model: 'thrifty', fallback: 'next' }, {}, key).onLimit).toBe(true);
  });
});
