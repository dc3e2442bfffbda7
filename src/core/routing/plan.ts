import {
  type Candidate,
  type Resolution,
  candidatesOf,
  modelsOfRoute,
  resolveModel,
  servedModel,
} from '../../catalog/resolve.ts';
import type { Model } from '../../catalog/schema.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Policy } from '../account/policy.ts';
import { type Offered, type RouteRequest, chooseModels } from './choose-models.ts';
import type { Caller } from './permission.ts';
import { isDenial, noAttemptError } from './plan-error.ts';
import { type RouteChoice, listChoice } from './route-choice.ts';
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
import { unknownModelText } from './unknown-model.ts';
import { isTight } from './unmet-need.ts';

export type { PlanWorld, PlannedAttempt } from './targets.ts';

/** Which targets a call tries, and in which order. Health and random numbers are passed in. */

export interface PlanRequest extends Wanted, RouteRequest {
  /** The model that the client named, if any. */
  readonly model: string | undefined;
  /** The models that the client lists to fall back on. */
  readonly models: readonly string[];
  /** `x-gateway-fallback`. */
  readonly fallback: 'next' | 'fail' | undefined;
}

export interface PlanCaller extends Caller {
  readonly policy: Pick<Policy, 'models' | 'providers' | 'defaultModel' | 'fallback'>;
}

export interface PlannedCall {
  readonly kind: 'planned';
  /** The first name in the request, or the account's default. */
  readonly requestedModel: string;
  /** Undefined for a single name that is not a route's. */
  readonly route: RouteChoice | undefined;
  readonly attempts: readonly [PlannedAttempt, ...PlannedAttempt[]];
  readonly skips: readonly Skip[];
  /** Whether the other models may be tried if the account's own limit has no room for the first: see `withoutModel`. */
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
    // A client that lists models has said what to do.
    onLimit: !isFinal && (offers.length > 1 || leading.onLimit),
  };
}

interface AskedName {
  readonly name: string;
  /** Where it is in the request. */
  readonly param: string;
}

/** Each name once, in the order in which they are tried; none without a name or a default. */
function askedNames({ model, models }: PlanRequest, { defaultModel }: PlanCaller['policy']): AskedName[] {
  const listed = models.map((name, index): AskedName => ({ name, param: `models[${index}]` }));
  const first = model ?? (listed.length === 0 ? defaultModel : undefined);
  const all = first === undefined ? listed : [{ name: first, param: 'model' }, ...listed];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

interface OrderedTargets {
  readonly targets: readonly UsableTarget[];
  readonly route: RouteChoice | undefined;
}

/** What can serve one of the names in the request. */
interface NamedOffer extends OrderedTargets {
  readonly skips: readonly Skip[];
  /** Whether its route goes on when the account has no room. */
  readonly onLimit: boolean;
}

/** Refuses an unknown or denied name, even a later one: a client that falls back on it would learn it too late. */
function offerOf(
  { name, param }: AskedName,
  request: PlanRequest,
  caller: PlanCaller,
  world: PlanWorld,
): NamedOffer | GatewayError {
  const { catalog, whyOff } = world;
  const resolution = resolveModel(catalog, name);
  if (resolution.kind === 'unknown-model') {
    const text = unknownModelText(name, caller, { catalog, isOn: (provider) => whyOff(provider) === undefined });
    return new GatewayError('model_not_found', text, { param });
  }
  const skips: Skip[] = [];
  const usable = (candidates: readonly Candidate[]): UsableTarget[] =>
    usableTargets(candidates, request, caller, world, skips);
  const ordered =
    resolution.kind === 'route'
      ? alongRoute(resolution, usable, request, world)
      : { targets: usable(resolution.candidates), route: undefined };
  const isDenied = ordered.targets.length === 0 && skips.length > 0 && skips.every(({ reason }) => isDenial(reason));
  if (isDenied) return noAttemptError([name], skips, { ...world, endpoint: request.endpoint, param });
  const onLimit = resolution.kind === 'route' && resolution.route.strategy === 'fallback' && resolution.route.onLimit;
  return { ...ordered, skips, onLimit };
}

/**
 * What is left of a plan when the account has no room for a model; undefined if nothing is.
 * @param model by the name that limits use
 */
export function withoutModel(plan: PlannedCall, model: string): PlannedCall | undefined {
  const [first, ...rest] = plan.attempts.filter(({ candidate }) => servedModel(candidate) !== model);
  return first === undefined ? undefined : { ...plan, attempts: [first, ...rest] };
}

interface ModelOffer extends Offered {
  readonly model: Model;
  readonly targets: readonly UsableTarget[];
}

/** The strategy chooses among the models with room for the request; the others are tried when all of those fail. */
function alongRoute(
  { name, route }: Extract<Resolution, { kind: 'route' }>,
  usable: (candidates: readonly Candidate[]) => UsableTarget[],
  request: PlanRequest,
  world: PlanWorld,
): OrderedTargets {
  const offers = modelsOfRoute(world.catalog, route).flatMap((model): ModelOffer[] => {
    const targets = usable(candidatesOf(world.catalog, model));
    const candidate = targets[0]?.candidate;
    return candidate === undefined ? [] : [{ modelName: model.name, model, candidate, targets }];
  });
  const byName = new Map(offers.map((offer) => [offer.modelName, offer]));
  const targets = (model: string): readonly UsableTarget[] => byName.get(model)?.targets ?? [];
  const firstOpen = (model: string): UsableTarget | undefined =>
    targets(model).find((target) => attemptsAt(target, world, []).length > 0);
  const health = {
    isAvailable: (model: string) => firstOpen(model) !== undefined,
    firstByteMs: (model: string) => {
      const open = firstOpen(model);
      return open === undefined ? undefined : world.health.firstByteMs(open.provider.name, open.candidate.target.model);
    },
  };
  const roomy = offers.filter(({ model }) => !isTight(model, request.needs));
  // The seed itself draws the endpoints: one number for both would tie each model to certain endpoints.
  const seed = derivedSeed(world.seed, 'route');
  const chosen = chooseModels(name, route, roomy.length > 0 ? roomy : offers, request, {
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

/** Two models of a route may share a target, which would hardly do better the second time. */
function eachOnce(attempts: readonly PlannedAttempt[]): PlannedAttempt[] {
  const seen = new Set<string>();
  return attempts.filter(({ provider, candidate, endpointName }) => {
    const id = JSON.stringify([provider.name, candidate.target.model, endpointName]);
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}

function refused(message: string, param: string): Plan {
  return { kind: 'refused', error: new GatewayError('invalid_request', message, { param }) };
}
