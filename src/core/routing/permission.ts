import { type Candidate, namesOf, servedModel } from '../../catalog/resolve.ts';
import type { Provider } from '../../catalog/schema.ts';
import { type ModelNames, matchesAny } from '../ledger/limit.ts';
import type { EffectivePolicy } from '../account/effective-policy.ts';
import type { Policy } from '../account/policy.ts';

/** Who asks, as far as permissions depend on it. */
export interface Caller {
  readonly policy: Pick<EffectivePolicy, 'models' | 'providers' | 'listsAbove'>;
  /** Keys that begin with `weir_test_` reach only the echo provider, which asks nobody. */
  readonly test: boolean;
}

export type Denial = 'test-key' | 'model-not-allowed' | 'provider-not-allowed';

/** Why a candidate must not serve this caller. What would really serve counts, not the name in the request. */
export function denialOf({ policy, test }: Caller, candidate: Candidate, provider: Provider): Denial | undefined {
  if (test && provider.kind !== 'echo') return 'test-key';
  const lists = [policy, ...(policy.listsAbove ?? [])];
  if (!lists.every(({ models }) => isModelAllowed(models, candidate))) return 'model-not-allowed';
  const isProviderAllowed = lists.every(({ providers = {} }) => isAllowed(providers, { model: provider.name }));
  return isProviderAllowed ? undefined : 'provider-not-allowed';
}

function isModelAllowed(list: Policy['models'], candidate: Candidate): boolean {
  if (list === undefined) return true;
  if (candidate.snapshot !== undefined) return isAllowed(list, namesOfSnapshot(candidate));
  if (candidate.model !== undefined) return isAllowed(list, namesOf(candidate));
  // A pinned name is matched as written and by what it stands for: neither a prefix may get around a list, nor a
  // suffix, such as a date or ":free", around a denied name.
  const names = { model: candidate.modelName, aliases: [candidate.target.model, servedModel(candidate)] };
  return isAllowed({ ...list, deny: list.deny?.map((pattern) => `${pattern}*`) }, names);
}

/** A version of a model has the names of the model, and those that a list may have for the version. */
function namesOfSnapshot(candidate: Candidate): ModelNames {
  const { model, aliases = [] } = namesOf(candidate);
  const { provider, model: name } = candidate.target;
  return { model, aliases: [...aliases, name, name.slice(name.lastIndexOf('/') + 1), `${provider}/${name}`] };
}

function isAllowed({ allow, deny }: NonNullable<Policy['models']>, names: ModelNames): boolean {
  if (deny !== undefined && matchesAny(deny, names)) return false;
  return allow === undefined || matchesAny(allow, names);
}
