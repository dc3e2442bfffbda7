import { type Candidate, resolveModel } from '../catalog/resolve.ts';
import type { Catalog, Provider, ProviderEndpoint } from '../catalog/schema.ts';
import type { CooldownReason } from '../health/credential-cooldowns.ts';
import type { HealthView } from '../health/health-snapshot.ts';
import { GatewayError } from '../http/errors.ts';
import type { Policy } from '../tenant/policy.ts';
import { shuffledByWeight } from './endpoint-order.ts';
import { type Caller, denialOf } from './permission.ts';
import { type Denied, noAttemptError } from './plan-error.ts';
import { similarNames } from './similar-names.ts';
import { usableNames } from './usable-names.ts';

/** Which targets a call is to be tried at, and in which order. Pure: what is up and what is random is passed in. */

export interface PlanRequest {
  /** The model that the client named, if it did. */
  readonly model: string | undefined;
  /** `x-gateway-provider`. */
  readonly forcedProvider: string | undefined;
  /** `x-gateway-fallback`. */
  readonly fallback: 'next' | 'fail' | undefined;
}

export interface PlanCaller extends Caller {
  readonly policy: Pick<Policy, 'models' | 'providers' | 'defaultModel' | 'fallback'>;
}

/** What can be called at all, and how it is doing. */
export interface PlanWorld {
  readonly catalog: Catalog;
  /** The kinds of provider that serve the endpoint. */
  readonly kinds: ReadonlySet<Provider['kind']>;
  readonly isOn: (provider: Provider) => boolean;
  readonly endpointsThatAreOn: (endpoints: readonly ProviderEndpoint[]) => readonly ProviderEndpoint[];
  readonly health: Pick<HealthView, 'standing' | 'cooldown'>;
  readonly nowMs: number;
  /** From 0 up to, and not, 1. */
  readonly seed: number;
}

export interface PlannedAttempt {
  readonly candidate: Candidate;
  readonly provider: Provider;
  /** Undefined for a provider that is not called over HTTP. */
  readonly endpoint: ProviderEndpoint | undefined;
  /** What health knows the endpoint and its credential by. Neither is secret. */
  readonly endpointName: string;
  readonly credentialName: string;
}

export type SkipReason =
  | Denied
  | { readonly kind: 'breaker-open'; readonly untilMs: number }
  | { readonly kind: 'credential-out'; readonly untilMs: number; readonly why: CooldownReason };

/** A target, or an endpoint of one, that is not tried. */
export interface Skip {
  readonly modelName: string;
  readonly provider: string;
  readonly endpointName: string | undefined;
  readonly reason: SkipReason;
}

export type Plan =
  | {
      readonly kind: 'planned';
      /** The name that was asked for, or the account's default. */
      readonly requestedModel: string;
      readonly route: string | undefined;
      readonly attempts: readonly [PlannedAttempt, ...PlannedAttempt[]];
      readonly skips: readonly Skip[];
    }
  | { readonly kind: 'refused'; readonly error: GatewayError };

export function planCall(request: PlanRequest, caller: PlanCaller, world: PlanWorld): Plan {
  const requestedModel = request.model ?? caller.policy.defaultModel;
  if (requestedModel === undefined) {
    return refused('invalid_request', "'model' is required: the account has no default model.", 'model');
  }
  const { forcedProvider } = request;
  if (forcedProvider !== undefined && !world.catalog.providers.has(forcedProvider)) {
    const known = [...world.catalog.providers.keys()].join(', ');
    return refused(
      'invalid_request',
      `There is no provider '${forcedProvider}'. There are: ${known}.`,
      'x-gateway-provider',
    );
  }
  const resolution = resolveModel(world.catalog, requestedModel);
  switch (resolution.kind) {
    case 'unknown-model':
      return refused('model_not_found', notFoundMessage(requestedModel, caller, world), 'model');
    case 'unusable-route': {
      const { route, strategy } = resolution;
      return refused(
        'configuration_error',
        `The route '${route}' has the strategy '${strategy}', which can't be followed yet.`,
      );
    }
    case 'resolved':
      break;
  }
  const skips: Skip[] = [];
  let targets = resolution.candidates.flatMap((candidate) => targetOf(candidate, forcedProvider, caller, world, skips));
  if ((request.fallback ?? caller.policy.fallback) === 'fail') targets = targets.slice(0, 1);
  const [first, ...rest] = targets.flatMap((target) => attemptsAt(target, world, skips));
  if (first === undefined) {
    return { kind: 'refused', error: noAttemptError(requestedModel, skips, world) };
  }
  return { kind: 'planned', requestedModel, route: resolution.route, attempts: [first, ...rest], skips };
}

