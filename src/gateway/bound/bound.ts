import { pricesOfCall } from '../../catalog/dated-prices.ts';
import type { Price, PricedUsage } from '../../catalog/price.ts';
import { namesOf } from '../../catalog/resolve.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { type Endpoint, type Limit, type ModelNames, inScope, modelNames } from '../../core/ledger/limit.ts';
import { assert } from '../../core/ledger/units.ts';
import type { Prompt } from '../../protocols/prompt.ts';
import { searchesAsked } from './as-asked.ts';
import { boundOfCall } from './bound-of-call.ts';
import type { Bindable, BoundOptions } from './bindable.ts';
import { droppedHeaders } from '../../http/response-headers.ts';
import { CallEncoder, type EncodedCall, type TargetCall } from './encode-call.ts';
import { type KeptTools, type OfferOptions, offerTools } from './provider-tools.ts';
import { findDuplicate, tierSent } from './unbounded.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

/** The most that a provider can bill for a call. */

export interface BoundAttempt<Attempt> extends TargetCall {
  readonly attempt: Attempt;
  readonly bound: Bound;
  /** About what is put in, for a client that is told so before anybody has counted it. */
  readonly inputTokensAbout: number;
  /** How many answers were asked for; none where only numbers come out. */
  readonly choices: number;
  /** How often its provider may search by itself; undefined where it doesn't, or nothing is limited. */
  readonly searches?: Searches | undefined;
  /** What it is charged by that providers don't always report: to be taken for true where one says nothing of it. */
  readonly unreported: Pick<PricedUsage, 'images' | 'serviceTier' | 'askedServiceTier' | 'webSearches'>;
}

export interface Searches extends Pick<KeptTools, 'uses' | 'usesLeast' | 'isSet'> {
  /** What the attempt could use at most with fewer of them. */
  readonly boundAt: (uses: number) => Bound | GatewayError;
}

export type Bounding<Attempt> =
  | {
      readonly kind: 'bounded';
      /** Those of the plan whose cost can be bounded, in its order: at least one. */
      readonly attempts: readonly [BoundAttempt<Attempt>, ...BoundAttempt<Attempt>[]];
      /** Whether the bound is one that can't be exceeded honestly. */
      readonly bounded: boolean;
      /** Whether the cap that is granted must be put into the call, so that it binds the provider. */
      readonly setsCap: boolean;
    }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/** Whether a limit on money or tokens counts such a call. */
export function isLimited(limits: readonly Limit[], endpoint: Endpoint, models: readonly ModelNames[]): boolean {
  return limits.some(
    ({ metric, scope }) =>
      (metric === 'usd' || metric === 'tokens') && models.some((names) => inScope(scope, { endpoint, ...names })),
  );
}

/** Bounds each attempt of a plan. One that can't be bounded is left out; where none can, the first says why. */
export function boundAttempts<Attempt extends Bindable>(
  call: AnyCall,
  plan: readonly Attempt[],
  options: BoundOptions,
): Bounding<Attempt> {
  const duplicate = options.isLimited ? findDuplicate(call) : undefined;
  if (duplicate !== undefined) return { kind: 'refused', error: duplicate };
  const encoder = new CallEncoder(call);
  const attempts: BoundAttempt<Attempt>[] = [];
  let error: GatewayError | undefined;
  for (const attempt of plan) {
    const encoded = encoder.encode(attempt);
    if (encoded instanceof GatewayError) {
      error ??= encoded;
      continue;
    }
    const bound = boundAttempt(encoded, attempt, options, attempts[0]?.bound.model);
    if (bound instanceof GatewayError) error ??= bound.withHeaders(droppedHeaders(encoded.dropped));
    else attempts.push(bound);
  }
  const [first, ...rest] = attempts;
  if (first === undefined) {
    assert(error !== undefined, 'a plan without attempts was to be bounded');
    return { kind: 'refused', error };
  }
  const setsCap = options.isLimited || options.maxTokens !== undefined;
  return { kind: 'bounded', attempts: [first, ...rest], bounded: options.isLimited, setsCap };
}

/** @param leading the model that is asked first; undefined where this is it */
function boundAttempt<Attempt extends Bindable>(
  encoded: EncodedCall,
  attempt: Attempt,
  options: BoundOptions,
  leading: string | undefined,
): BoundAttempt<Attempt> | GatewayError {
  const { price } = attempt.candidate;
  const prices = price === undefined ? [] : pricesOfCall(price, options);
  const isLeading = leading === undefined || leading === namesOf(attempt.candidate).model;
  const offered = options.isLimited
    ? offerTools(encoded, attempt, offerOptions(prices, isLeading, options))
    : undefined;
  if (offered instanceof GatewayError) return offered;
  const { encoded: asked, kept } = offered ?? { encoded, kept: undefined };
  const { call, edits, dropped, prompt } = asked;
  const found = boundOfCall({ call, prompt, attempt, prices, kept }, options);
  if (found instanceof GatewayError) return found;
  const { bound, inputTokensAbout, choices, boundAt } = found;
  return {
    attempt,
    call,
    edits,
    dropped,
    bound,
    inputTokensAbout,
    choices,
    unreported: unreportedBy(call, prompt, attempt),
    ...(kept === undefined ? {} : { searches: { ...kept, boundAt } }),
  };
}

/** What is optional is taken along to no other model: its reservation may find no room when there is nothing to try. */
function offerOptions(prices: readonly Price[], isLeading: boolean, { searches, budget }: BoundOptions): OfferOptions {
  return { prices, usesMax: searches, takesOptional: isLeading, isStrict: budget === 'strict' };
}

/**
 * What to reserve before the first of these attempts: enough for each that comes before the model changes. The first
 * attempt of another model needs a reservation of its own, because limits may be on some models only.
 */
export function dearestBound(attempts: readonly [BoundAttempt<unknown>, ...BoundAttempt<unknown>[]]): Bound {
  const [{ bound: first }] = attempts;
  const end = attempts.findIndex(({ bound }) => bound.model !== first.model);
  return attempts.slice(1, end < 0 ? undefined : end).reduce((dearest, { bound }): Bound => {
    const capLeast = Math.max(dearest.capLeast, bound.capLeast);
    const timesOver = Math.max(dearest.timesOver ?? 1, bound.timesOver ?? 1);
    return {
      ...modelNames(first),
      fixedTokens: Math.max(dearest.fixedTokens, bound.fixedTokens),
      fixedNanoUsd: Math.max(dearest.fixedNanoUsd, bound.fixedNanoUsd),
      tokensPerCapToken: Math.max(dearest.tokensPerCapToken, bound.tokensPerCapToken),
      picoUsdPerCapToken: Math.max(dearest.picoUsdPerCapToken, bound.picoUsdPerCapToken),
      capWanted: Math.max(capLeast, Math.min(dearest.capWanted, bound.capWanted)),
      capLeast,
      ...(timesOver === 1 ? {} : { timesOver }),
    };
  }, first);
}

function unreportedBy(call: AnyCall, { media }: Prompt, { candidate }: Bindable): BoundAttempt<unknown>['unreported'] {
  const tier = tierSent(call, candidate);
  const webSearches = searchesAsked(call);
  // Which tier `auto` came to, only the provider can say.
  return {
    images: media.get('image')?.count ?? 0,
    ...(webSearches === 0 ? {} : { webSearches }),
    ...(tier === undefined || tier === 'auto' ? {} : { serviceTier: tier, askedServiceTier: tier }),
  };
}
