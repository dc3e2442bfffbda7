import { pricesOfCall } from '../../catalog/dated-prices.ts';
import type { Price, PricedUsage } from '../../catalog/price.ts';
import { namesOf } from '../../catalog/resolve.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { type Endpoint, type Limit, type ModelNames, inScope, modelNames } from '../../core/ledger/limit.ts';
import { assert } from '../../assert.ts';
import type { Prompt } from '../../protocols/prompt.ts';
import { searchesAsked } from './as-asked.ts';
import { type BoundOfCall, boundOfCall } from './bound-of-call.ts';
import type { Bindable, BoundOptions } from './bindable.ts';
import { droppedHeaders } from '../../http/response-headers.ts';
import { CallEncoder, type EncodedCall, type TargetCall } from './encode-call.ts';
import { type KeptTools, type OfferOptions, offerTools } from './provider-tools.ts';
import { findDuplicate, tierSent } from './unbounded.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

export interface BoundAttempt<Attempt> extends TargetCall, Omit<BoundOfCall, 'boundAt'> {
  readonly attempt: Attempt;
  /** How often its provider may search by itself. Undefined if it doesn't, or nothing is limited. */
  readonly searches?: Searches | undefined;
  /** What the price depends on but providers don't always report. It is taken as true if a provider does not say. */
  readonly unreported: Pick<PricedUsage, 'images' | 'serviceTier' | 'askedServiceTier' | 'webSearches'>;
}

type Searches = Pick<KeptTools, 'uses' | 'usesLeast' | 'isSet'> & Pick<BoundOfCall, 'boundAt'>;

/** At least one attempt, in order. */
export type BoundAttempts<Attempt> = readonly [BoundAttempt<Attempt>, ...BoundAttempt<Attempt>[]];

export interface Bounded<Attempt> {
  readonly kind: 'bounded';
  /** The attempts of the plan whose cost can be bounded. */
  readonly attempts: BoundAttempts<Attempt>;
  /** Whether an honest provider can't exceed the bound. */
  readonly bounded: boolean;
  /** Whether the granted cap must be put into the call, so that it binds the provider. */
  readonly setsCap: boolean;
}

export type Bounding<Attempt> = Bounded<Attempt> | { readonly kind: 'refused'; readonly error: GatewayError };

/** Whether a limit on money or tokens counts such a call. */
export function isLimited(limits: readonly Limit[], endpoint: Endpoint, models: readonly ModelNames[]): boolean {
  return limits.some(
    ({ metric, scope }) =>
      (metric === 'usd' || metric === 'tokens') && models.some((names) => inScope(scope, { endpoint, ...names })),
  );
}

/**
 * Bounds each attempt of a plan, and leaves out those that can't be bounded. If none can, the first one's error tells
 * why.
 */
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

/**
 * @param leading the model that is asked first; undefined if this is it
 */
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
  const { boundAt, ...bound } = found;
  return {
    attempt,
    call,
    edits,
    dropped,
    ...bound,
    unreported: unreportedBy(call, prompt, attempt),
    ...(kept === undefined ? {} : { searches: { ...kept, boundAt } }),
  };
}

/**
 * Only the first model gets the optional tools: with them a reservation for another model might find no room, though
 * there is nothing to try.
 */
function offerOptions(prices: readonly Price[], isLeading: boolean, { searches, budget }: BoundOptions): OfferOptions {
  return { prices, usesMax: searches, takesOptional: isLeading, isStrict: budget === 'strict' };
}

/** The attempts up to a change of model. */
export function ofFirstModel(attempts: BoundAttempts<unknown>): readonly BoundAttempt<unknown>[] {
  const end = attempts.findIndex(({ bound }) => bound.model !== attempts[0].bound.model);
  return end < 0 ? attempts : attempts.slice(0, end);
}

/**
 * What to reserve before the first of these attempts: enough for each of them up to a change of model. The first
 * attempt at another model needs a reservation of its own, because limits may be on some models only.
 */
export function dearestBound(attempts: BoundAttempts<unknown>): Bound {
  const [{ bound: first }] = attempts;
  return ofFirstModel(attempts)
    .slice(1)
    .reduce((dearest, { bound }): Bound => {
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
  // Only the provider can say which tier `auto` came to.
  return {
    images: media.get('image')?.count ?? 0,
    ...(webSearches === 0 ? {} : { webSearches }),
    ...(tier === undefined || tier === 'auto' ? {} : { serviceTier: tier, askedServiceTier: tier }),
  };
}
