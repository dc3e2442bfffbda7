import { describe, expect, test } from 'vitest';
import { patternLists, warnedOf } from '../../../src/admin/name-warnings.ts';
import { catalogDocument, parsedCatalog } from '../../support/catalog.ts';

const catalog = parsedCatalog(catalogDocument());

function warnings(...patterns: string[]): readonly string[] | undefined {
  return warnedOf([{ path: 'models.allow', patterns }], catalog).warnings;
}

describe('a pattern for models', () => {
  test('that matches a model, by its name or by an alias, is taken without a word', () => {
    expect(warnings('small', 's', 'sm*', '*', 'large')).toBeUndefined();
  });

  test.each([
    ['safe', 'is "safe", a route: what counts is the model that serves. Name its models.'],
    ['spare/vendor/small', 'is "spare/vendor/small", a target of the model "small": name the model.'],
    [
      'smal',
      'is "smal", which matches no model of the catalog and none of their aliases: GET /admin/catalog has them.',
    ],
    ['spare/unlisted', expect.stringContaining('which matches no model')],
    ['gpt-*', expect.stringContaining('which matches no model')],
    ['constructor', expect.stringContaining('which matches no model')],
  ])('that matches none is told, with its place and the remedy: %s', (pattern, message: unknown) => {
    const [warning, ...others] = warnings('small', pattern) ?? [];
    expect(others).toEqual([]);
    expect(warning?.slice(0, 'models.allow[1] '.length)).toBe('models.allow[1] ');
    expect(warning?.slice('models.allow[1] '.length)).toEqual(message);
  });
});

test('the patterns of a policy are those of its limits and its lists, each with its place', () => {
  const scoped = { metric: 'requests', per: 'day', max: 1, models: ['a', 'b'] } as const;
  const policy = {
    limits: [{ metric: 'requests', per: 'day', max: 1 } as const, { ...scoped, models: [...scoped.models] }],
    models: { deny: ['c'] },
  };
  expect(patternLists('policy.', policy)).toEqual([
    { path: 'policy.limits[1].models', patterns: ['a', 'b'] },
    { path: 'policy.models.deny', patterns: ['c'] },
  ]);
  expect(patternLists('', { limits: null, models: null })).toEqual([]);
});
