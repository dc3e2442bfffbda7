import { GatewayError } from '../http/errors.ts';
import { formatUsd } from '../core/ledger/units.ts';
import { type AdminContext, type Answer, askDirectory } from './admin-context.ts';
import type { LedgerTrouble } from '../actors/directory/directory-protocol.ts';
import { timeText } from '../actors/directory/time-text.ts';

export interface LostLedgerView {
  readonly account: string;
  readonly begunAt: string;
  /** When it was found to be lost. */
  readonly since: string;
}

export interface WentBackView {
  readonly account: string;
  readonly noticedAt: string;
}

export interface BreachesView {
  /** How many calls were billed above their bound, and of how many accounts. */
  readonly calls: number;
  readonly accounts: number;
  /** The newest first. */
  readonly newest: readonly BreachView[];
}

/** What the last attempt of a call held, and what it was charged. */
export interface BreachView {
  readonly account: string;
  readonly requestId: string;
  readonly at: string;
  readonly provider: string;
  readonly model: string;
  readonly heldTokens: number;
  readonly chargedTokens: number;
  readonly heldUsd: string;
  readonly chargedUsd: string;
}

export function ledgersView({ lost, wentBack, breaches }: LedgerTrouble): {
  readonly lostLedgers: readonly LostLedgerView[];
  readonly wentBack: readonly WentBackView[];
  readonly breaches: BreachesView;
} {
  return {
    lostLedgers: lost.map(({ account, begunAtMs, sinceMs }) => ({
      account,
      begunAt: timeText(begunAtMs),
      since: timeText(sinceMs),
    })),
    wentBack: wentBack.map(({ account, atMs }) => ({ account, noticedAt: timeText(atMs) })),
    breaches: { ...breaches, newest: breaches.newest.map(breachView) },
  };
}

/** Lets an account whose ledger is lost begin again, from nothing on: what it spent before counts no more. */
export async function restartLedger(
  { env, who }: AdminContext,
  accountId: string,
): Promise<Answer<{ readonly id: string; readonly restarted: true }>> {
  const outcome = await askDirectory(env, (directory) => directory.restartLedger(accountId, who));
  switch (outcome.kind) {
    case 'done':
      return { data: { id: accountId, restarted: true } };
    case 'missing':
      throw new GatewayError(
        'not_found',
        `There is no account "${accountId}". GET /admin/health names those that are lost.`,
      );
    case 'not-lost':
      throw new GatewayError(
        'conflict',
        `The ledger of ${accountId} is not lost: it goes on, and nothing was changed.`,
      );
  }
}

function breachView(breach: LedgerTrouble['breaches']['newest'][number]): BreachView {
  const { account, requestId, atMs, provider, model, heldTokens, chargedTokens, heldNanoUsd, chargedNanoUsd } = breach;
  return {
    account,
    requestId,
    at: timeText(atMs),
    provider,
    model,
    heldTokens,
    chargedTokens,
    heldUsd: formatUsd(heldNanoUsd),
    chargedUsd: formatUsd(chargedNanoUsd),
  };
}
