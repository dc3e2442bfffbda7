import { describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { optionalTimesOver } from '../../../src/gateway/bound/bound-of-call.ts';
import { fewerSearches } from '../../../src/gateway/bound/fewer-searches.ts';
import { limited } from '../../support/bound.ts';
import { type Of, agent, attemptOf, boundingOf, claudeSearch, own, search } from '../../support/searches.ts';

describe('a call that is refused for its size', () => {
  const fewer = (of: Of, free: number, metric: 'usd' | 'tokens' = 'tokens') => {
    const bounding = boundingOf(...of);
    if (bounding.kind === 'refused') throw bounding.error;
    return fewerSearches(bounding.attempts, metric, free);
  };
  const forced = { tools: [search], tool_choice: 'required', max_output_tokens: 16 };

  test('is to search as often as fits', () => {
    const of: Of = ['responses', 'keeps', { ...forced, max_tool_calls: 8 }];
    const least = attemptOf('responses', 'keeps', { ...forced, max_tool_calls: 3 }).bound;
    expect(fewer(of, least.fixedTokens + 16)).toBe(3);
    expect(fewer(of, least.fixedTokens + 15)).toBe(2);
    expect(fewer(of, least.fixedNanoUsd + 16 * 2000, 'usd')).toBe(3);
    expect(fewer(of, least.fixedNanoUsd + 16 * 2000 - 1, 'usd')).toBe(2);
    expect(fewer(of, 5)).toBe(1);
    expect(fewer(['responses', 'keeps', { ...forced, max_tool_calls: 1 }], 5)).toBeUndefined();
  });

  test('is to do without, where it can', () => {
    const of: Of = ['responses', 'keeps', { ...agent, max_output_tokens: 16 }];
    const one = attemptOf('responses', 'keeps', { ...agent, max_output_tokens: 16, max_tool_calls: 1 }).bound;
    expect(fewer(of, optionalTimesOver * (one.fixedTokens + 16))).toBe(1);
    expect(fewer(of, optionalTimesOver * (one.fixedTokens + 16) - 1)).toBe(0);
    expect(fewer(['responses', 'keeps', { tools: [own] }], 5)).toBeUndefined();
  });

  test('is not to search less by itself where its client says strict', () => {
    expect(fewer(['responses', 'keeps', agent, { ...limited, budget: 'strict' }], 5)).toBeUndefined();
  });
});

test('the models that come with the gateway can search at their makers, for limited accounts too', () => {
  for (const [protocol, model, tool] of [
    ['responses', 'gpt-5-mini', search],
    ['messages', 'claude-sonnet-5-5', claudeSearch],
  ] as const) {
    const fields = { tools: [{ ...tool, ...(protocol === 'messages' ? { max_uses: 1 } : {}) }] };
    const { searches, bound } = attemptOf(protocol, model, fields, limited, bundledCatalog());
    expect(searches?.uses).toBeGreaterThan(0);
    expect(bound.fixedNanoUsd).toBeGreaterThan(10_000_000);
  }
});
