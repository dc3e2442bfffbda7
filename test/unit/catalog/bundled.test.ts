import { describe, expect, it } from 'vitest';
import { bundledCatalog, bundledDocument } from '../../../src/catalog/bundled.ts';
import { priceAt } from '../../../src/catalog/dated-prices.ts';
import { costNanoUsd, dearestRates } from '../../../src/catalog/price.ts';
import type { Model } from '../../../src/catalog/schema.ts';
import { picoUsd } from '../../../src/core/money/usd.ts';
import { targetProtocol } from '../../../src/core/routing/target-protocol.ts';

const catalog = bundledCatalog();
const models = [...catalog.models.values()];
const echoModels = models.filter(({ targets }) => targets[0]?.provider === 'echo');
const realModels = models.filter((model) => !echoModels.includes(model));
const embeds = ({ endpoints }: Model) => endpoints.includes('embeddings');
const generating = realModels.filter((model) => !embeds(model));
const names = (some: readonly Model[]) => some.map(({ name }) => name);

/** The rates of every step of every tier, on every target, on every day. */
function ratesOf({ targets }: Model) {
  const prices = new Set(targets.flatMap(({ price }) => price ?? []));
  return [...prices].flatMap(({ price }) => [price.standard, ...price.serviceTiers.values()].flat());
}

function priced(name: string) {
  const last = catalog.models.get(name)?.price?.at(-1);
  if (last === undefined) throw new Error(`${name} has no price`);
  return last.price;
}

