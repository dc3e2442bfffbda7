import { setTimeout as sleep } from 'node:timers/promises';
import { bundledCatalog } from '../../src/catalog/bundled.ts';
import { priceAt } from '../../src/catalog/dated-prices.ts';
import { type Price, costNanoUsd } from '../../src/catalog/price.ts';
import { asRecord, parseJson } from '../../src/protocols/json/json-value.ts';
import type { FakeExchange } from '../support/fakes/fakes.ts';
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
    if (price !== undefined) return priceAt(price, Date.now());
  }
  throw new Error(`nobody says what ${name} costs at ${provider}`);
}

export interface Accounts {
  /** What a fake did not understand, and what it said to it. */
  readonly refused: readonly unknown[];
  readonly heldUsd: number;
  /** How much more is charged to the key than the fakes bill. */
  readonly overNanoUsd: number;
}

/** Of calls that were all understood, and are charged to the nano-dollar. */
export const exactly: Accounts = { refused: [], heldUsd: 0, overNanoUsd: 0 };

/** What has become of all that a key asked, once nothing of it is held. `exchanges` are those of the key alone. */
export async function accountsOf(
  { admin }: ProviderStage,
  key: string,
  exchanges: readonly FakeExchange[],
): Promise<Accounts> {
  if (exchanges.length === 0) throw new Error('nobody was asked');
  const deadlineMs = performance.now() + settledMsMax;
  for (;;) {
    const usd = (await admin.usage(key)).limits.find(({ metric }) => metric === 'usd');
    const heldUsd = Number(usd?.held);
    if (heldUsd > 0 && performance.now() < deadlineMs) {
      await sleep(lookMs);
      continue;
    }
    return {
      refused: exchanges.filter(({ answer }) => answer.status !== 200).map(({ body, answer }) => [body, answer.body]),
      heldUsd,
      overNanoUsd: Math.round(Number(usd?.posted) * nanoPerUsd) - billedNanoUsd(exchanges),
    };
  }
}

const settledMsMax = 5000;
const lookMs = 20;
