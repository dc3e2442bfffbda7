import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { costNanoUsd } from '../../../src/catalog/price.ts';

describe('the bundled catalog', () => {
  const catalog = bundledCatalog();

  it('is version 0, so that any that is written is newer', () => {
    expect(catalog.version).toBe(0);
  });

  it('has every echo model, at one dollar and two', () => {
    const echo = [...catalog.models.values()].filter(({ targets }) => targets[0]?.provider === 'echo');
    expect(echo.map(({ name }) => name)).toEqual([
      'echo',
      'echo-slow',
      'echo-error',
      'echo-stall',
      'echo-drop',
      'echo-overrun',
      'echo-tools',
    ]);
    for (const { price } of echo) {
      expect(price?.standard).toMatchObject([{ input: 1_000_000, output: 2_000_000 }]);
    }
  });

  it('prices every model, with one current price checked by hand', () => {
    for (const model of catalog.models.values()) expect(model.price, model.name).toBeDefined();
    const price = catalog.models.get('gpt-6.2-sol')?.price;
    if (price === undefined) throw new Error('gpt-6.2-sol has no price');
    // 200,000 × $2 + 100,000 × $0.10 + 10,000 × $10, and for a long prompt 2 × and 1.5 × of it, a million.
    const usage = { inputTokens: 300_000, cachedInputTokens: 100_000, outputTokens: 10_000 };
    expect(costNanoUsd(price, usage)).toBe((2 * (400_000 + 10_000) + 1.5 * 100_000) * 1000);
    expect(costNanoUsd(price, { ...usage, inputTokens: 272_000 })).toBe((344_000 + 10_000 + 100_000) * 1000);
  });
});
