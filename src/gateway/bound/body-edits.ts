import { assert } from '../../assert.ts';
import { nanoUsdPerUsd } from '../../core/money/usd.ts';
import { asRecord } from '../../protocols/json/json-value.ts';
import { foreignThinkingEdits, messagesCapEdits } from '../../protocols/messages/edits.ts';
import { type Quirks, noQuirks } from '../../catalog/quirks.ts';
import { routerFields } from '../../catalog/sampling-fields.ts';
import type { Model, Provider } from '../../catalog/schema.ts';
import { bothCapsEdits, chatCapEdits, usageEdits } from '../../protocols/chat/edits.ts';
import type { ChatCall } from '../../protocols/chat/request.ts';
import { quirkEdits } from '../../protocols/chat/plain-chat.ts';
import { foreignReasoningEdits, responsesEdits } from '../../protocols/responses/edits.ts';
import { workersAiEdits } from '../../providers/workers-ai-request.ts';
import { type BodyEdit, fieldEdit, removal } from '../../protocols/json/body-edit.ts';
import { isForGateway } from '../../protocols/asked-models.ts';
import { type Edit, cutBytes, cutsFor } from '../../protocols/json/json-splice.ts';
import type { Bindable } from './bindable.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/**
 * How a body changes on its way to a server, in two steps. Whatever could change the input or the price is an edit of
 * the first step, which comes before the call is bounded. Pure.
 */

/** The first step: all edits that do not depend on how much may come out. */
export function contentEdits(call: AnyCall, attempt: Bindable): BodyEdit[] {
  const { model } = attempt.candidate;
  const edits = [...gatewayEdits(call), ...ownEdits(call, attempt).filter(({ name }) => !isForGateway(name, call))];
  return [...edits, ...addedParams(call, model, edits)];
}

/** The second step: the output cap, and the request for usage. None of it is input. */
function sendEdits(call: AnyCall, cap: number | undefined, { provider, candidate: { model } }: Bindable): Edit[] {
  const edits = sendEditsOf(call, cap, provider, model);
  return [...edits, ...addedCap(call, model, edits)];
}

export function quirksOf(provider: Provider): Quirks | undefined {
  return provider.kind === 'openai' || provider.kind === 'cloudflare-ai-gateway' ? provider.quirks : undefined;
}

/** The same, plus OpenRouter's fields where the rest of the catalog shows that the server knows them. */
export function quirksOfTarget({ provider, candidate: { target } }: Bindable): Quirks | undefined {
  const quirks = quirksOf(provider);
  if (quirks === undefined || quirks.extensions.includes('routing')) return quirks;
  const isShown = target.capsPrice || routerFields.some((name) => provider.neutralParams.includes(name));
  return isShown ? { ...quirks, extensions: [...quirks.extensions, 'routing'] } : quirks;
}

function gatewayEdits(call: AnyCall): BodyEdit[] {
  // The vectors of two models can't be compared, so embeddings have no list of models.
  if (call.protocol === 'embeddings') return [];
  const own = call.object.members.filter(({ name }) => isForGateway(name, call));
  return own.map(({ name }) => removal(name, protocols[call.protocol].parameters.get(name) === 'gateway'));
}

function ownEdits(call: AnyCall, attempt: Bindable): BodyEdit[] {
  const { provider, candidate } = attempt;
  switch (call.protocol) {
    case 'chat': {
      const edits = quirkEdits(call, quirksOfTarget(attempt) ?? noQuirks, candidate.model?.reasoning);
      return provider.kind === 'workers-ai' ? [...edits, ...workersAiEdits(call)] : edits;
    }
    case 'messages':
      return foreignThinkingEdits(call);
    case 'responses':
      return foreignReasoningEdits(call, provider.name);
    case 'embeddings':
      return [];
  }
}

function sendEditsOf(call: AnyCall, cap: number | undefined, provider: Provider, model: Model | undefined): Edit[] {
  switch (call.protocol) {
    case 'chat':
      return [...capEdits(call, cap, provider), ...usageEdits(call, quirksOf(provider)?.streamUsage)];
    case 'messages':
      return messagesCapEdits(call, cap, model?.maxOutputTokens);
    case 'responses':
      return responsesEdits(call, cap, model?.reasoning);
    case 'embeddings':
      return [];
  }
}

