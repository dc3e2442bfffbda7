import {
  type Candidate,
  type Resolution,
  candidatesOf,
  modelsOfRoute,
  resolveModel,
  servedModel,
} from '../../catalog/resolve.ts';
import type { Model, Provider } from '../../catalog/schema.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Policy } from '../account/policy.ts';
import { type AskedName, type NamesInRequest, askedNames } from './asked-names.ts';
import { type RouteRequest, chooseModels } from './choose-models.ts';
import type { Caller } from './permission.ts';
import { isDenial, noAttemptError } from './plan-error.ts';
import { type RouteChoice, listChoice } from './route-choice.ts';
import { foreignNameHint } from './foreign-names.ts';
import { similarNames } from './similar-names.ts';
import { derivedSeed } from './stable-hash.ts';
import {
  type PlanWorld,
  type PlannedAttempt,
  type Skip,
  type UsableTarget,
  type Wanted,
  attemptsAt,
  usableTargets,
} from './targets.ts';
import { isTight } from './unmet-need.ts';
import { servers, usableNames } from './usable-names.ts';

export type { PlanWorld, PlannedAttempt, Skip, SkipReason } from './targets.ts';

/** Which targets a call is to be tried at, and in which order. Pure: what is up and what is random is passed in. */

export interface PlanRequest extends Wanted, RouteRequest, NamesInRequest {
  /** `x-gateway-fallback`. */
  readonly fallback: 'next' | 'fail' | undefined;
}

export interface PlanCaller extends Caller {
  readonly policy: Pick<Policy, 'models' | 'providers' | 'defaultModel' | 'fallback'>;
}

export interface PlannedCall {
  readonly kind: 'planned';
  /** The first name that was asked for, or the account's default. */
  readonly requestedModel: string;
  /** Undefined where there is one name, and that is no route's. */
  readonly route: RouteChoice | undefined;
  readonly attempts: readonly [PlannedAttempt, ...PlannedAttempt[]];
  readonly skips: readonly Skip[];
  /**
   * Whether, if the account's own limit has no room for the first model, the others may be tried: see `withoutModel`.
   */
  readonly onLimit: boolean;
}

export type Plan = PlannedCall | { readonly kind: 'refused'; readonly error: GatewayError };

export function planCall(request: PlanRequest, caller: PlanCaller, world: PlanWorld): Plan {
  const names = askedNames(request, caller.policy);
  const requestedModel = names[0]?.name;
  if (requestedModel === undefined) {
    return refused("'model' is required: the account has no default model.", 'model');
  }
  const { forcedProvider } = request;
  if (forcedProvider !== undefined && !world.catalog.providers.has(forcedProvider)) {
    const known = [...world.catalog.providers.keys()].join(', ');
    return refused(`There is no provider '${forcedProvider}'. There are: ${known}.`, 'x-gateway-provider');
  }
  const offers: NamedOffer[] = [];
  for (const named of names) {
    const offer = offerOf(named, request, caller, world);
    if (offer instanceof GatewayError) return { kind: 'refused', error: offer };
    offers.push(offer);
  }
  const isFinal = (request.fallback ?? caller.policy.fallback) === 'fail';
  const skips = offers.flatMap((offer) => offer.skips);
  const usable = offers.flatMap((offer) => offer.targets.map((target) => ({ offer, target })));
  const tried = (isFinal ? usable.slice(0, 1) : usable).flatMap(({ offer, target }) =>
    attemptsAt(target, world, skips).map((attempt) => ({ offer, attempt })),
  );
  const [first, ...rest] = eachOnce(tried.map(({ attempt }) => attempt));
  const leading = tried[0]?.offer;
  if (first === undefined || leading === undefined) {
    const of = names.map(({ name }) => name);
    return { kind: 'refused', error: noAttemptError(of, skips, { ...world, endpoint: request.endpoint }) };
  }
  return {
    kind: 'planned',
    requestedModel,
    route: leading.route ?? (offers.length === 1 ? undefined : listChoice(leading === offers[0])),
    attempts: [first, ...rest],
    skips,
    // Whoever lists what to fall back on has said what is to be done.
    onLimit: !isFinal && (offers.length > 1 || leading.onLimit),
  };
}

/** What can serve one of the names that were asked for. */
interface NamedOffer extends OrderedTargets {
  readonly skips: readonly Skip[];
  /** Whether its route goes on where the account has no room. */
  readonly onLimit: boolean;
}

