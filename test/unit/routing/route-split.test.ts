import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../src/catalog/schema.ts';
import type { Subject } from '../../../src/core/routing/route-split.ts';
import { modelsOf, planned } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

type Weights = Readonly<Record<string, number>>;

function trial(weights: Weights, sticky = 'user'): Catalog {
  const arms = Object.entries(weights).map(([model, weight]) => ({ model, weight }));
  return routesCatalog({ trial: { strategy: 'split', sticky, arms }, other: { strategy: 'split', sticky, arms } });
}

function armOf(of: Catalog, subject: Partial<Subject>, model = 'trial', seed = 0): string | undefined {
  return planned(of, { model, subject: { user: undefined, key: 'k_1', ...subject } }, { seed }).route?.arm;
}

const users = Array.from({ length: 2000 }, (_, at) => `user-${at}`);

describe('a split', () => {
  test('gives each arm its share of the users', () => {
    const of = trial({ small: 90, wide: 10 });
    const share = users.filter((user) => armOf(of, { user }) === 'wide').length / users.length;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
  });

  test('is the same for a user at every call and with every key, and for a key where no user is named', () => {
    const of = trial({ small: 50, wide: 50 });
    for (const user of users.slice(0, 50)) {
      expect(armOf(of, { user }, 'trial', 0.9)).toBe(armOf(of, { user, key: 'k_2' }, 'trial', 0.1));
    }
    expect(armOf(of, {}, 'trial', 0.9)).toBe(armOf(of, {}, 'trial', 0.1));
    expect(planned(of, { model: 'trial' }).route?.reason).toBe('by key, for want of a user');
  });

  test('is by key, or by nothing, where it is to be', () => {
    const byKey = trial({ small: 50, wide: 50 }, 'key');
    expect(new Set(users.slice(0, 20).map((user) => armOf(byKey, { user }))).size).toBe(1);
    expect(new Set(users.slice(0, 20).map((key) => armOf(byKey, { key }))).size).toBe(2);
    const byNothing = trial({ small: 50, wide: 50 }, 'none');
    const drawn = users.map((_, at) => armOf(byNothing, { user: 'ada' }, 'trial', at / users.length));
    expect(drawn.filter((arm) => arm === 'wide').length / users.length).toBeCloseTo(0.5, 1);
  });

  test('is drawn anew for each route, so that two trials do not share their users', () => {
    const of = trial({ small: 50, wide: 50 });
    const same = users.filter((user) => armOf(of, { user }) === armOf(of, { user }, 'other'));
    expect(same.length / users.length).toBeCloseTo(0.5, 1);
  });

  test('moves users only into an arm whose weight is raised: from 10 % to 100 % nobody moves back', () => {
    const weight = fc.integer({ min: 0, max: 1000 });
    const property = fc.property(
      fc.string({ minLength: 1 }),
      fc.record({ tiny: fc.integer({ min: 1, max: 1000 }), small: weight, wide: weight }),
      fc.constantFrom('tiny', 'small', 'wide'),
      fc.integer({ min: 1, max: 100_000 }),
      (user, weights: Weights, raised, by) => {
        const before = armOf(trial(weights), { user });
        const after = armOf(trial({ ...weights, [raised]: (weights[raised] ?? 0) + by }), { user });
        expect([before, raised]).toContain(after);
      },
    );
    fc.assert(property);
    const moved = [10, 25, 50, 100].map((wide) => {
      const of = trial({ small: 100 - wide, wide });
      return new Set(users.slice(0, 300).filter((user) => armOf(of, { user }) === 'wide'));
    });
    for (const [at, some] of moved.slice(0, -1).entries()) expect(some.isSubsetOf(moved[at + 1] ?? some)).toBe(true);
    expect(moved.at(-1)?.size).toBe(300);
  });

  test('adds the arms of one model up, and gives nothing to an arm without a weight', () => {
    const arms = [
      { model: 'small', weight: 45 },
      { model: 'wide', weight: 10 },
      { model: 'small', weight: 45 },
      { model: 'tiny', weight: 0 },
    ];
    const of = routesCatalog({ trial: { strategy: 'split', arms } });
    const whole = trial({ small: 90, wide: 10 });
    for (const user of users.slice(0, 100)) {
      expect(modelsOf(planned(of, { model: 'trial', subject: { user, key: '' } }))).toEqual(
        modelsOf(planned(whole, { model: 'trial', subject: { user, key: '' } })),
      );
    }
  });

  test('has as its arm what would serve, where the one that was drawn may not be used', () => {
    const of = trial({ small: 1, wide: 1_000_000 });
    const by = { policy: { models: { deny: ['wide'] } }, test: false };
    const plan = planned(of, { model: 'trial', subject: { user: 'ada', key: '' } }, {}, by);
    expect(plan.route).toMatchObject({ arm: 'small', reason: "by user; wide doesn't suit it" });
  });

  test('stays what it was from one release to the next', () => {
    const of = trial({ tiny: 1, small: 1, wide: 1 });
    expect(users.slice(0, 6).map((user) => armOf(of, { user }))).toEqual([
      'small',
      'wide',
      'small',
      'tiny',
      'small',
      'wide',
    ]);
  });
});
