import type { Candidate } from '../../catalog/resolve.ts';
import type { Catalog, Provider, ProviderEndpoint } from '../../catalog/schema.ts';
import type { CooldownReason } from '../breaker/credential-cooldowns.ts';
import type { HealthView } from './health-view.ts';
import type { Endpoint } from '../ledger/limit.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';
import { shuffledByWeight } from './weighted-shuffle.ts';
import type { Needs } from './needs.ts';
import { type Caller, type Denial, denialOf } from './permission.ts';
import { type UnmetNeed, unmetNeed } from './unmet-need.ts';
import { candidateProtocol } from './target-protocol.ts';

/** Which targets can serve a call, and at which of their endpoints they can be called now. */

export interface PlanWorld {
  readonly catalog: Catalog;
  /** What turns a provider off, as a clause that follows its name; undefined for one that is on. */
  readonly whyOff: (provider: Provider) => string | undefined;
  readonly endpointsThatAreOn: (endpoints: readonly ProviderEndpoint[]) => readonly ProviderEndpoint[];
  readonly health: HealthView;
  /** The client, as health tells clients apart. */
  readonly client: string;
  readonly nowMs: number;
  /** From 0 up to, but not including, 1. */
  readonly seed: number;
}

/** A target that can serve the call if it is well. */
export interface UsableTarget {
  readonly candidate: Candidate;
  readonly provider: Provider;
  /** The protocol in which it is asked. */
  readonly protocol: ProtocolName;
}

export interface PlannedAttempt extends UsableTarget {
  /** Undefined for a provider that is not called over HTTP. */
  readonly endpoint: ProviderEndpoint | undefined;
  /** The names of the endpoint and its credential for health. Neither is secret. */
  readonly endpointName: string;
  readonly credentialName: string;
}

export type SkipReason =
  | { readonly kind: Denial | 'provider-not-asked-for' | 'endpoint-not-served' }
  | { readonly kind: 'provider-off'; readonly why: string }
  | { readonly kind: 'need-unmet'; readonly need: UnmetNeed }
  | { readonly kind: 'breaker-open'; readonly untilMs: number }
  | { readonly kind: 'credential-out'; readonly untilMs: number; readonly why: CooldownReason };

/** A target, or an endpoint of a target, that is not tried. */
export interface Skip {
  readonly modelName: string;
  readonly provider: string;
  readonly endpointName: string | undefined;
  readonly reason: SkipReason;
}

export interface Wanted {
  readonly endpoint: Endpoint;
  readonly forcedProvider: string | undefined;
  readonly needs: Needs;
}

/** The targets that can serve such a call if they are well, in their order. */
export function usableTargets(
  candidates: readonly Candidate[],
  wanted: Wanted,
  caller: Caller,
  world: PlanWorld,
  skips: Skip[],
): UsableTarget[] {
  return candidates.flatMap((candidate) => {
    const provider = world.catalog.providers.get(candidate.target.provider);
    if (provider === undefined) return [];
    const found = judge(candidate, provider, wanted, caller, world);
    if ('protocol' in found) return [found];
    skips.push({ modelName: candidate.modelName, provider: provider.name, endpointName: undefined, reason: found });
    return [];
  });
}

function judge(
  candidate: Candidate,
  provider: Provider,
  { endpoint, forcedProvider, needs }: Wanted,
  caller: Caller,
  { whyOff }: PlanWorld,
): UsableTarget | SkipReason {
  const denial = denialOf(caller, candidate, provider);
  if (denial !== undefined) return { kind: denial };
  if (forcedProvider !== undefined && forcedProvider !== provider.name) return { kind: 'provider-not-asked-for' };
  const protocol = candidateProtocol(endpoint, provider, candidate);
  if (protocol === undefined) return { kind: 'endpoint-not-served' };
  const need = candidate.model === undefined ? undefined : unmetNeed(candidate.model, needs);
  if (need !== undefined) return { kind: 'need-unmet', need };
  const why = whyOff(provider);
  return why === undefined ? { candidate, provider, protocol } : { kind: 'provider-off', why };
}

/**
 * One attempt for each endpoint of the target that can be called now. They are in random order by weight, so that the
 * load is split, and a call that fails at one endpoint goes to another next.
 */
export function attemptsAt(target: UsableTarget, world: PlanWorld, skips: Skip[]): PlannedAttempt[] {
  const { candidate, provider } = target;
  const attempts = endpointsOf(provider, world).map((endpoint): PlannedAttempt => ({
    ...target,
    endpoint,
    endpointName: endpoint?.name ?? soleEndpointOf(target),
    credentialName: endpoint?.secret ?? endpoint?.name ?? soleEndpointName,
  }));
  return attempts.filter((attempt) => {
    const reason = obstacleTo(attempt, world);
    if (reason === undefined) return true;
    const { endpointName } = attempt;
    skips.push({ modelName: candidate.modelName, provider: provider.name, endpointName, reason });
    return false;
  });
}

const soleEndpointName = 'default';

/** Each echo model fails in its own way, like a provider of its own, and must not take the others down. */
function soleEndpointOf({ provider, candidate }: UsableTarget): string {
  return provider.kind === 'echo' ? candidate.target.model : soleEndpointName;
}

function endpointsOf(provider: Provider, world: PlanWorld): readonly (ProviderEndpoint | undefined)[] {
  if (provider.kind !== 'openai' && provider.kind !== 'anthropic') return [undefined];
  return shuffledByWeight(world.endpointsThatAreOn(provider.endpoints), world.seed);
}

/** A half-open breaker is no obstacle: somebody must try, and the attempt asks whether it is the one. */
function obstacleTo(
  { candidate, provider, endpointName, credentialName }: PlannedAttempt,
  { health, client, nowMs }: PlanWorld,
): SkipReason | undefined {
  const use = { credential: credentialName, model: candidate.target.model, client };
  const cooldown = health.cooldown(provider.name, use, nowMs);
  if (cooldown !== undefined) return { kind: 'credential-out', untilMs: cooldown.untilMs, why: cooldown.reason };
  const standing = health.standing(provider.name, endpointName, candidate.target.model, nowMs);
  return standing.kind === 'open' ? { kind: 'breaker-open', untilMs: standing.retryAtMs } : undefined;
}
