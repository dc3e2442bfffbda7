import { GatewayError } from '../http/errors.ts';
import { formatUsd } from '../core/money/usd.ts';
import { type AdminContext, type Answer, askDirectory } from './admin-context.ts';
import type { LedgerTrouble } from '../actors/directory/directory-protocol.ts';
import type { LedgersView } from './health-view.ts';
import { timeText } from '../actors/directory/time-text.ts';

export function ledgersOf({ lost, wentBack, breaches }: LedgerTrouble): LedgersView {
  return {
    lostLedgers: lost.map(({ account, begunAtMs, sinceMs }) => ({
      account,
      begunAt: timeText(begunAtMs),
      since: timeText(sinceMs),
    })),
    wentBack: wentBack.map(({ account, atMs }) => ({ account, noticedAt: timeText(atMs) })),
    breaches: { ...breaches, newest: breaches.newest.map(breachOf) },
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

function breachOf(breach: LedgerTrouble['breaches']['newest'][number]): LedgersView['breaches']['newest'][number] {
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
