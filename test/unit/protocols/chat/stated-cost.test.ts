import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitMaxNanoUsd } from '../../../../src/limits.ts';
import { decodeUsage } from '../../../../src/protocols/chat/usage.ts';
import { generationUsage } from '../../../../src/protocols/chat/generation-usage.ts';
import { nanoUsdOf, statedCost } from '../../../../src/protocols/chat/stated-cost.ts';

describe('what a provider says that a call cost', () => {
  test.each([
    [0.00014, 140_000],
    [0.1, 100_000_000],
    [1.1, 1_100_000_000],
    [0.000000001, 1],
    [1e-9, 1],
    [1.5e-8, 15],
    ['0.0015', 1_500_000],
    ['1E-3', 1_000_000],
    [0, 0],
    [12, 12_000_000_000],
  ])('%s dollars are %s nano-dollars', (usd, nano) => {
    expect(nanoUsdOf(usd)).toBe(nano);
  });

  test.each([
    [0.00000000012, 1],
    [0.0000000011, 2],
    [1e-30, 1],
  ])('%s dollars are rounded up to %s', (usd, nano) => {
    expect(nanoUsdOf(usd)).toBe(nano);
  });

  test.each([-1, Number.NaN, Infinity, 'free', '', null, undefined, {}, 1e300, '1e99', limitMaxNanoUsd])(
    '%s is no cost',
    (usd) => {
      expect(nanoUsdOf(usd)).toBeUndefined();
    },
  );

  test('is exact for whatever has up to nine decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (nano) => {
        const digits = String(nano).padStart(10, '0');
        const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`;
        expect(nanoUsdOf(Number(text))).toBe(nano);
        expect(nanoUsdOf(text)).toBe(nano);
      }),
    );
  });

  test('is counted in ticks at xAI, of which a nano-dollar has ten', () => {
    expect(statedCost({ cost_in_usd_ticks: 318_319_000 })).toBe(31_831_900);
    expect(statedCost({ cost_in_usd_ticks: 1 })).toBe(1);
  });

  test("has what the provider bills in it, where the key is the company's own", () => {
    const cost_details = { upstream_inference_cost: 0.002 };
    expect(statedCost({ cost: 0.0001, is_byok: true, cost_details })).toBe(2_100_000);
    expect(statedCost({ cost: 0.0021, is_byok: false, cost_details })).toBe(2_100_000);
    expect(statedCost({ cost: 0.0021, cost_details: null })).toBe(2_100_000);
  });

  test('is beside the usage of an answer', () => {
    const usage = { prompt_tokens: 194, completion_tokens: 2, total_tokens: 196, cost: 0.00014 };
    expect(decodeUsage({ usage })).toMatchObject({ inputTokens: 194, outputTokens: 2, statedNanoUsd: 140_000 });
    expect(decodeUsage({ usage: { ...usage, cost: 'unknown' } })).not.toHaveProperty('statedNanoUsd');
  });
});

describe('what OpenRouter says afterwards', () => {
  const data = {
    id: 'gen-1',
    model: 'openai/gpt-5-mini',
    total_cost: 0.0015,
    usage: 0.0015,
    upstream_inference_cost: 0.0012,
    is_byok: false,
    cancelled: true,
    streamed: true,
    tokens_prompt: 10,
    tokens_completion: 25,
    native_tokens_prompt: 12,
    native_tokens_completion: 27,
    native_tokens_reasoning: 5,
    native_tokens_cached: 3,
    service_tier: null,
  };

  test('is the tokens that its provider counted, and the cost', () => {
    expect(generationUsage({ data })).toEqual({
      inputTokens: 12,
      cachedInputTokens: 3,
      outputTokens: 27,
      reasoningTokens: 5,
      statedNanoUsd: 1_500_000,
    });
  });

  test('has both bills in it, where the key is the company its own', () => {
    expect(generationUsage({ data: { ...data, is_byok: true } })?.statedNanoUsd).toBe(2_700_000);
  });

  test('is nothing until it knows', () => {
    expect(generationUsage({ data: { ...data, native_tokens_prompt: null } })).toBeUndefined();
    expect(
      generationUsage({ data: { ...data, native_tokens_prompt: 0, native_tokens_completion: 0 } }),
    ).toBeUndefined();
    expect(generationUsage({ error: { code: 404, message: 'Generation not found' } })).toBeUndefined();
  });
});