function capEdits(call: ChatCall, cap: number | undefined, provider: Provider): Edit[] {
  if (provider.kind === 'workers-ai') return bothCapsEdits(call, cap);
  return chatCapEdits(call, cap, quirksOf(provider)?.outputCap);
}

/** What the catalog adds to requests for the model, where the client did not set it. */
function addedParams({ protocol, object }: AnyCall, model: Model | undefined, edits: readonly Edit[]): BodyEdit[] {
  const effects = protocols[protocol].parameters;
  const said = new Set([...object.members, ...edits].map(({ name }) => name));
  return Object.entries(model?.params ?? {})
    .filter(([name]) => !said.has(name) && !protocols[protocol].capNames.includes(name))
    .map(([name, value]) => fieldEdit(name, value, effects.get(name) === 'neutral'));
}

/** The catalog's own cap, only if there is no other. */
function addedCap({ protocol, object }: AnyCall, model: Model | undefined, edits: readonly Edit[]): Edit[] {
  const names = protocols[protocol].capNames;
  if ([...object.members, ...edits].some(({ name }) => names.includes(name))) return [];
  return Object.entries(model?.params ?? {})
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => ({ name, value: JSON.stringify(value) }));
}

/**
 * The body to send to one target, for a request that was encoded for it. It stays as it was sent, to the byte, except
 * for the name of the model, the caps on output and price, the request for usage, and the edits that encoding left for
 * later.
 * @param cap the granted output cap; undefined if only the client's own is to bind
 */
export function prepareBody(
  { call, edits }: { readonly call: AnyCall; readonly edits: readonly Edit[] },
  attempt: Bindable,
  cap: number | undefined,
): Uint8Array {
  const { target } = attempt.candidate;
  const last: Edit[] = sendEdits(call, cap, attempt);
  if (call.model !== target.model) last.unshift({ name: 'model', value: JSON.stringify(target.model) });
  for (const { name } of last) assert(isUnmeasured(call, name), `'${name}' was changed after it was bounded`);
  return cutBytes(call.body, call.text, cutsFor(call.object, [...edits, ...last, ...priceCapEdits(call, attempt)]));
}

/** Whether no bound depends on this field. All other fields are for `contentEdits` to change. */
function isUnmeasured({ protocol }: AnyCall, name: string): boolean {
  const effect = protocols[protocol].parameters.get(name);
  return effect === 'neutral' || effect === 'output';
}

/** Pico-dollars a token are micro-dollars a million tokens. */
const picoPerTokenUsd = 1_000_000;

/**
 * Tells OpenRouter the most that it may charge, where several hosts serve a model at prices of their own: then it asks
 * no host that costs more than the bound. A lower cap of the client's own stays. The field is OpenRouter's
 * `provider.max_price`, in dollars per million tokens, per request and per image. It can only lower what is charged, so
 * it is added after the call was bounded.
 */
function priceCapEdits({ request }: AnyCall, { candidate: { model, target, price } }: Bindable): Edit[] {
  if (!target.capsPrice || price === undefined) return [];
  // The catalog lets a target cap only one price, without dates, steps or tiers.
  const [{ price: only }] = price;
  const [rates] = only.standard;
  const caps = {
    prompt: rates.input / picoPerTokenUsd,
    completion: rates.output / picoPerTokenUsd,
    request: only.request / nanoUsdPerUsd,
    image: only.image / nanoUsdPerUsd,
  };
  const preferences = asRecord(Reflect.get(request, 'provider') ?? model?.params['provider']) ?? {};
  const own = asRecord(preferences['max_price']) ?? {};
  const lowest = Object.entries(caps).map(([part, cap]) => [part, lowerOf(own[part], cap)] as const);
  const value = JSON.stringify({ ...preferences, max_price: Object.fromEntries<number>(lowest) });
  return [{ name: 'provider', value }];
}

function lowerOf(own: unknown, cap: number): number {
  const value = typeof own === 'number' || (typeof own === 'string' && own.trim() !== '') ? Number(own) : NaN;
  return value >= 0 ? Math.min(value, cap) : cap;
}
