import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counterKey, inScope, isGauge, matchesPattern } from '../../../src/core/ledger/limit.ts';
import { day, minute, total } from '../../../src/core/ledger/window.ts';
import { sliding } from '../../support/ledger.ts';

describe('a pattern', () => {
  test.each([
    ['gpt-5', 'gpt-5', true],
    ['gpt-5', 'gpt-5-mini', false],
    ['gpt-5*', 'gpt-5-mini', true],
    ['gpt-5*', 'gpt-5', true],
    ['gpt-5*', 'my-gpt-5', false],
    ['*mini', 'gpt-5-mini', true],
    ['*mini', 'gpt-5-minister', false],
    ['*', '', true],
    ['**', 'anything', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*b*c', 'a-c', false],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['', '', true],
    ['', 'a', false],
  ])('"%s" against "%s": %s', (pattern, text, matches) => {
    expect(matchesPattern(pattern, text)).toBe(matches);
  });

  test('matches what the same regular expression matches', () => {
    const word = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 6 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(word, word, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`);
        expect(matchesPattern(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no longer than its text is long, however many stars it has', () => {
    const text = 'a'.repeat(50_000);
    expect(matchesPattern(`${'*a'.repeat(1000)}*b`, text)).toBe(false);
  });
});

describe('a scope', () => {
  const call = { endpoint: 'chat', model: 'gpt-5-mini' } as const;

  test('without one, every call counts', () => {
    expect(inScope(undefined, call)).toBe(true);
  });

  test('of an endpoint, calls of others do not', () => {
    expect(inScope({ endpoint: 'chat' }, call)).toBe(true);
    expect(inScope({ endpoint: 'embeddings' }, call)).toBe(false);
  });

  test('of models, calls of models that match none of the patterns do not', () => {
    expect(inScope({ models: ['claude-*', 'gpt-5*'] }, call)).toBe(true);
    expect(inScope({ models: ['claude-*'] }, call)).toBe(false);
  });

  test('of models, a model counts by each of its names', () => {
    const aliased = { ...call, aliases: ['mini', 'small-latest'] };
    for (const pattern of ['gpt-5-mini', 'mini', 'small*']) {
      expect(inScope({ models: ['claude-*', pattern] }, aliased)).toBe(true);
    }
    expect(inScope({ models: ['min'] }, aliased)).toBe(false);
    expect(inScope({ endpoint: 'embeddings', models: ['mini'] }, aliased)).toBe(false);
  });

  test('of models, what nobody lists counts everywhere, because it may be any', () => {
    const unlisted = { ...call, unlisted: true };
    expect(inScope({ models: ['claude-*'] }, unlisted)).toBe(true);
    expect(inScope({ endpoint: 'embeddings', models: ['claude-*'] }, unlisted)).toBe(false);
  });

  test('of both, a call must match both', () => {
    expect(inScope({ endpoint: 'chat', models: ['gpt-*'] }, call)).toBe(true);
    expect(inScope({ endpoint: 'embeddings', models: ['gpt-*'] }, call)).toBe(false);
    expect(inScope({ endpoint: 'chat', models: ['claude-*'] }, call)).toBe(false);
  });
});

describe('the key of a counter', () => {
  test('tells metric, window and scope apart', () => {
    const keys = [
      counterKey('usd', day, undefined),
      counterKey('tokens', day, undefined),
      counterKey('usd', minute, undefined),
      counterKey('usd', total, undefined),
      counterKey('usd', day, { endpoint: 'chat' }),
      counterKey('usd', day, { models: ['a'] }),
      counterKey('usd', day, { endpoint: 'chat', models: ['a'] }),
      counterKey('usd', day, { models: ['a', 'b'] }),
      counterKey('usd', day, { models: ['a","b'] }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('is the same however the models are listed, and however the window is named', () => {
    expect(counterKey('usd', day, { models: ['b', 'a', 'b'] })).toBe(counterKey('usd', day, { models: ['a', 'b'] }));
    expect(counterKey('usd', sliding(86_400_000), undefined)).toBe(counterKey('usd', day, undefined));
  });
});

test('concurrency and streams count what is in flight, the others what was used', () => {
  expect((['requests', 'tokens', 'usd', 'concurrency', 'streams'] as const).filter(isGauge)).toEqual([
    'concurrency',
    'streams',
  ]);
});
