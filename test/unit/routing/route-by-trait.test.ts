import { describe, expect, test } from 'vitest';
import type { Stage } from '../../../src/catalog/schema.ts';
import type { Level } from '../../../src/core/routing/complexity.ts';
import { anyRequest, modelsOf, planned, refusal } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

const of = routesCatalog({
  dev: { strategy: 'stage', plan: 'wide', code: 'small', review: 'tiny', default: 'review' },
  auto: { strategy: 'complexity', simple: 'tiny', medium: 'small', complex: 'wide' },
  flat: { strategy: 'complexity', simple: 'small', medium: 'small', complex: 'wide' },
});

const inferring = (stage: Stage | undefined) => ({
  ...anyRequest.traits,
  stage: () => ({ stage, reason: 'its messages' }),
});
const asHardAs = (level: Level) => ({ ...anyRequest.traits, complexity: () => ({ level, reason: 'score 7' }) });

describe('a route by stage', () => {
  test('goes to the model of the stage that the client names, and does not look into the messages then', () => {
    const traits = {
      ...anyRequest.traits,
      stage: () => {
        throw new Error('nobody asked');
      },
    };
    const { route, ...plan } = planned(of, { model: 'dev', stage: 'code', traits });
    expect(modelsOf({ route, ...plan })).toEqual(['small', 'tiny', 'wide']);
    expect(route).toEqual({ name: 'dev', strategy: 'stage', arm: 'code', reason: 'asked for' });
  });

  test('goes by the messages where the client names none, and else to its default', () => {
    const inferred = planned(of, { model: 'dev', traits: inferring('plan') });
    expect(inferred.route).toMatchObject({ arm: 'plan', reason: 'its messages' });
    expect(modelsOf(inferred)).toEqual(['wide', 'tiny', 'small']);
    const unknown = planned(of, { model: 'dev', traits: inferring(undefined) });
    expect(unknown.route).toMatchObject({ arm: 'review', reason: 'the default' });
    expect(modelsOf(unknown)[0]).toBe('tiny');
  });
});

describe('a route by complexity', () => {
  test.each<[Level, string[]]>([
    ['simple', ['tiny', 'small', 'wide']],
    ['medium', ['small', 'wide', 'tiny']],
    ['complex', ['wide', 'small', 'tiny']],
  ])('goes to the model of %s requests first, and rather up than down from there', (level, models) => {
    const plan = planned(of, { model: 'auto', traits: asHardAs(level) });
    expect(modelsOf(plan)).toEqual(models);
    expect(plan.route).toEqual({ name: 'auto', strategy: 'complexity', arm: level, reason: 'score 7' });
  });

  test('tries a model once where it serves several levels', () => {
    expect(modelsOf(planned(of, { model: 'flat', traits: asHardAs('simple') }))).toEqual(['small', 'wide']);
  });

  test('says what was found, and that its model does not suit, where it does not', () => {
    const by = { policy: { models: { deny: ['wide'] } }, test: false };
    const plan = planned(of, { model: 'auto', traits: asHardAs('complex') }, {}, by);
    expect(modelsOf(plan)).toEqual(['small', 'tiny']);
    expect(plan.route).toMatchObject({ arm: 'complex', reason: "score 7; wide doesn't suit it" });
  });
});

describe('a model named outright', () => {
  const by = { policy: { models: { allow: ['tiny', 'small'] } }, test: false };

  test('must be one that the key may use, also where a route leads to others', () => {
    expect(refusal(of, { model: 'wide' }, {}, by)).toMatchObject({
      code: 'model_not_allowed',
      status: 400,
      options: { param: 'model' },
    });
    expect(modelsOf(planned(of, { model: 'auto', traits: asHardAs('complex') }, {}, by))).toEqual(['small', 'tiny']);
  });

  test('is no way around a stage: a route none of whose models may be used is refused alike', () => {
    const nothing = { policy: { models: { allow: ['nothing'] } }, test: false };
    expect(refusal(of, { model: 'dev', stage: 'code' }, {}, nothing).code).toBe('model_not_allowed');
  });
});