/** A name that is unknown, or that the key may not use, is told of: who fell back on it would find out too late. */
function offerOf(
  { name, param }: AskedName,
  request: PlanRequest,
  caller: PlanCaller,
  world: PlanWorld,
): NamedOffer | GatewayError {
  const resolution = resolveModel(world.catalog, name);
  if (resolution.kind === 'unknown-model') {
    return new GatewayError('model_not_found', notFoundMessage(name, caller, world), { param });
  }
  const skips: Skip[] = [];
  const ordered = targetsOf(resolution, request, caller, world, skips);
  const isDenied = ordered.targets.length === 0 && skips.length > 0 && skips.every(({ reason }) => isDenial(reason));
  if (isDenied) return noAttemptError([name], skips, { ...world, endpoint: request.endpoint, param });
  const onLimit = resolution.kind === 'route' && resolution.route.strategy === 'fallback' && resolution.route.onLimit;
  return { ...ordered, skips, onLimit };
}

/**
 * What is left of a plan when the account has no room for a model, by the name that limits know it by; undefined where
 * that is nothing.
 */
export function withoutModel(plan: PlannedCall, model: string): PlannedCall | undefined {
  const [first, ...rest] = plan.attempts.filter(({ candidate }) => servedModel(candidate) !== model);
  return first === undefined ? undefined : { ...plan, attempts: [first, ...rest] };
}

interface OrderedTargets {
  readonly targets: readonly UsableTarget[];
  readonly route: RouteChoice | undefined;
}

function targetsOf(
  resolution: Exclude<Resolution, { kind: 'unknown-model' }>,
  request: PlanRequest,
  caller: PlanCaller,
  world: PlanWorld,
  skips: Skip[],
): OrderedTargets {
  const usable = (candidates: readonly Candidate[]): UsableTarget[] =>
    usableTargets(candidates, request, caller, world, skips);
  switch (resolution.kind) {
    case 'resolved':
      return { targets: usable(resolution.candidates), route: undefined };
    case 'route': {
      const offers = modelsOfRoute(world.catalog, resolution.route).flatMap((model): ModelOffer[] => {
        const [first, ...others] = usable(candidatesOf(world.catalog, model));
        if (first === undefined) return [];
        return [{ modelName: model.name, model, candidate: first.candidate, targets: [first, ...others] }];
      });
      return alongRoute(resolution, offers, request, world);
    }
  }
}

interface ModelOffer {
  readonly modelName: string;
  readonly model: Model;
  readonly candidate: Candidate;
  readonly targets: readonly [UsableTarget, ...UsableTarget[]];
}

/** The strategy chooses among the models that have room for the request; the others are tried when all those failed. */
function alongRoute(
  { name, route }: Extract<Resolution, { kind: 'route' }>,
  offers: readonly ModelOffer[],
  request: PlanRequest,
  world: PlanWorld,
): OrderedTargets {
  const byName = new Map(offers.map((offer) => [offer.modelName, offer]));
  const targets = (model: string): readonly UsableTarget[] => byName.get(model)?.targets ?? [];
  const health = {
    isAvailable: (model: string) => targets(model).some((target) => attemptsAt(target, world, []).length > 0),
    firstByteMs: (model: string) => {
      const open = targets(model).find((target) => attemptsAt(target, world, []).length > 0);
      return open === undefined ? undefined : world.health.firstByteMs(open.provider.name, open.candidate.target.model);
    },
  };
  const roomy = offers.filter(({ model }) => !isTight(model, request.needs));
  // The endpoints are drawn by the seed itself: one number for both would tie each model to certain endpoints.
  const seed = derivedSeed(world.seed, 'route');
  const chosen = chooseModels({ name, route }, roomy.length > 0 ? roomy : offers, request, {
    health,
    seed,
    nowMs: world.nowMs,
  });
  const order = new Set([...chosen.models, ...offers.map(({ modelName }) => modelName)]);
  return {
    targets: [...order].flatMap(targets),
    route: { name, strategy: route.strategy, arm: chosen.arm, reason: chosen.reason },
  };
}

/** Two models of a route may have a target in common, which would hardly do better the second time. */
function eachOnce(attempts: readonly PlannedAttempt[]): PlannedAttempt[] {
  const seen = new Set<string>();
  return attempts.filter(({ provider, candidate, endpointName }) => {
    const id = JSON.stringify([provider.name, candidate.target.model, endpointName]);
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}

function notFoundMessage(name: string, caller: Caller, { catalog, whyOff }: PlanWorld): string {
  const isOn = (provider: Provider): boolean => whyOff(provider) === undefined;
  const foreign = foreignNameHint(name, (own) => servers(caller, { catalog, isOn }, own).length > 0);
  if (foreign !== undefined) return `There is no model '${name}'. ${foreign}`;
  const similar = similarNames(name, usableNames(caller, { catalog, isOn }));
  const hint = similar.length === 0 ? '' : ` Did you mean ${similar.map((each) => `'${each}'`).join(', ')}?`;
  return `There is no model '${name}'.${hint} GET /v1/models lists what this key may use.`;
}

function refused(message: string, param: string): Plan {
  return { kind: 'refused', error: new GatewayError('invalid_request', message, { param }) };
}
