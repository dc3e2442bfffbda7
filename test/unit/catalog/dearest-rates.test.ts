import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { datedPricesSchema } from '../../../src/catalog/price-document.ts';
import {
  type Foreseen,
  type PricedUsage,
  costNanoUsd,
  dearestRates,
  isPricedServiceTier,
  tokensNanoUsd,
} from '../../../src/catalog/price.ts';
import { onlyPrice } from '../../support/price.ts';

const price = (written: unknown) => onlyPrice(v.parse(datedPricesSchema, written));

describe('the dearest rates', () => {
  const full = price({
    input: '1',
    cachedInput: '0.1',
    cacheWrite5m: '1.25',
    cacheWrite1h: '2',
    audioInput: '10',
    output: '4',
    audioOutput: '20',
    above: [{ inputTokens: 1000, input: '2', output: '6' }],
    serviceTiers: { flex: { input: '0.5', output: '2' }, priority: { input: '3', output: '12' } },
  });
  const at = (foreseen: Foreseen) => {
    const { input, output } = dearestRates(full, {
      audioInput: false,
      audioOutput: false,
      longCacheWrites: false,
      ...foreseen,
    });
    return [input, output];
  };

  it('leave out what is known not to apply', () => {
    expect(at({ inputTokensMax: 1000, serviceTier: 'default' })).toEqual([1_250_000, 4_000_000]);
    expect(at({ inputTokensMax: 1001, serviceTier: 'default' })).toEqual([2_500_000, 6_000_000]);
    expect(at({ inputTokensMax: 1000, serviceTier: 'default', longCacheWrites: true })).toEqual([2_000_000, 4_000_000]);
    expect(at({ inputTokensMax: 1000, serviceTier: 'default', audioInput: true, audioOutput: true })).toEqual([
      10_000_000, 20_000_000,
    ]);
  });

  it('never count on a discount: a flex request may be served as a standard one', () => {
    expect(at({ inputTokensMax: 1000, serviceTier: 'flex' })).toEqual([1_250_000, 4_000_000]);
  });

  it('take the dearest tier where the choice is left to the provider, or nobody knows the tier', () => {
    for (const serviceTier of [undefined, 'auto', 'ultrafast']) {
      expect(at({ inputTokensMax: 1000, serviceTier })).toEqual([3_750_000, 12_000_000]);
    }
  });

  it('leave out a tier that only a request can choose, unless this one did', () => {
    const serviceTiers = { priority: { input: '2' }, ultrafast: { input: '6', onlyIfAsked: true } };
    const tiered = price({ input: '1', output: '0', serviceTiers });
    const input = (serviceTier?: string) => dearestRates(tiered, { serviceTier }).input;
    expect([input(), input('auto'), input('default'), input('priority'), input('ultrafast')]).toEqual([
      2_000_000, 2_000_000, 1_000_000, 2_000_000, 6_000_000,
    ]);
    expect(isPricedServiceTier(tiered, 'ultrafast')).toBe(true);
  });

  it('take what is thought for as dear as what is said, or dearer', () => {
    const output = (reasoning: string) => dearestRates(price({ input: '1', output: '4', reasoning })).output;
    expect([output('6'), output('4'), output('3')]).toEqual([6_000_000, 4_000_000, 4_000_000]);
  });

  it('know which tiers have a price', () => {
    expect(
      ['auto', 'default', 'standard', 'flex', 'priority', 'ultrafast'].map((tier) => isPricedServiceTier(full, tier)),
    ).toEqual([true, true, true, true, true, false]);
  });

  it('are those of the standard tier, whatever a provider calls it', () => {
    for (const serviceTier of ['default', 'standard', 'standard_only', 'on_demand']) {
      expect(at({ inputTokensMax: 1000, serviceTier })).toEqual([1_250_000, 4_000_000]);
      expect(isPricedServiceTier(full, serviceTier)).toBe(true);
    }
  });

  it('are never below what settlement can give', () => {
    fc.assert(
      fc.property(pricedCalls, ({ written, usage, foreseen }) => {
        const parsed = price(written);
        const { input, output, request, image, webSearch } = dearestRates(parsed, foreseen);
        const bound =
          tokensNanoUsd(usage.inputTokens, input) +
          tokensNanoUsd(usage.outputTokens, output) +
          request +
          (usage.images ?? 0) * image +
          (usage.webSearches ?? 0) * webSearch;
        expect(costNanoUsd(parsed, usage)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 2000 },
    );
  });
});

const rate = fc.integer({ min: 0, max: 30_000_000 }).map((pico) => (pico / 1_000_000).toFixed(6));
const optionalRates = {
  cachedInput: rate,
  cacheWrite5m: rate,
  cacheWrite1h: rate,
  audioInput: rate,
  reasoning: rate,
  audioOutput: rate,
};
const changes = { input: rate, output: rate, ...optionalRates };
const above = fc
  .uniqueArray(
    fc.record({ inputTokens: fc.integer({ min: 1, max: 2000 }), ...changes }, { requiredKeys: ['inputTokens'] }),
    {
      selector: ({ inputTokens }) => inputTokens,
      maxLength: 4,
    },
  )
  .map((steps) => steps.toSorted((one, other) => one.inputTokens - other.inputTokens));
const tierName = fc.constantFrom('default', 'flex', 'priority', 'fast', 'ultrafast', 'scale');
const writtenPrice = fc
  .record(
    {
      input: rate,
      output: rate,
      ...optionalRates,
      request: rate,
      image: rate,
      webSearch: rate,
      above,
      serviceTiers: fc.dictionary(
        fc.constantFrom('flex', 'priority', 'ultrafast'),
        fc.record({ ...changes, above, onlyIfAsked: fc.boolean() }, { requiredKeys: [] }),
      ),
    },
    { requiredKeys: ['input', 'output'] },
  )
  .filter((written) => v.is(datedPricesSchema, written));

/** A price, what a request was known to be, and a usage that keeps to it. Parts may overlap, or exceed their whole. */
const pricedCalls = fc
  .record({
    written: writtenPrice,
    asked: fc.option(tierName, { nil: undefined }),
    downgraded: fc.boolean(),
    counts: fc.record(
      {
        cachedInputTokens: fc.nat(3000),
        cacheWrite5mTokens: fc.nat(3000),
        cacheWrite1hTokens: fc.nat(3000),
        audioInputTokens: fc.nat(3000),
        reasoningTokens: fc.nat(3000),
        audioOutputTokens: fc.nat(3000),
        images: fc.nat(5),
        webSearches: fc.nat(5),
      },
      { requiredKeys: [] },
    ),
    served: tierName,
    inputTokens: fc.nat(3000),
    outputTokens: fc.nat(3000),
    spare: fc.nat(500),
  })
  .map(({ written, asked, downgraded, counts, served, inputTokens, outputTokens, spare }) => {
    const called = served === 'fast' ? 'priority' : served;
    const mayServe = written.serviceTiers?.[called]?.onlyIfAsked === true ? 'default' : served;
    const serviceTier = asked === undefined ? mayServe : downgraded ? 'default' : asked;
    const foreseen: Foreseen = {
      inputTokensMax: inputTokens + spare,
      serviceTier: asked,
      longCacheWrites: (counts.cacheWrite1hTokens ?? 0) > 0,
      audioInput: (counts.audioInputTokens ?? 0) > 0,
      audioOutput: (counts.audioOutputTokens ?? 0) > 0,
    };
    const tiers = { serviceTier, ...(asked === undefined ? {} : { askedServiceTier: asked }) };
    return { written, foreseen, usage: { ...counts, inputTokens, outputTokens, ...tiers } satisfies PricedUsage };
  });
