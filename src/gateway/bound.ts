import { type PricedUsage, dearestRates, tokensNanoUsd } from '../catalog/price.ts';
import { type Candidate, servedModel } from '../catalog/resolve.ts';
import type { Provider } from '../catalog/schema.ts';
import { GatewayError } from '../http/errors.ts';
import type { Bound } from '../ledger/command.ts';
import { type Endpoint, type Limit, inScope } from '../ledger/limit.ts';
import { assert, picoUsd } from '../ledger/units.ts';
import { choicesMax, modelTokensMax } from '../limits.ts';
import { capNames, chatParameters } from '../openai/chat-parameters.ts';
import { type Prompt, renderedBytes } from '../wire/prompt.ts';
import { measurePrompt } from '../openai/chat-prompt.ts';
import type { ChatCall } from '../openai/chat-request.ts';
import { asksForSound, fieldSent, findDuplicate, findUnbounded, tierSent } from './unbounded.ts';

/** The most that a provider can bill for a call. */

export interface BoundOptions {
  /** Whether the account, or one it belongs to, limits money or tokens. Only then is anything lowered or refused. */
  readonly isLimited: boolean;
  /** The output cap of the account's policy, which binds whether anything else is limited or not. */
  readonly maxTokens: number | undefined;
  /** What the client asked for with `x-gateway-budget`. */
  readonly budget: 'clamp' | 'strict' | undefined;
}

/** A candidate, and the provider that its target names. */
export interface Bindable {
  readonly candidate: Candidate;
  readonly provider: Provider;
}

