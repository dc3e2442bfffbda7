import { priceAt } from '../../catalog/dated-prices.ts';
import { type Price, stepAt } from '../../catalog/price.ts';
import type { Catalog } from '../../catalog/schema.ts';
import type { PriceList, PublishedPrice } from './published-price.ts';

export interface PriceDifference {
  readonly model: string;
  /** Where the model is asked: `openai/gpt-5-mini`. */
  readonly target: string;
  readonly field: string;
  /** Dollars: per million tokens, or per use. */
  readonly ours: number;
  readonly theirs: number;
}

interface PriceComparison {
  readonly differences: readonly PriceDifference[];
  /** How many targets the list knows. */
  readonly compared: number;
  /** Targets with a price that the list does not know. */
  readonly unknown: readonly string[];
}

/** Where a catalog and a list differ by more than rounding. What only one of them says is no difference. */
export function comparePrices(catalog: Catalog, list: PriceList, nowMs: number): PriceComparison {
  const differences: PriceDifference[] = [];
  const unknown: string[] = [];
  let compared = 0;
  for (const { name, targets } of catalog.models.values()) {
    for (const { provider, model, price } of targets) {
      if (price === undefined || catalog.providers.get(provider)?.kind === 'echo') continue;
      const target = `${provider}/${model}`;
      const published = list.find(provider, model);
      if (published === undefined) {
        unknown.push(target);
        continue;
      }
      compared += 1;
      differences.push(
        ...differencesOf(priceAt(price, nowMs), published).map((each) => ({ model: name, target, ...each })),
      );
    }
  }
  return { differences, compared, unknown };
}

type Difference = Pick<PriceDifference, 'field' | 'ours' | 'theirs'>;

function differencesOf(price: Price, { rates, fees }: PublishedPrice): Difference[] {
  const all: Difference[] = [
    ...rates.flatMap(({ sort, serviceTier, aboveInputTokens, picoUsd }) => {
      const steps = serviceTier === undefined ? price.standard : price.serviceTiers.get(serviceTier);
      if (steps === undefined) return [];
      const field = [serviceTier, sort, ...(aboveInputTokens === 0 ? [] : [`above ${aboveInputTokens} tokens`])].filter(
        (part) => part !== undefined,
      );
      const ours = stepAt(steps, aboveInputTokens + 1)[sort];
      return [{ field: field.join(' '), ours: ours / picoPerTokenUsd, theirs: picoUsd / picoPerTokenUsd }];
    }),
    ...fees.map(({ fee, nanoUsd }) => ({ field: fee, ours: price[fee] / nanoPerUsd, theirs: nanoUsd / nanoPerUsd })),
  ];
  return all.filter(({ ours, theirs }) => !areSame(ours, theirs));
}

/** Pico-dollars per token are micro-dollars per million tokens. */
const picoPerTokenUsd = 1_000_000;
const nanoPerUsd = 1_000_000_000;

/** Dollars are published with three decimals or more. */
const decimalsLeast = 3;
const decimalsMost = 9;

/** Whether one may be the other with fewer decimals. */
function areSame(one: number, other: number): boolean {
  const decimals = Math.max(decimalsLeast, Math.min(decimalsOf(one), decimalsOf(other)));
  return one.toFixed(decimals) === other.toFixed(decimals);
}

function decimalsOf(usd: number): number {
  return usd.toFixed(decimalsMost).replace(/0+$/, '').split('.')[1]?.length ?? 0;
}
