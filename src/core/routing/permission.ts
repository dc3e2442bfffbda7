import { type Candidate, namesOf, servedModel } from '../../catalog/resolve.ts';
import type { Provider } from '../../catalog/schema.ts';
import { type ModelNames, matchesAny } from '../ledger/limit.ts';
import type { Policy } from '../account/policy.ts';

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
  if (!isModelAllowed(policy.models, candidate)) return 'model-not-allowed';
  return isAllowed(policy.providers ?? {}, { model: provider.name }) ? undefined : 'provider-not-allowed';
}

/** As valibot has them: what is absent may be said to be undefined. */
interface Lists {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

function isModelAllowed(list: Policy['models'], candidate: Candidate): boolean {
  if (list === undefined) return true;
  if (candidate.snapshot !== undefined) return isAllowed(list, namesOfSnapshot(candidate));
  if (candidate.model !== undefined) return isAllowed(list, namesOf(candidate));
  // A pinned name is matched as it was written, and by what it stands for: a list must not be got round by what stands
  // before a name, nor a denied name by what follows it, such as a date or ":free".
  const names = { model: candidate.modelName, aliases: [candidate.target.model, servedModel(candidate)] };
  return isAllowed({ ...list, deny: list.deny?.map((pattern) => `${pattern}*`) }, names);
}

/** One version of a model is the model, and is also known by whatever a list may have called that version. */
function namesOfSnapshot(candidate: Candidate): ModelNames {
  const { model, aliases = [] } = namesOf(candidate);
  const { provider, model: name } = candidate.target;
  return { model, aliases: [...aliases, name, name.slice(name.lastIndexOf('/') + 1), `${provider}/${name}`] };
}

function isAllowed({ allow, deny }: Lists, names: ModelNames): boolean {
  if (deny !== undefined && matchesAny(deny, names)) return false;
  return allow === undefined || matchesAny(allow, names);
}