type ProviderTarget = Pick<PlannedAttempt, 'candidate' | 'provider'>;

/** The candidate with its provider, unless something keeps it from ever serving such a call. */
function targetOf(
  candidate: Candidate,
  forcedProvider: string | undefined,
  caller: PlanCaller,
  world: PlanWorld,
  skips: Skip[],
): ProviderTarget[] {
  const provider = world.catalog.providers.get(candidate.target.provider);
  if (provider === undefined) return [];
  const kind = denialOf(caller, candidate, provider) ?? obstacleAt(provider, forcedProvider, world);
  if (kind === undefined) return [{ candidate, provider }];
  skips.push({ modelName: candidate.modelName, provider: provider.name, endpointName: undefined, reason: { kind } });
  return [];
}

function obstacleAt(
  provider: Provider,
  forcedProvider: string | undefined,
  { kinds, isOn }: PlanWorld,
): Denied['kind'] | undefined {
  if (forcedProvider !== undefined && forcedProvider !== provider.name) return 'provider-not-asked-for';
  if (!kinds.has(provider.kind)) return 'kind-not-served';
  return isOn(provider) ? undefined : 'provider-off';
}

/** One attempt for each endpoint that can be called now: at random by weight, so that the load is split. */
function attemptsAt(target: ProviderTarget, world: PlanWorld, skips: Skip[]): PlannedAttempt[] {
  const { candidate, provider } = target;
  const attempts = endpointsOf(provider, world).map((endpoint): PlannedAttempt => ({
    ...target,
    endpoint,
    endpointName: endpoint?.name ?? doorOf(target),
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

/**
 * Each echo model is there to fail in its own way, as if it were a provider: one that does must not take the others
 * along.
 */
function doorOf({ provider, candidate }: ProviderTarget): string {
  return provider.kind === 'echo' ? candidate.target.model : soleEndpointName;
}

function endpointsOf(provider: Provider, world: PlanWorld): readonly (ProviderEndpoint | undefined)[] {
  if (provider.kind !== 'openai' && provider.kind !== 'anthropic') return [undefined];
  return shuffledByWeight(world.endpointsThatAreOn(provider.endpoints), world.seed);
}

/** A breaker that is half-open is no obstacle: somebody must try, and the attempt asks whether it is the one. */
function obstacleTo(
  { candidate, provider, endpointName, credentialName }: PlannedAttempt,
  { health, nowMs }: PlanWorld,
): SkipReason | undefined {
  const cooldown = health.cooldown(provider.name, credentialName, nowMs);
  if (cooldown !== undefined) return { kind: 'credential-out', untilMs: cooldown.untilMs, why: cooldown.reason };
  const standing = health.standing(provider.name, endpointName, candidate.target.model, nowMs);
  return standing.kind === 'open' ? { kind: 'breaker-open', untilMs: standing.retryAtMs } : undefined;
}

function notFoundMessage(name: string, caller: Caller, world: PlanWorld): string {
  const similar = similarNames(name, usableNames(caller, world));
  const hint = similar.length === 0 ? '' : ` Did you mean ${similar.map((each) => `'${each}'`).join(', ')}?`;
  return `There is no model '${name}'.${hint} GET /v1/models lists what this key may use.`;
}

function refused(
  code: 'invalid_request' | 'model_not_found' | 'configuration_error',
  message: string,
  param?: string,
): Plan {
  return { kind: 'refused', error: new GatewayError(code, message, param === undefined ? {} : { param }) };
}
