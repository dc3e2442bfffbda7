import type { Limit } from '../../src/core/ledger/limit.ts';
import { formatPer } from '../../src/core/account/per.ts';
import type { PolicyLimit } from '../../src/core/account/policy.ts';
import type { Account } from '../../src/core/account/protocol.ts';
import type { Step } from './step.ts';

/** What opens it. */
export const simSecretHash = 'h'.repeat(64);

/** The account as the directory has it, its limits as people write them: the actor has to read them itself. */
export function accountOf(
  { limits, waitMs, chargeOnly, responses, revoked }: Extract<Step, { do: 'configure' }>,
  version: number,
): Account {
  const restricted = chargeOnly === true ? { idempotency: 'charge-only' as const } : {};
  const status = revoked === true ? { status: 'revoked' as const } : {};
  const policy = { limits: limits.map(policyLimit), waitMs, ...restricted, ...(responses && { responses }), ...status };
  // What accounts above are owed is tried elsewhere: these have no ledgers. The user comes to another organisation with each change, and now and then to none.
  const organization = version % 3 === 0 ? {} : { organizationId: `org-${version}` };
  const secretHashes = [{ hash: simSecretHash }];
  return { id: 'k_sim', version, secretHashes, userId: 'user-sim', ...organization, test: false, policy };
}

/** The limit as people write it, for the actor to read. */
export function policyLimit({ metric, window, max, scope }: Limit): PolicyLimit {
  const inFlight = metric === 'concurrency' || metric === 'streams';
  return {
    metric,
    max: metric === 'usd' ? (max / 1e9).toFixed(9) : max,
    ...(inFlight ? {} : { per: formatPer(window) }),
    ...(scope?.endpoint === undefined ? {} : { endpoint: scope.endpoint }),
    ...(scope?.models === undefined ? {} : { models: [...scope.models] }),
  };
}
