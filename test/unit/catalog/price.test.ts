import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { datedPricesSchema } from '../../../src/catalog/price-document.ts';
import { type Price, type PricedUsage, costNanoUsd, costParts, tokensNanoUsd } from '../../../src/catalog/price.ts';
import { issuesOf } from '../../../src/http/issue.ts';
import { feeNanoUsdMax, pricePicoUsdMax, rateStepsMax, serviceTiersMax } from '../../../src/limits.ts';
import { formatUsd, picoUsd } from '../../../src/core/money/usd.ts';
import { onlyPrice } from '../../support/price.ts';

const price = (written: unknown): Price => onlyPrice(v.parse(datedPricesSchema, written));
const messages = (written: unknown) => {
  const result = v.safeParse(datedPricesSchema, written);
  return result.success ? [] : issuesOf(result.issues).map(({ path, message }) => `${path} ${message}`);
};
const cost = (of: Price, usage: Partial<PricedUsage>) =>
  formatUsd(costNanoUsd(of, { inputTokens: 0, outputTokens: 0, ...usage }), 0);

describe('what a call cost', () => {
  it('is each token at its own rate', () => {
    const full = price({
      input: '3',
      cachedInput: '0.3',
      cacheWrite5m: '3.75',
      cacheWrite1h: '6',
      audioInput: '40',
      output: '15',
      audioOutput: '80',
    });
    expect(cost(full, { inputTokens: 1_000_000 })).toBe('3');
    expect(cost(full, { inputTokens: 1_000_000, cachedInputTokens: 400_000 })).toBe('1.92');
    expect(cost(full, { inputTokens: 1_000_000, cacheWrite5mTokens: 1_000_000 })).toBe('3.75');
    expect(cost(full, { inputTokens: 1_000_000, cacheWrite1hTokens: 1_000_000 })).toBe('6');
    expect(cost(full, { inputTokens: 1000, audioInputTokens: 1000 })).toBe('0.04');
    expect(cost(full, { outputTokens: 1_000_000 })).toBe('15');
    expect(cost(full, { outputTokens: 1000, audioOutputTokens: 500 })).toBe('0.0475');
  });

  it('adds the fee of the request, of each image, and of each search that the provider ran', () => {
    const free = { input: '0', output: '0' };
    expect(cost(price({ ...free, request: '0.005', image: '0.01' }), { images: 3 })).toBe('0.035');
    expect(cost(price({ ...free, webSearch: '0.01' }), { webSearches: 4 })).toBe('0.04');
    expect(cost(price(free), { images: 3, webSearches: 4 })).toBe('0');
  });

  it('charges what was thought at its own rate, once, and as output where it has none', () => {
    const thinking = { outputTokens: 1_000_000, reasoningTokens: 600_000 };
    expect(cost(price({ input: '1', output: '4', reasoning: '8' }), thinking)).toBe('6.4');
    expect(cost(price({ input: '1', output: '4', reasoning: '1' }), thinking)).toBe('2.2');
    expect(cost(price({ input: '1', output: '4' }), thinking)).toBe('4');
    expect(cost(price({ input: '1', output: '4', reasoning: '8' }), { outputTokens: 100, reasoningTokens: 200 })).toBe(
      '0.0008',
    );
    const sounding = price({ input: '1', output: '4', reasoning: '8', audioOutput: '20' });
    expect(cost(sounding, { ...thinking, audioOutputTokens: 700_000 })).toBe('16.4');
  });

  it('is told by what for: each part by its own tokens and fees', () => {
    const rates = { input: '3', cachedInput: '0.3', cacheWrite5m: '3.75', output: '15', reasoning: '20' };
    const full = price({ ...rates, request: '0.005', webSearch: '0.01' });
    const usage = { inputTokens: 1000, cachedInputTokens: 400, cacheWrite5mTokens: 100 };
    expect(costParts(full, { ...usage, outputTokens: 10, reasoningTokens: 4, webSearches: 2 })).toEqual({
      inputNanoUsd: 500 * 3000,
      cachedNanoUsd: 400 * 300,
      cacheWritesNanoUsd: 100 * 3750,
      outputNanoUsd: 6 * 15_000 + 4 * 20_000,
      feesNanoUsd: 25_000_000,
    });
  });

  it('is the sum of its parts, however small they are', () => {
    const amount = fc.nat({ max: 50 });
    const rate = fc.integer({ min: 0, max: 3000 }).map((pico) => (pico / 1_000_000).toFixed(6));
    const rates = fc.record({ input: rate, cachedInput: rate, cacheWrite5m: rate, output: rate, request: rate });
    const usages = fc.record({
      inputTokens: amount,
      cachedInputTokens: amount,
      cacheWrite5mTokens: amount,
      outputTokens: amount,
    });
    fc.assert(
      fc.property(rates, usages, (written, usage) => {
        const of = price({ ...written, request: '0' });
        const told = costParts(of, usage);
        const parts = [
          told.inputNanoUsd,
          told.cachedNanoUsd,
          told.cacheWritesNanoUsd,
          told.outputNanoUsd,
          told.feesNanoUsd,
        ];
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(costNanoUsd(of, usage));
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        const { outputTokens } = usage;
        const alone = costNanoUsd(of, { inputTokens: 0, outputTokens });
        expect(Math.abs(told.outputNanoUsd - alone)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is rounded up once, at the end', () => {
    const cheap = price({ input: '0.0003', output: '0.0004' });
    expect(costNanoUsd(cheap, { inputTokens: 1, outputTokens: 1 })).toBe(1);
    expect(costNanoUsd(cheap, { inputTokens: 2, outputTokens: 1 })).toBe(1);
    expect(costNanoUsd(cheap, { inputTokens: 2, outputTokens: 2 })).toBe(2);
  });

  it('charges a sort that is not priced as plain input or output', () => {
    const plain = price({ input: '2', output: '8' });
    expect(cost(plain, { inputTokens: 1_000_000, cachedInputTokens: 500_000, cacheWrite5mTokens: 500_000 })).toBe('2');
    expect(cost(plain, { outputTokens: 1_000_000, audioOutputTokens: 1_000_000 })).toBe('8');
  });

  it('charges a token of two sorts once, as the dearer', () => {
    const audio = price({ input: '1', cachedInput: '0.1', audioInput: '10', output: '1' });
    expect(cost(audio, { inputTokens: 1_000_000, cachedInputTokens: 800_000, audioInputTokens: 500_000 })).toBe('5.05');
  });

  it('is dearer for all of a request above a step, and not at it', () => {
    const stepped = price({
      input: '2.5',
      cachedInput: '0.25',
      output: '15',
      above: [{ inputTokens: 272_000, input: '5', output: '22.5' }],
    });
    expect(cost(stepped, { inputTokens: 272_000, outputTokens: 1000 })).toBe('0.695');
    expect(cost(stepped, { inputTokens: 272_001, outputTokens: 1000 })).toBe('1.382505');
  });

  it('keeps the proportion of what a step or a tier does not name', () => {
    const stepped = price({
      input: '2.5',
      cachedInput: '0.25',
      cacheWrite5m: '3.125',
      output: '15',
      reasoning: '30',
      above: [{ inputTokens: 100, input: '5' }],
      serviceTiers: { flex: { input: '1.25', output: '7.5' } },
    });
    const [first, second] = stepped.standard;
    expect(first.cachedInput).toBe(250_000);
    expect(second).toMatchObject({ cachedInput: 500_000, cacheWrite5m: 6_250_000, output: 15_000_000 });
    const flex = stepped.serviceTiers.get('flex');
    expect(flex?.[0]).toMatchObject({
      input: 1_250_000,
      cachedInput: 125_000,
      output: 7_500_000,
      reasoning: 15_000_000,
    });
    expect(flex?.[1]).toMatchObject({ input: 2_500_000, cachedInput: 250_000, output: 7_500_000 });
  });

  it('rounds a rate that it works out up', () => {
    const thirds = price({
      input: '0.000003',
      cachedInput: '0.000001',
      output: '1',
      above: [{ inputTokens: 1, input: '0.000004' }],
    });
    expect(thirds.standard[1]?.cachedInput).toBe(2);
  });

  it('lets a tier have steps of its own', () => {
    const tiered = price({
      input: '1',
      output: '1',
      above: [{ inputTokens: 100, input: '2' }],
      serviceTiers: { priority: { input: '3', above: [{ inputTokens: 200, input: '4' }] } },
    });
    expect(tiered.serviceTiers.get('priority')?.map((step) => [step.aboveInputTokens, step.input])).toEqual([
      [0, 3_000_000],
      [200, 4_000_000],
    ]);
  });

  it('is that of the tier which served, and of the dearest where nobody priced that tier', () => {
    const tiered = price({
      input: '1',
      output: '0',
      serviceTiers: { flex: { input: '0.5' }, priority: { input: '2' } },
    });
    const at = (serviceTier?: string) =>
      cost(tiered, { inputTokens: 1_000_000, ...(serviceTier === undefined ? {} : { serviceTier }) });
    expect([at(), at('default'), at('standard'), at('flex'), at('priority')]).toEqual(['1', '1', '1', '0.5', '2']);
    expect(at('ultrafast')).toBe('2');
  });

  it('is that of one tier under both names that OpenAI answers with, unless the names have a price each', () => {
    const at = (serviceTiers: object) =>
      cost(price({ input: '1', output: '0', serviceTiers }), { inputTokens: 1_000_000, serviceTier: 'fast' });
    expect(at({ priority: { input: '2' }, ultrafast: { input: '6' } })).toBe('2');
    expect(at({ priority: { input: '2' }, fast: { input: '3' } })).toBe('3');
  });

  it('is never that of a tier which was neither named nor asked for, where only a request can choose it', () => {
    const tiered = price({
      input: '1',
      output: '0',
      serviceTiers: { priority: { input: '2' }, ultrafast: { input: '6', onlyIfAsked: true } },
    });
    const usage = { inputTokens: 1_000_000, serviceTier: 'unheard-of' };
    expect(cost(tiered, usage)).toBe('2');
    expect(cost(tiered, { ...usage, askedServiceTier: 'ultrafast' })).toBe('6');
    expect(cost(tiered, { ...usage, serviceTier: 'ultrafast' })).toBe('6');
  });

  it('is exact where pico-dollars would not be', () => {
    const dear = price({ input: '999.999999', output: '1000' });
    expect(cost(dear, { inputTokens: 100_000_000 })).toBe('99999.9999');
    expect(tokensNanoUsd(33_554_432, picoUsd(pricePicoUsdMax))).toBe(33_554_432_000_000);
  });

  it('can be zero, which is a price', () => {
    expect(cost(price({ input: '0', output: '0' }), { inputTokens: 5, outputTokens: 5 })).toBe('0');
  });
});

describe('a written price', () => {
  it('is refused, with the path, where it is not one', () => {
    expect(messages({ input: '0.25' })).toEqual(['output is missing']);
    expect(messages({ input: '-1', output: '1' })).toEqual([
      'input must be dollars per million tokens with up to 6 decimals, such as "0.25"',
    ]);
    expect(messages({ input: '1', output: '0.0000001' })[0]).toContain('output must be dollars per million');
    expect(messages({ input: '1', output: '1', request: '1e-3' })[0]).toContain('request must be dollars with up to 9');
    expect(messages({ input: '1', output: '1', above: [{ inputTokens: 5 }, { inputTokens: 5 }] })[0]).toContain(
      'above must be in ascending',
    );
    expect(messages({ input: '1', output: '1', serviceTiers: { flex: { request: '1' } } })[0]).toContain(
      'serviceTiers.flex.request is not a known field',
    );
  });

  it('is refused where a rate that is not named would be out of bounds', () => {
    expect(
      messages({ input: '0.000001', cachedInput: '900', output: '1', above: [{ inputTokens: 1, input: '1' }] })[0],
    ).toContain('name every rate there');
  });

  it('may be as dear, and have as many steps and tiers, as the bounds say', () => {
    const dear = formatUsd(pricePicoUsdMax * 1000, 0);
    const fee = formatUsd(feeNanoUsdMax, 0);
    expect(messages({ input: dear, output: dear, reasoning: dear, image: fee, webSearch: fee })).toEqual([]);
    expect(messages({ input: '1', output: '1', webSearch: `${fee}.000000001` })[0]).toContain('must be at most');
    expect(messages({ input: '1', output: '1', reasoning: `${dear}.000001` })[0]).toContain('must be at most');
    expect(messages({ input: `${dear}.000001`, output: '1' })[0]).toContain('must be at most 1000 dollars');
    expect(messages({ input: '1', output: '1', image: `${fee}.000000001` })[0]).toContain('must be at most');
    const steps = (count: number) => Array.from({ length: count }, (_, at) => ({ inputTokens: at + 1 }));
    expect(messages({ input: '1', output: '1', above: steps(rateStepsMax) })).toEqual([]);
    expect(messages({ input: '1', output: '1', above: steps(rateStepsMax + 1) })).toHaveLength(1);
    const tiers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, {}]));
    expect(messages({ input: '1', output: '1', serviceTiers: tiers(serviceTiersMax) })).toEqual([]);
    expect(messages({ input: '1', output: '1', serviceTiers: tiers(serviceTiersMax + 1) })).toHaveLength(1);
  });
});