export interface BoundAttempt<Attempt> {
  readonly attempt: Attempt;
  readonly bound: Bound;
  /** What it is charged by that providers don't always report: to be taken for true where one says nothing of it. */
  readonly unreported: Pick<PricedUsage, 'images' | 'serviceTier'>;
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
export function isLimited(limits: readonly Limit[], endpoint: Endpoint, models: readonly string[]): boolean {
  return limits.some(
    ({ metric, scope }) =>
      (metric === 'usd' || metric === 'tokens') && models.some((model) => inScope(scope, { endpoint, model })),
  );
}

/** Bounds each attempt of a plan. One that can't be bounded is left out; where none can, the first says why. */
export function boundAttempts<Attempt extends Bindable>(
  call: ChatCall,
  plan: readonly Attempt[],
  options: BoundOptions,
): Bounding<Attempt> {
  const duplicate = options.isLimited ? findDuplicate(call) : undefined;
  if (duplicate !== undefined) return { kind: 'refused', error: duplicate };
  const prompt = measurePrompt(call);
  const attempts: BoundAttempt<Attempt>[] = [];
  let error: GatewayError | undefined;
  for (const attempt of plan) {
    const bound = boundOf(call, prompt, attempt, options);
    if (bound instanceof GatewayError) error ??= bound;
    else attempts.push({ attempt, bound, unreported: unreportedBy(call, prompt, attempt) });
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
 * What to reserve before the first of these attempts: enough for each that comes before the model changes. The first
 * attempt of another model needs a reservation of its own, because limits may be on some models only.
 */
export function dearestBound(attempts: readonly [BoundAttempt<unknown>, ...BoundAttempt<unknown>[]]): Bound {
  const [{ bound: first }] = attempts;
  const end = attempts.findIndex(({ bound }) => bound.model !== first.model);
  return attempts.slice(1, end < 0 ? undefined : end).reduce((dearest, { bound }): Bound => {
    const capLeast = Math.max(dearest.capLeast, bound.capLeast);
    return {
      model: first.model,
      fixedTokens: Math.max(dearest.fixedTokens, bound.fixedTokens),
      fixedNanoUsd: Math.max(dearest.fixedNanoUsd, bound.fixedNanoUsd),
      tokensPerCapToken: Math.max(dearest.tokensPerCapToken, bound.tokensPerCapToken),
      picoUsdPerCapToken: Math.max(dearest.picoUsdPerCapToken, bound.picoUsdPerCapToken),
      capWanted: Math.max(capLeast, Math.min(dearest.capWanted, bound.capWanted)),
      capLeast,
    };
  }, first);
}

function boundOf(call: ChatCall, prompt: Prompt, attempt: Bindable, options: BoundOptions): Bound | GatewayError {
  const { candidate, provider } = attempt;
  const { price } = candidate;
  if (options.isLimited) {
    const unbounded = findUnbounded(call, prompt, candidate, provider);
    if (unbounded !== undefined) return unbounded;
  }
  const choices = countOr(fieldSent(call, candidate, 'n'), choicesMax, 1);
  const fixedTokens = inputTokensMax(prompt, attempt);
  const rates =
    price === undefined
      ? { input: picoUsd(0), output: picoUsd(0), request: 0, image: 0 }
      : dearestRates(price, {
          inputTokensMax: fixedTokens,
          serviceTier: tierSent(call, candidate),
          audioInput: prompt.media.size > (prompt.media.has('image') ? 1 : 0),
          audioOutput: asksForSound(call, candidate),
        });
  const images = prompt.media.get('image')?.count ?? 0;
  const picoUsdPerCapToken = choices * rates.output;
  const cap = capOf(call, attempt, picoUsdPerCapToken, options);
  if (cap instanceof GatewayError) return cap;
  return {
    model: servedModel(candidate),
    fixedTokens,
    fixedNanoUsd: tokensNanoUsd(fixedTokens, rates.input) + rates.request + images * rates.image,
    tokensPerCapToken: choices,
    picoUsdPerCapToken,
    ...cap,
  };
}

function unreportedBy(call: ChatCall, { media }: Prompt, { candidate }: Bindable): BoundAttempt<unknown>['unreported'] {
  const tier = tierSent(call, candidate);
  // Which tier `auto` came to, only the provider can say.
  return {
    images: media.get('image')?.count ?? 0,
    ...(tier === undefined || tier === 'auto' ? {} : { serviceTier: tier }),
  };
}

/** What servers put around a prompt that is nowhere in the request: a system message of their own, a date. */
const preambleTokens = 96;
/** How a model is told to use tools: for some models a page. */
const toolsPreambleTokens = 1024;

/**
 * A byte-level tokenizer makes at most one token of a byte, and JSON is never shorter than what it encodes. What a
 * message or a tool is wrapped in for the model is shorter than the names, quotes and braces around it here.
 */
function inputTokensMax({ textBytes, usesTools, media }: Prompt, { candidate, provider }: Bindable): number {
  const { contextTokens = Infinity, imageTokens, params = {} } = candidate.model ?? {};
  const images = media.get('image');
  const isCountable = media.size === 0 || (media.size === 1 && images !== undefined && imageTokens !== undefined);
  // Nothing that is put in is larger than the context. Of what can't be counted, nothing else is known.
  if (!isCountable && contextTokens !== Infinity) return contextTokens;
  const mediaTokens = images === undefined ? 0 : images.count * (imageTokens ?? 0) - images.sourceBytes;
  const added = Object.entries(params).filter(([name]) => chatParameters.get(name) === 'rendered');
  const addedText = added.length === 0 ? '' : JSON.stringify(added);
  const addedBytes = renderedBytes(addedText, addedText.length, false);
  const preamble =
    provider.kind === 'echo' ? 0 : preambleTokens + (usesTools || addedBytes > 0 ? toolsPreambleTokens : 0);
  return Math.min(contextTokens, textBytes + mediaTokens + addedBytes + preamble);
}

type Cap = Pick<Bound, 'capWanted' | 'capLeast'>;

/**
 * The output cap wanted and the least of use. Where the client set none, or says so, anything from the least that the
 * server accepts is of use: a floor of ours would refuse what fits.
 */
function capOf(
  call: ChatCall,
  { candidate: { modelName, model }, provider }: Bindable,
  picoUsdPerCapToken: number,
  { isLimited: limited, maxTokens = Infinity, budget }: BoundOptions,
): Cap | GatewayError {
  const own = ownCap(call);
  const isOwnUnfit = own !== undefined && !isCount(own.value, modelTokensMax);
  if (limited && isOwnUnfit) {
    const message = `'${own.name}' must be a whole number from 1 to ${modelTokensMax}.`;
    return new GatewayError('invalid_request', message, { param: own.name });
  }
  const ownValue = own === undefined || isOwnUnfit ? undefined : own.value;
  const most = model?.maxOutputTokens ?? defaultOutputTokensWhereUnknown;
  const preset = limited || maxTokens === Infinity ? (model?.defaultOutputTokens ?? most) : most;
  const wanted = Math.min(ownValue ?? preset, maxTokens);
  const payable = Math.floor(Number.MAX_SAFE_INTEGER / Math.max(picoUsdPerCapToken, 1));
  if (!limited) return exactly(Math.min(wanted, payable));

  const least = provider.kind === 'openai' ? provider.quirks.minOutput : 1;
  if (wanted < least) {
    const source = ownValue === wanted ? `'${own?.name}'` : "The account's 'maxTokens'";
    const message =
      `${source} is ${wanted}, and ${provider.name} accepts no output cap below ` +
      `${least} for ${modelName}. Raise it.`;
    return new GatewayError('output_cap_too_small', message, own === undefined ? {} : { param: own.name });
  }
  const isStrict = (budget ?? (ownValue === undefined ? 'clamp' : 'strict')) === 'strict';
  if (!isStrict) return { capWanted: Math.max(least, Math.min(wanted, payable)), capLeast: least };
  if (wanted <= payable) return exactly(wanted);
  const message =
    `${wanted} tokens of output could cost more than can be reserved for one request. ` +
    `Set a lower '${own?.name ?? capNames[0]}'.`;
  return new GatewayError('unbounded_cost', message, { param: own?.name ?? capNames[0] });
}

function exactly(cap: number): Cap {
  return { capWanted: cap, capLeast: cap };
}

/** For a target that no model of the catalog lists. */
const defaultOutputTokensWhereUnknown = 8192;

/** The cap that the client set: of two, the lower, which is then the only one that is sent on. */
function ownCap({ request }: ChatCall): { readonly name: string; readonly value: number } | undefined {
  const set = capNames.flatMap((name) => {
    const value = request[name];
    return value === undefined || value === null ? [] : [{ name, value }];
  });
  return set.toSorted((one, other) => one.value - other.value)[0];
}

function countOr(value: unknown, max: number, otherwise: number): number {
  return typeof value === 'number' && isCount(value, max) ? value : otherwise;
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