describe('the bundled catalog', () => {
  it('is version 0, so that any that is written is newer', () => {
    expect(catalog.version).toBe(0);
  });

  it('has every echo model, at one dollar and two, and nothing for what an embedding puts out', () => {
    const rates = echoModels.map((model) => [
      model.name,
      ...ratesOf(model).map(({ input, output }) => [input, output]),
    ]);
    const generation = ['echo', 'echo-slow', 'echo-error', 'echo-stall', 'echo-drop', 'echo-overrun', 'echo-tools'];
    expect(rates).toEqual([
      ...generation.map((name) => [name, [1_000_000, 2_000_000]]),
      ['echo-embedding', [1_000_000, 0]],
    ]);
  });

  it('has sixty current models at the least, of every provider', () => {
    expect(realModels.length).toBeGreaterThanOrEqual(60);
    const used = new Set(models.flatMap(({ targets }) => targets.map(({ provider }) => provider)));
    expect([...catalog.providers.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  it('has a price for every model, on every target, that is above nothing', () => {
    const unpriced = models.filter(({ targets }) => targets.some(({ price }) => price === undefined));
    expect(names(unpriced)).toEqual([]);
    expect(names(models.filter((model) => ratesOf(model).some(({ input }) => input === 0)))).toEqual([]);
  });

  it('charges no more for what was cached, and no less for what comes out, than for what goes in', () => {
    const dearWhenCached = realModels.filter((model) => ratesOf(model).some((rate) => rate.cachedInput > rate.input));
    expect(names(dearWhenCached)).toEqual([]);
    const cheapOutput = generating.filter((model) => ratesOf(model).some((rate) => rate.output < rate.input));
    expect(names(cheapOutput)).toEqual([]);
    const notFree = realModels.filter((model) => embeds(model) && ratesOf(model).some(({ output }) => output > 0));
    expect(names(notFree)).toEqual([]);
  });

  it('charges no less above a step than below it', () => {
    const cheaper = realModels.filter(({ price }) =>
      price?.some(({ price: { standard } }) =>
        standard.some((step, at) => step.input < (standard[at - 1]?.input ?? picoUsd(0))),
      ),
    );
    expect(names(cheaper)).toEqual([]);
  });

  it('holds its sizes together: the default within the most, and the most within the context', () => {
    const loose = models.filter(
      ({ contextTokens, maxOutputTokens, defaultOutputTokens, imageTokens = 0 }) =>
        defaultOutputTokens > maxOutputTokens || maxOutputTokens > contextTokens || imageTokens > contextTokens,
    );
    expect(names(loose)).toEqual([]);
    expect(
      names(models.filter(({ input, imageTokens }) => imageTokens !== undefined && !input.includes('image'))),
    ).toEqual([]);
  });

  it('sorts every model that generates into one of three tiers', () => {
    const tiers = new Set(generating.map(({ tier }) => tier));
    expect([...tiers].toSorted((one = '', other = '') => one.localeCompare(other))).toEqual([
      'budget',
      'premium',
      'standard',
    ]);
  });

  it('gives no two models the same name, and no name with a provider before a slash', () => {
    const all = [...catalog.models.keys(), ...models.flatMap(({ aliases }) => aliases)];
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((name) => catalog.providers.has(name.split('/')[0] ?? ''))).toEqual(['echo']);
  });

  it('lists no target for two models, so that a pinned one has one price', () => {
    const pinned = models.flatMap(({ targets }) => targets.map(({ provider, model }) => `${provider}/${model}`));
    expect(pinned.filter((target, at) => pinned.indexOf(target) !== at)).toEqual([]);
  });

  it('can ask every target on an endpoint that its model lists', () => {
    const stranded = models.flatMap(({ name, endpoints, targets }) =>
      targets
        .filter((target) => {
          const provider = catalog.providers.get(target.provider);
          return !endpoints.some(
            (each) => provider !== undefined && targetProtocol(each, provider, target) !== undefined,
          );
        })
        .map(({ provider }) => `${name} at ${provider}`),
    );
    expect(stranded).toEqual([]);
  });

  it('has of every Claude model how it thinks, and what writing to its caches costs', () => {
    const claude = models.filter(({ targets }) => targets[0]?.provider === 'anthropic');
    expect(claude.length).toBeGreaterThan(8);
    expect(names(claude.filter(({ thinking }) => thinking === undefined))).toEqual([]);
    for (const model of claude) {
      for (const { input, cacheWrite5m, cacheWrite1h } of ratesOf(model)) {
        expect([model.name, cacheWrite5m, cacheWrite1h]).toEqual([model.name, input * 1.25, input * 2]);
      }
    }
    expect(names(models.filter((model) => model.thinking !== undefined && !claude.includes(model)))).toEqual([]);
  });

  it('says which models of OpenAI retire, and when', () => {
    const retiring = models.flatMap(({ name, retiresAtMs }) =>
      retiresAtMs === undefined ? [] : [[name, retiresAtMs]],
    );
    expect(Object.fromEntries(retiring)).toEqual({
      'gpt-5': Date.parse('2026-12-11'),
      'gpt-5-mini': Date.parse('2026-12-11'),
      'gpt-5-nano': Date.parse('2026-12-11'),
      o3: Date.parse('2026-12-11'),
      'gpt-4o': Date.parse('2027-01-14'),
      'gpt-4o-mini': Date.parse('2027-01-14'),
      'gpt-4.1': Date.parse('2027-01-14'),
      'gpt-4.1-mini': Date.parse('2027-01-14'),
      'gpt-5.1': Date.parse('2027-04-01'),
      'gpt-5.3-codex': Date.parse('2027-04-01'),
      'gpt-5.4-nano': Date.parse('2027-04-01'),
    });
  });

  it('names a variable for the credential of every provider that is reached by an address', () => {
    for (const provider of catalog.providers.values()) {
      if (provider.kind !== 'openai' && provider.kind !== 'anthropic') continue;
      expect(provider.endpoints, provider.name).toMatchObject([
        { baseUrl: expect.stringMatching(/^https:\/\/.*[^/]$/), secret: expect.stringMatching(/_API_KEY$/) },
      ]);
    }
  });

  it('is small, since every isolate has it', () => {
    expect(JSON.stringify(bundledDocument).length).toBeLessThan(64 * 1024);
  });
});

/** What stands in the file of each provider that has one of its own; the numbers of `echo` are made up. */
const files = Object.entries(
  import.meta.glob<string>(['../../../src/catalog/bundled/*.ts', '!../../../src/catalog/bundled/{echo,written}.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
);

/** Of days and months, of sources: not those from which a price is in force, or a model is gone, or in its name. */
const datesIn = (text: string) =>
  text.replaceAll(/\b(from|retires): '[^']*'|gpt-4o-[\d-]+/g, '').match(/\b20\d\d-\d\d(-\d\d)?\b/g) ?? [];

describe("the file of a provider's models", () => {
  it('begins with where its numbers are from: pages, and when they were read', () => {
    expect(files.length).toBeGreaterThanOrEqual(10);
    const bare = files.filter(([, text]) => {
      const header = text.slice(0, text.indexOf('*/'));
      return !header.includes('https://') || datesIn(header).length === 0;
    });
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it('names no source from before June 2026, and none from days to come', () => {
    const today = new Date().toISOString();
    const odd = files.flatMap(([name, text]) =>
      datesIn(text)
        .filter((date) => date < '2026-06' || date > today.slice(0, date.length))
        .map((date) => `${name}: ${date}`),
    );
    expect(odd).toEqual([]);
  });
});

describe('a price of the bundled catalog', () => {
  it('bounds a call at ultrafast only where it asks for that: no setting at OpenAI can choose it', () => {
    const output = (name: string, serviceTier?: string) => dearestRates(priced(name), { serviceTier }).output;
    for (const name of ['gpt-6-astra', 'gpt-6.1-sol', 'gpt-6.2-astra', 'gpt-6.2-sol']) {
      const once = output(name, 'default');
      expect([output(name), output(name, 'auto'), output(name, 'priority'), output(name, 'ultrafast')]).toEqual([
        2 * once,
        2 * once,
        2 * once,
        6 * once,
      ]);
    }
  });

  it('doubles on 1 December where Google said so', () => {
    for (const name of ['gemini-4-argon', 'gemini-4-carbon']) {
      const prices = catalog.models.get(name)?.price;
      if (prices === undefined) throw new Error(`${name} has no price`);
      const rates = ['2026-11-30T23:59:59.999Z', '2026-12-01T00:00:00Z'].map((at) => {
        const [{ input, cachedInput, output }] = priceAt(prices, Date.parse(at)).standard;
        return [input, cachedInput, output];
      });
      expect(rates).toEqual([
        [2_000_000, 100_000, 10_000_000],
        [4_000_000, 200_000, 20_000_000],
      ]);
    }
  });

  it('is sent along as a cap where OpenRouter has several who serve the model, and nowhere else', () => {
    const capped = models.flatMap(({ targets }) => targets.filter(({ capsPrice }) => capsPrice));
    expect(capped.map(({ provider, model }) => `${provider}/${model}`).toSorted()).toEqual([
      'openrouter/deepseek/deepseek-v4.1-flash',
      'openrouter/moonshotai/kimi-k3',
      'openrouter/qwen/qwen3.8-27b',
      'openrouter/tencent/hy4',
      'openrouter/z-ai/glm-5.3-flash',
    ]);
  });

  it('counts cached input as any other where OpenRouter chooses who serves, and is no lower than the maker', () => {
    for (const name of ['deepseek-flash', 'glm-5.3-flash']) {
      const [maker, hosts] = (catalog.models.get(name)?.targets ?? []).map(
        ({ price }) => price?.at(-1)?.price.standard[0],
      );
      expect(hosts, name).toMatchObject({ input: maker?.input, cachedInput: maker?.input, output: maker?.output });
    }
  });

  it('is written with at most six decimals, as dollars a million tokens', () => {
    const odd = Object.entries(bundledDocument.models).flatMap(([name, { price, targets }]) =>
      [...JSON.stringify([price, targets.map((target) => target.price)]).matchAll(/"(?!from")\w+":"([^"]*)"/g)]
        .filter(([, rate = '']) => !/^(0|[1-9]\d{0,2})(\.\d{1,6})?$/.test(rate))
        .map(([, rate]) => `${name}: ${rate}`),
    );
    expect(odd).toEqual([]);
  });

  it("is OpenAI's: twice the input, and one and a half times the output, of a long prompt", () => {
    const price = priced('gpt-6.2-sol');
    // 200,000 × $2 + 100,000 × $0.10 + 10,000 × $10, and for a long prompt 2 × and 1.5 × of it, a million.
    const usage = { inputTokens: 300_000, cachedInputTokens: 100_000, outputTokens: 10_000 };
    expect(costNanoUsd(price, usage)).toBe((2 * (400_000 + 10_000) + 1.5 * 100_000) * 1000);
    expect(costNanoUsd(price, { ...usage, inputTokens: 272_000 })).toBe((344_000 + 10_000 + 100_000) * 1000);
  });

  it.each([
    // Each worked out by hand from the provider's page: dollars a million tokens, of so many thousand.
    ['gpt-5.5', { serviceTier: 'priority' }, 12.5 * 100 + 75 * 10],
    ['gpt-6-astra', { serviceTier: 'ultrafast' }, 60 * 100 + 300 * 10],
    ['gpt-6-astra', { serviceTier: 'fast' }, 20 * 100 + 100 * 10],
    ['gpt-6.1-sol', { serviceTier: 'ultrafast', cachedInputTokens: 100_000 }, 0.6 * 100 + 60 * 10],
    ['gpt-5.3-codex', { cachedInputTokens: 50_000 }, 1.75 * 50 + 0.175 * 50 + 14 * 10],
    ['gpt-5.2-pro', {}, 21 * 100 + 168 * 10],
    ['o3', { serviceTier: 'priority', cachedInputTokens: 100_000 }, 0.875 * 100 + 14 * 10],
    ['claude-opus-4-5', { cachedInputTokens: 50_000 }, 5 * 50 + 0.5 * 50 + 25 * 10],
    ['gemini-4-argon', { cachedInputTokens: 50_000 }, 4 * 50 + 0.2 * 50 + 20 * 10],
    ['gemini-4-carbon', { cachedInputTokens: 50_000 }, 4 * 50 + 0.2 * 50 + 20 * 10],
    ['gemini-4-neon', { cachedInputTokens: 50_000 }, 3 * 50 + 0.15 * 50 + 15 * 10],
    ['gemini-4-hydrogen', { cachedInputTokens: 50_000 }, 1.5 * 50 + 0.075 * 50 + 7.5 * 10],
    ['gemini-3-flash-preview', { audioInputTokens: 50_000 }, 0.5 * 50 + 1 * 50 + 3 * 10],
    ['grok-4.5', { inputTokens: 250_000, cachedInputTokens: 250_000 }, 0.6 * 250 + 12 * 10],
    ['glm-5-turbo', { cachedInputTokens: 50_000 }, 1.2 * 50 + 0.24 * 50 + 4 * 10],
    ['cf-deepseek-v4-pro', { cachedInputTokens: 50_000 }, 1.32 * 50 + 0.044 * 50 + 3.96 * 10],
    ['gpt-4o-mini', { cachedInputTokens: 100_000, serviceTier: 'priority' }, 0.125 * 100 + 1 * 10],
    ['claude-opus-5-5', { cacheWrite1hTokens: 50_000, cachedInputTokens: 50_000 }, 8 * 50 + 0.2 * 50 + 20 * 10],
    ['claude-haiku-5-5', {}, 0.1 * 100 + 0.5 * 10],
    ['claude-haiku-5-5', { inputTokens: 200_000, cacheWrite5mTokens: 200_000 }, 0.625 * 200 + 2.5 * 10],
    ['gemini-3.1-pro-preview', { inputTokens: 300_000, cachedInputTokens: 300_000 }, 0.4 * 300 + 18 * 10],
    ['gemini-3.1-flash-lite', { audioInputTokens: 100_000 }, 0.5 * 100 + 1.5 * 10],
    ['grok-4.7', { inputTokens: 250_000 }, 4 * 250 + 12 * 10],
    ['deepseek-flash', { cachedInputTokens: 50_000 }, 0.3 * 50 + 0.006 * 50 + 1.2 * 10],
    ['glm-5.3', { reasoningTokens: 5000 }, 1.4 * 100 + 4.4 * 10],
    ['mistral-medium-2604', {}, 1.5 * 100 + 7.5 * 10],
    ['gpt-oss-120b', {}, 0.15 * 100 + 0.6 * 10],
    ['cf-llama-3.3-70b', {}, 0.293 * 100 + 2.253 * 10],
  ])('makes a call of %s, with %o, cost what its page says', (name, usage, milliUsdPerThousand) => {
    const cost = costNanoUsd(priced(name), { inputTokens: 100_000, outputTokens: 10_000, ...usage });
    expect(cost).toBe(Math.round(milliUsdPerThousand * 1_000_000));
  });
});
