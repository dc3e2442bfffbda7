import { namesOf } from '../../catalog/resolve.ts';
import type { Catalog } from '../../catalog/schema.ts';
import { endpointsThatAreOn, whyOff } from '../../catalog/provider-is-on.ts';
import { GatewayError } from '../../http/errors.ts';
import type { HealthView } from '../../core/routing/health-view.ts';
import type { Limit } from '../../core/ledger/limit.ts';
import { needsOf } from '../../core/routing/needs.ts';
import { type PlannedAttempt, type PlannedCall, planCall, withoutModel } from '../../core/routing/plan.ts';
import { traitsOf } from '../../core/routing/traits-of.ts';
import type { AccountView, Idempotency } from '../../core/account/protocol.ts';
import { type BoundAttempt, boundAttempts, isLimited } from '../bound/bound.ts';
import type { CallOptions } from '../request/call-options.ts';
import type { Caller } from '../request/caller.ts';
import type { Exchange } from '../request/exchange.ts';
import { healthClientOf } from '../health/health-client.ts';
import type { Lessons } from './lessons.ts';
import type { Conversation } from '../request/resolve-conversation.ts';
import { type AnyCall, promptOf } from '../../protocols/protocols.ts';

export interface CallInput {
  readonly request: Request;
  readonly call: AnyCall;
  readonly options: CallOptions;
  readonly caller: Caller;
  readonly catalog: Catalog;
  readonly health: HealthView;
  /** What it goes on from, where it is of the Responses API. */
  readonly conversation?: Conversation | undefined;
  /** By what the client says that it may be a repeat. */
  readonly idempotency?: Idempotency | undefined;
  /** Undefined for a call that is to be answered; `count` where only its size is asked for, which costs nothing. */
  readonly purpose?: 'count';
}

/** A call that may be made, as far as a router can say: where it is tried, and what each attempt can cost at most. */
export interface PreparedCall {
  readonly plan: PlannedCall;
  readonly attempts: readonly [BoundAttempt<PlannedAttempt>, ...BoundAttempt<PlannedAttempt>[]];
  readonly bounded: boolean;
  readonly setsCap: boolean;
  /** The limits of the account's plan, where this catalog has newer ones than its actor was shown. */
  readonly planLimits: { readonly catalogVersion: number; readonly limits: readonly Limit[] } | undefined;
}

/**
 * Plans and bounds a call under a policy. What it refuses by an old policy must be asked again under the current one.
 */
export function prepareCall(
  input: CallInput,
  view: AccountView,
  exchange: Exchange,
  { counted, searches, noRoomFor }: Lessons,
): PreparedCall | GatewayError {
  const { call, options, caller, catalog, health } = input;
  const planLimits = newerPlanLimits(view, catalog);
  if (planLimits instanceof GatewayError) return planLimits;
  const whole = planCall(
    {
      endpoint: call.protocol,
      model: call.model,
      models: call.models,
      forcedProvider: options.provider,
      fallback: options.fallback,
      needs: needsOf(call, promptOf(call)),
      stage: options.stage,
      subject: { user: options.endUser, key: caller.accountId },
      traits: traitsOf(call),
    },
    { policy: view.policy, test: caller.test },
    {
      catalog,
      whyOff: (provider) => whyOff(exchange.env, provider),
      endpointsThatAreOn: (endpoints) => endpointsThatAreOn(exchange.env, endpoints),
      health,
      client: healthClientOf(view),
      nowMs: exchange.startedMs,
      seed: Math.random(),
    },
  );
  if (whole.kind === 'refused') return whole.error;
  const plan = planWithout(whole, noRoomFor);
  const candidates = plan.attempts.map(({ candidate }) => candidate);
  const bounding = boundAttempts(call, plan.attempts, {
    // Limits that the actor is about to learn of from this very call count already.
    isLimited:
      input.purpose !== 'count' &&
      isLimited([...view.limits, ...(planLimits?.limits ?? [])], call.protocol, candidates.map(namesOf)),
    startedAtMs: exchange.startedAtMs,
    maxTokens: view.policy.maxTokens,
    budget: options.budget,
    counted,
    searches,
  });
  if (bounding.kind === 'refused') return bounding.error;
  const { attempts, bounded, setsCap } = bounding;
  return { plan, attempts, bounded, setsCap, planLimits };
}

function newerPlanLimits(view: AccountView, catalog: Catalog): PreparedCall['planLimits'] | GatewayError {
  const name = view.policy.plan;
  if (name === undefined || view.planVersion >= catalog.version) return undefined;
  const plan = catalog.plans.get(name);
  if (plan !== undefined) return { catalogVersion: catalog.version, limits: plan.limits };
  // Without its plan an account would have no limits: that can't be what was meant.
  const message = `The plan '${name}' of this account is not in the catalog. Ask an admin to add it.`;
  return new GatewayError('configuration_error', message);
}

/** What is left of a plan without the models that the account has no room for, and says so. */
function planWithout(plan: PlannedCall, models: readonly string[]): PlannedCall {
  if (models.length === 0) return plan;
  const left = models.reduce<PlannedCall>((rest, model) => withoutModel(rest, model) ?? rest, plan);
  if (left.route === undefined) return left;
  return { ...left, route: { ...left.route, reason: `no room under a limit for ${models.join(', ')}` } };
}
