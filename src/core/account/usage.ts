import { limitStandings } from '../ledger/admission.ts';
import { epochMs } from '../ledger/epoch-ms.ts';
import { ownerOf, viewOf } from './execute.ts';
import type { TenantState } from './fold.ts';
import type { Usage } from './protocol.ts';
import { spendAt } from './spend.ts';

/** Where an account stands, as it says so to whoever may ask. */
export function usageOf(state: TenantState, nowMs: number): Usage {
  const { ledger, spend, account } = state;
  if (account === undefined) throw new Error('this account is not in the directory');
  const at = epochMs(Math.max(nowMs, ledger.at));
  return {
    account: viewOf(state, account),
    owner: ownerOf(account),
    atMs: at,
    standings: limitStandings(ledger, at),
    spend: spendAt(spend, at),
    byModel: [...spend.byModel.values()],
    breaches: state.breaches.calls,
  };
}
