import * as v from 'valibot';
import { GatewayError } from '../http/errors.ts';
import { formatUsd } from '../core/money/usd.ts';
import { type AdminContext, type Answer, askDirectory } from './admin-context.ts';
import type { LedgerTrouble } from '../actors/directory/directory-protocol.ts';
import type { LedgersView } from './health-view.ts';
import { timeText } from '../actors/directory/time-text.ts';

export const restartedView = v.strictObject({ id: v.string(), restarted: v.literal(true) });

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

/** Lets an account whose ledger is lost start again from zero: what it spent before no longer counts. */
export async function restartLedger(
  { env, who }: AdminContext,
  accountId: string,
): Promise<Answer<v.InferOutput<typeof restartedView>>> {
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
