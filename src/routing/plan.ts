import {
  type Candidate,
  type Resolution,
  candidatesOf,
  modelsOfRoute,
  resolveModel,
  servedModel,
} from '../catalog/resolve.ts';
import type { Model, Provider } from '../catalog/schema.ts';
import { GatewayError } from '../http/errors.ts';
import type { Policy } from '../tenant/policy.ts';
import { type RouteRequest, chooseModels } from './choose-models.ts';
import type { Caller } from './permission.ts';
import { noAttemptError } from './plan-error.ts';
import type { RouteChoice } from './route-choice.ts';
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

export interface PlanRequest extends Wanted, RouteRequest {
  /** The model that the client named, if it did. */
  readonly model: string | undefined;
  /** `x-gateway-fallback`. */
  readonly fallback: 'next' | 'fail' | undefined;
}

export interface PlanCaller extends Caller {
  readonly policy: Pick<Policy, 'models' | 'providers' | 'defaultModel' | 'fallback'>;
}

export interface PlannedCall {
  readonly kind: 'planned';
  /** The name that was asked for, or the account's default. */
  readonly requestedModel: string;
  /** Undefined where the name is no route's. */
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
  if (resolution.kind === 'unknown-model') {
    return refused('model_not_found', notFoundMessage(requestedModel, caller, world), 'model');
  }
  const isFinal = (request.fallback ?? caller.policy.fallback) === 'fail';
  const skips: Skip[] = [];
  const { targets, route } = targetsOf(resolution, request, caller, world, skips);
  const tried = isFinal ? targets.slice(0, 1) : targets;
  const [first, ...rest] = eachOnce(tried.flatMap((target) => attemptsAt(target, world, skips)));
  if (first === undefined) {
    const { endpoint } = request;
    return { kind: 'refused', error: noAttemptError(requestedModel, skips, { ...world, endpoint }) };
  }
  const onLimit = resolution.kind === 'route' && resolution.route.strategy === 'fallback' && resolution.route.onLimit;
  return { kind: 'planned', requestedModel, route, attempts: [first, ...rest], skips, onLimit: onLimit && !isFinal };
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

function refused(code: 'invalid_request' | 'model_not_found', message: string, param: string): Plan {
  return { kind: 'refused', error: new GatewayError(code, message, { param }) };
}
