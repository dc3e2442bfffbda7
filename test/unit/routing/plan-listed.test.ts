import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { PlanCaller } from '../../../src/core/routing/plan.ts';
import { routeText } from '../../../src/core/routing/route-choice.ts';
import { catalog } from '../../support/chat.ts';
import { type Trouble, modelsOf, nowMs, planned, refusal, targetText } from '../../support/plan.ts';

/** A request that lists models to fall back on. */

const by = (policy: Pick<Policy, 'models' | 'providers' | 'defaultModel'>): PlanCaller => ({ policy, test: false });
const routeOf = (...of: Parameters<typeof planned>): string | undefined => {
  const { route } = planned(...of);
  return route === undefined ? undefined : routeText(route);
};

describe('models that are listed to fall back on', () => {
  test('come after the one that is named, in their order, and the plan says so', () => {
    expect(modelsOf(planned(catalog, { model: 'plain', models: ['echo', 'small'] }))).toEqual([
      'plain',
      'echo',
      'small',
    ]);
    const plan = planned(catalog, { model: 'plain', models: ['echo'] });
    expect(plan).toMatchObject({ requestedModel: 'plain', onLimit: true });
    expect(routeOf(catalog, { model: 'plain', models: ['echo'] })).toBe('models; reason="the first of those listed"');
  });

  test('are all there is where none is named, also where the account has a default', () => {
    const plan = planned(catalog, { models: ['echo', 'plain'] }, {}, by({ defaultModel: 'small' }));
    expect(plan.requestedModel).toBe('echo');
    expect(modelsOf(plan)).toEqual(['echo', 'plain']);
  });

  test('may be aliases, routes and pinned targets, and what is there twice is tried once', () => {
    expect(
      planned(catalog, { model: 'p', models: ['two/vendor/both', 'safe', 'plain'] }).attempts.map(targetText),
    ).toEqual(['plain one default', 'both two east', 'both two west', 'both one default']);
    expect(modelsOf(planned(catalog, { model: 'echo', models: ['echo', 'echo'] }))).toEqual(['echo']);
  });

  test('are no list where nothing is in it, or one name alone', () => {
    expect(planned(catalog, { model: 'plain' })).toMatchObject({ route: undefined, onLimit: false });
    expect(planned(catalog, { model: 'plain', models: ['plain'] })).toMatchObject({ route: undefined, onLimit: false });
    expect(planned(catalog, { models: ['plain'] })).toMatchObject({ requestedModel: 'plain', route: undefined });
    expect(refusal(catalog, {})).toMatchObject({ code: 'invalid_request', options: { param: 'model' } });
  });

  test('leave a route that comes first its own say, and its name', () => {
    expect(routeOf(catalog, { model: 'auto', models: ['echo'] })).toMatch(/^auto; arm=medium; /);
    expect(routeOf(catalog, { model: 'plain', models: ['auto'] })).toMatch(/^models; /);
  });

  test('are not tried where no fallback is wanted', () => {
    const plan = planned(catalog, { model: 'plain', models: ['echo'], fallback: 'fail' });
    expect(modelsOf(plan)).toEqual(['plain']);
    expect(plan.onLimit).toBe(false);
  });
});

describe('a name in a list', () => {
  test('that nobody knows is told of with its place', () => {
    expect(refusal(catalog, { model: 'plain', models: ['echo', 'plane'] })).toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining("'plane'"),
      options: { param: 'models[1]' },
    });
    expect(refusal(catalog, { model: 'plane', models: ['plain'] }).options.param).toBe('model');
  });

  test('that the key may not use is told of with its place, and one that leads elsewhere is not', () => {
    const noPlain = by({ models: { deny: ['plain'] } });
    expect(refusal(catalog, { model: 'echo', models: ['plain'] }, {}, noPlain)).toMatchObject({
      code: 'model_not_allowed',
      options: { param: 'models[0]' },
    });
    expect(modelsOf(planned(catalog, { model: 'echo', models: ['safe'] }, {}, noPlain))).toEqual(['echo', 'both']);
    const onlyEcho: PlanCaller = { policy: {}, test: true };
    expect(refusal(catalog, { model: 'echo', models: ['plain'] }, {}, onlyEcho)).toMatchObject({
      code: 'model_not_allowed',
      options: { param: 'models[0]' },
    });
  });

  test.each<readonly [string, object, Trouble]>([
    ['is off', {}, { off: ['one'] }],
    ['is failing', {}, { open: { 'one/default': nowMs + 1 } }],
    ['is not the one asked for', { forcedProvider: 'two' }, {}],
  ])('whose provider %s is passed over, and the reason says so', (_what, request, trouble) => {
    const asked = { model: 'plain', models: ['small'], ...request };
    expect(modelsOf(planned(catalog, asked, trouble))).toEqual(['small']);
    expect(routeOf(catalog, asked, trouble)).toBe('models; reason="the first of those listed that can be asked"');
  });

  test('and all others that can not be called are told of together', () => {
    const trouble = { off: ['one', 'two'] };
    const { code, message } = refusal(catalog, { model: 'plain', models: ['small'] }, trouble);
    expect(code).toBe('provider_unavailable');
    expect(message).toContain("No provider of 'plain' or 'small' is set up");
  });
});
