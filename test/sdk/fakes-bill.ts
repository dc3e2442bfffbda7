import { expect } from 'vitest';
import { bundledCatalog } from '../../src/catalog/bundled.ts';
import { type Price, costNanoUsd } from '../../src/catalog/price.ts';
import { asRecord, parseJson } from '../../src/wire/json-value.ts';
import type { FakeExchange } from '../support/fakes/server.ts';
import type { ProviderStage } from './provider-stage.ts';

const nanoPerUsd = 1e9;

/** What the fakes bill for all of these, at the prices of the catalog that comes with the Worker. */
export function billedNanoUsd(exchanges: readonly FakeExchange[]): number {
  return exchanges.reduce((sum, exchange) => sum + billOf(exchange), 0);
}

function billOf({ provider, body, answer: { bill } }: FakeExchange): number {
  if (bill === undefined) return 0;
  const { model } = asRecord(parseJson(body)) ?? {};
  return costNanoUsd(priceOf(provider, String(model)), {
    inputTokens: bill.inputTokens,
    cachedInputTokens: bill.cachedTokens,
    cacheWrite5mTokens: bill.cacheWriteTokens,
    outputTokens: bill.outputTokens,
    reasoningTokens: bill.reasoningTokens,
  });
}

function priceOf(provider: string, name: string): Price {
  for (const model of bundledCatalog().models.values()) {
    const target = model.targets.find((each) => each.provider === provider && each.model === name);
    const price = target?.price ?? (target === undefined ? undefined : model.price);
    if (price !== undefined) return price;
  }
  throw new Error(`nobody says what ${name} costs at ${provider}`);
}

/**
 * All that this key asked was understood by the fakes, and is charged to it to the nano-dollar: nothing more, nothing
 * less, and nothing held any longer. `exchanges` are those of the key alone.
 */
export async function expectExactly(
  { admin }: ProviderStage,
  key: string,
  exchanges: readonly FakeExchange[],
): Promise<void> {
  const refused = exchanges
    .filter(({ answer }) => answer.status !== 200)
    .map(({ body, answer }) => [body, answer.body]);
  expect(refused).toEqual([]);
  expect(exchanges.length).toBeGreaterThan(0);
  const usd = async () => (await admin.usage(key)).limits.find(({ metric }) => metric === 'usd');
  await expect.poll(async () => Number((await usd())?.held), { timeout: 5000 }).toBe(0);
  expect(Math.round(Number((await usd())?.posted) * nanoPerUsd)).toBe(billedNanoUsd(exchanges));
}
