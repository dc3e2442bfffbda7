import { namesOf } from '../../catalog/resolve.ts';
import type { Catalog } from '../../catalog/schema.ts';
import { endpointsThatAreOn, whyOff } from '../../catalog/provider-is-on.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Limit } from '../../core/ledger/limit.ts';
import { needsOf } from '../../core/routing/needs.ts';
import { type PlannedAttempt, type PlannedCall, planCall, withoutModel } from '../../core/routing/plan.ts';
import { traitsOf } from '../../core/routing/traits-of.ts';
import type { AccountView } from '../../core/account/protocol.ts';
import type { Counted } from '../bound/bindable.ts';
import { type BoundAttempt, boundAttempts, isLimited } from '../bound/bound.ts';
import { healthClientOf } from '../health/health-client.ts';
import type { ClientCall } from './client-call.ts';
import { promptOf } from '../../protocols/protocols.ts';

/** A call that may be made, as far as a router can say: where it is tried, and what each attempt can cost at most. */
export interface PreparedCall {
  readonly plan: PlannedCall;
  readonly attempts: readonly [BoundAttempt<PlannedAttempt>, ...BoundAttempt<PlannedAttempt>[]];
  readonly bounded: boolean;
  readonly setsCap: boolean;
  /** The limits of the account's plan, where this catalog has newer ones than its actor was shown. */
  readonly planLimits: { readonly catalogVersion: number; readonly limits: readonly Limit[] } | undefined;
}

/** How a call that was refused is asked for again, so that it may fit. */
export interface Adjustments {
  /** A nearer count of what is put in; undefined while its bytes are all that is known. */
  readonly counted: Counted | undefined;
  /** How often a provider may search at most; undefined while as often as was asked for may fit. */
  readonly searches: number | undefined;
  /** Models that the account has no room for, where their route goes on then. */
  readonly noRoomFor: readonly string[];
}

export const noAdjustments: Adjustments = { counted: undefined, searches: undefined, noRoomFor: [] };

/**
 * Plans and bounds a call under a policy. What it refuses by an old policy must be asked again under the current one.
 */
export function prepareCall(
  { asked, options, caller, catalog, health, incoming, purpose }: ClientCall,
  view: AccountView,
  { counted, searches, noRoomFor }: Adjustments,
): PreparedCall | GatewayError {
  const planLimits = newerPlanLimits(view, catalog);
  if (planLimits instanceof GatewayError) return planLimits;
  const whole = planCall(
    {
      endpoint: asked.protocol,
      model: asked.model,
      models: asked.models,
      forcedProvider: options.provider,
      fallback: options.fallback,
      needs: needsOf(asked, promptOf(asked)),
      stage: options.stage,
      subject: { user: options.endUser, key: caller.accountId },
      traits: traitsOf(asked),
    },
    { policy: view.policy, test: caller.test },
    {
      catalog,
      whyOff: (provider) => whyOff(incoming.env, provider),
      endpointsThatAreOn: (endpoints) => endpointsThatAreOn(incoming.env, endpoints),
      health,
      client: healthClientOf(view),
      nowMs: incoming.startedMs,
      seed: Math.random(),
    },
  );
  if (whole.kind === 'refused') return whole.error;
  const plan = planWithout(whole, noRoomFor);
  const candidates = plan.attempts.map(({ candidate }) => candidate);
  const bounding = boundAttempts(asked, plan.attempts, {
    // Limits that the actor is about to learn of from this very call count already.
    isLimited:
      purpose !== 'count' &&
      isLimited([...view.limits, ...(planLimits?.limits ?? [])], asked.protocol, candidates.map(namesOf)),
    startedAtMs: incoming.startedAtMs,
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
