import { breachesKeptMax } from '../../limits.ts';
import type { HoldId } from '../ledger/command.ts';
import type { Hold } from '../ledger/state.ts';
import type { CallFacts } from './record.ts';

/** A call whose provider billed more than its last attempt held. */
export interface Breach {
  readonly holdId: HoldId;
  readonly requestId: string;
  readonly atMs: number;
  readonly provider: string;
  readonly model: string;
  readonly heldTokens: number;
  readonly chargedTokens: number;
  readonly heldNanoUsd: number;
  readonly chargedNanoUsd: number;
}

/** How many calls of an account were breaches, and the newest of them. */
export interface Breaches {
  readonly calls: number;
  /** The newest last, at most `breachesKeptMax`. */
  readonly newest: readonly Breach[];
}

export const noBreaches: Breaches = { calls: 0, newest: [] };

export function breachOf(
  hold: Hold,
  charged: { readonly tokens: number; readonly nanoUsd: number },
  { provider, model }: CallFacts,
  atMs: number,
): Breach {
  return {
    holdId: hold.id,
    requestId: hold.name,
    atMs,
    provider,
    model,
    heldTokens: hold.tokens,
    chargedTokens: charged.tokens,
    heldNanoUsd: hold.nanoUsd,
    chargedNanoUsd: charged.nanoUsd,
  };
}

export function withBreach({ calls, newest }: Breaches, breach: Breach): Breaches {
  return { calls: calls + 1, newest: [...newest, breach].slice(-breachesKeptMax) };
}
