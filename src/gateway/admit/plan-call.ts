import { namesOf } from '../../catalog/resolve.ts';
import type { Catalog } from '../../catalog/schema.ts';
import { endpointsThatAreOn, whyOff } from '../../catalog/provider-is-on.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Limit } from '../../core/ledger/limit.ts';
import { needsOf } from '../../core/routing/needs.ts';
import { type PlannedAttempt, type PlannedCall, planCall, withoutModel } from '../../core/routing/plan.ts';
import { traitsOf } from '../../core/routing/traits.ts';
import type { AccountView } from '../../core/account/protocol.ts';
import type { Counted } from '../bound/bindable.ts';
import { type Bounded, boundAttempts, isLimited } from '../bound/bound.ts';
import { healthClientOf } from '../health/health-client.ts';
import type { ClientCall } from './client-call.ts';
import { promptOf } from '../../protocols/protocols.ts';

/** A call that the router lets pass: where to try it, and what each attempt can cost at most. */
export interface PreparedCall extends Bounded<PlannedAttempt> {
  readonly plan: PlannedCall;
  /** The limits of the account's plan, if this catalog has newer ones than the actor was shown. */
  readonly planLimits: { readonly catalogVersion: number; readonly limits: readonly Limit[] } | undefined;
}

/** How to change a refused call so that it may fit. */
export interface Adjustments {
  /** A more exact count of the input; undefined while only its bytes are known. */
  readonly counted: Counted | undefined;
  /** How often a provider may search at most; undefined while as often as the client asked. */
  readonly searches: number | undefined;
  /** Models that the account has no room for, if the route goes on to others then. */
  readonly noRoomFor: readonly string[];
}

export const noAdjustments: Adjustments = { counted: undefined, searches: undefined, noRoomFor: [] };

/**
 * Plans and bounds a call under a policy. If the policy is old and refuses the call, ask again under the current one.
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
    // Limits that the actor learns of from this very call count already.
    isLimited:
      purpose !== 'count' &&
      isLimited([...limitsOn(view), ...(planLimits?.limits ?? [])], asked.protocol, candidates.map(namesOf)),
    startedAtMs: incoming.startedAtMs,
    maxTokens: view.policy.maxTokens,
    budget: options.budget,
    counted,
    searches,
  });
  if (bounding.kind === 'refused') return bounding.error;
  return { ...bounding, plan, planLimits };
}

/** All limits that a call of this account may meet. */
function limitsOn({ limits, above = [] }: AccountView): readonly Limit[] {
  return [...limits, ...above.flatMap((level) => level.limits)];
}

function newerPlanLimits(view: AccountView, catalog: Catalog): PreparedCall['planLimits'] | GatewayError {
  const name = view.policy.plan;
  if (name === undefined || view.planVersion >= catalog.version) return undefined;
  const plan = catalog.plans.get(name);
  if (plan !== undefined) return { catalogVersion: catalog.version, limits: plan.limits };
  // Without its plan the account would have no limits, and nobody can have meant that.
  const message = `The plan '${name}' of this account is not in the catalog. Ask an admin to add it.`;
  return new GatewayError('configuration_error', message);
}

/** The plan without the models that the account has no room for. The route says so. */
function planWithout(plan: PlannedCall, models: readonly string[]): PlannedCall {
  if (models.length === 0) return plan;
  const left = models.reduce<PlannedCall>((rest, model) => withoutModel(rest, model) ?? rest, plan);
  if (left.route === undefined) return left;
  return { ...left, route: { ...left.route, reason: `no room under a limit for ${models.join(', ')}` } };
}
