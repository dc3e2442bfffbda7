import { type Candidate, servedModel } from '../catalog/resolve.ts';
import type { Provider } from '../catalog/schema.ts';
import { matchesPattern } from '../ledger/limit.ts';
import type { Policy } from '../tenant/policy.ts';

/** Who asks, as far as what may serve it depends on that. */
export interface Caller {
  readonly policy: Pick<Policy, 'models' | 'providers'>;
  /** Keys that begin with `weir_test_` reach only the echo provider, which asks nobody. */
  readonly test: boolean;
}

export type Denial = 'test-key' | 'model-not-allowed' | 'provider-not-allowed';

/** Why a candidate must not serve this caller. What counts is what would really serve, whatever name was asked for. */
export function denialOf({ policy, test }: Caller, candidate: Candidate, provider: Provider): Denial | undefined {
  if (test && provider.kind !== 'echo') return 'test-key';
  // A pinned name is matched as it was written, and by what it stands for: a list must not be got round by a prefix.
  const names = [candidate.modelName, candidate.target.model, servedModel(candidate)];
  if (!isAllowed(policy.models, candidate.model === undefined ? names : [candidate.modelName]))
    return 'model-not-allowed';
  return isAllowed(policy.providers, [provider.name]) ? undefined : 'provider-not-allowed';
}

function isAllowed(list: Policy['models'], names: readonly string[]): boolean {
  const matches = (pattern: string): boolean => names.some((name) => matchesPattern(pattern, name));
  if (list?.deny?.some(matches) === true) return false;
  return list?.allow === undefined || list.allow.some(matches);
}
