import { threadField, threadUnsupported } from '../../protocols/messages/threads.ts';
import { type Price, isPricedServiceTier, serviceTierCalled } from '../../catalog/price.ts';
import type { Candidate } from '../../catalog/resolve.ts';
import type { Quirks } from '../../catalog/quirks.ts';
import type { Provider } from '../../catalog/schema.ts';
import { GatewayError } from '../../http/errors.ts';
import type { ParameterEffect } from '../../protocols/parameter-effect.ts';
import type { Prompt } from '../../protocols/prompt.ts';
import { countMembers } from '../../protocols/json/json-scan.ts';
import { asList, asRecord, asText } from '../../protocols/json/json-value.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';
import type { Bindable } from './bindable.ts';
import { quirksOf } from './body-edits.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/**
 * Why a call must not go to this candidate for an account whose spending is limited: nobody can say beforehand what it
 * costs at most. Undefined if somebody can.
 */
export function findUnbounded(
  call: AnyCall,
  prompt: Prompt,
  { candidate, provider }: Bindable,
  prices: readonly Price[],
  bounded: ReadonlySet<string> = new Set(),
): GatewayError | undefined {
  const { modelName } = candidate;
  if (prices.length === 0) {
    return refusal('model', `${modelName} has no price in the catalog, so that its cost can't be limited. Price it.`);
  }
  return (
    findUnknown(call, prompt, { candidate, provider }, bounded) ??
    findUnpricedMedia(prompt, candidate, prices) ??
    findUnpricedField(call, candidate, prices)
  );
}

/** Of two members with one name, one parser may drop what another keeps. Then what was checked isn't what is sent. */
export function findDuplicate({ request, object }: AnyCall): GatewayError | undefined {
  if (countMembers(request) === object.memberCount) return undefined;
  return new GatewayError('invalid_request', 'An object in the body has two fields of one name. Send each field once.');
}

function findUnknown(
  { protocol }: AnyCall,
  prompt: Prompt,
  { candidate: { model }, provider }: Bindable,
  bounded: ReadonlySet<string>,
): GatewayError | undefined {
  const isKnown = (name: string): boolean =>
    bounded.has(name) || provider.neutralParams.includes(name) || isOfQuirks(name, protocol, provider);
  const added = Object.entries(model?.params ?? {}).flatMap(([name, value]) => unknownNames(protocol, name, value));
  const unknownAdded = added.find((name) => !isKnown(name));
  if (unknownAdded !== undefined) {
    const message = `The catalog adds '${unknownAdded}' to requests, whose price at ${provider.name} is not known.`;
    return refusal(unknownAdded, `${message} List it in the provider's neutralParams.`);
  }
  if (protocol === 'messages' && prompt.unknown.some(({ name }) => name === threadField && !isKnown(name))) {
    const message = `What a thread puts in only ${provider.name} knows, so that its cost can't be limited.`;
    return new GatewayError('unbounded_cost', `${message} Send all of the messages.`, threadUnsupported);
  }
  const unknown = prompt.unknown.find(({ name }) => !isKnown(name));
  if (unknown === undefined) return undefined;
  const remedy = `Leave it out, or list '${unknown.name}' in the provider's neutralParams.`;
  return refusal(
    unknown.param,
    `What '${unknown.param}' does to the price at ${provider.name} is not known. ${remedy}`,
  );
}

/** The parts of a field added by the catalog that the bound does not cover. */
function unknownNames(protocol: ProtocolName, name: string, value: unknown): readonly string[] {
  const effect = protocols[protocol].parameters.get(name);
  if (effect === undefined || effect === 'gateway') return [name];
  if (name !== 'tools') return [];
  const types = asList(value).map((tool) => asText(asRecord(tool)?.['type'] ?? 'function') ?? 'unknown');
  return types.filter((type) => type !== 'function' && type !== 'custom').map((type) => `tools.${type}`);
}

/** Whether the catalog's quirks say what the field is: another name for one whose effect is known. */
function isOfQuirks(name: string, protocol: ProtocolName, provider: Provider): boolean {
  const quirks = quirksOf(provider);
  if (quirks === undefined || protocol !== 'chat') return false;
  if (name === reasoningFields[quirks.reasoning]) return true;
  const source = Object.keys(quirks.rename).find((each) => quirks.rename[each] === name);
  const effect = source === undefined ? undefined : protocols[protocol].parameters.get(source);
  return effect === 'neutral' || effect === 'judged';
}

/** The field that tells a server how hard to reason, if not OpenAI's own. */
const reasoningFields: Readonly<Record<Quirks['reasoning'], string | undefined>> = {
  effort: undefined,
  object: 'reasoning',
  switch: 'thinking',
  'switch-and-effort': 'thinking',
  steps: undefined,
  none: undefined,
};

function findUnpricedMedia(
  prompt: Prompt,
  { model, modelName }: Candidate,
  prices: readonly Price[],
): GatewayError | undefined {
  for (const [kind, { param }] of prompt.media) {
    if (model?.input.includes(kind) !== true) {
      return refusal(param, `The catalog doesn't list ${kind} among the input of ${modelName}, nor what it costs.`);
    }
    if (kind !== 'image' && kind !== 'audio' && prices.some(({ image }) => image > 0)) {
      return refusal(param, `How many images a ${kind} is charged as is not known, and ${modelName} charges for each.`);
    }
  }
  return undefined;
}

const judgedByValue: ReadonlySet<ParameterEffect> = new Set<ParameterEffect>([
  'unbounded',
  'service-tier',
  'modalities',
]);

function findUnpricedField(call: AnyCall, candidate: Candidate, prices: readonly Price[]): GatewayError | undefined {
  for (const [name, effect] of protocols[call.protocol].parameters) {
    if (!judgedByValue.has(effect)) continue;
    const value = fieldOf(call, name);
    if (value === undefined || value === null) continue;
    if (effect === 'unbounded') {
      return refusal(name, `'${name}' is charged for in a way that can't be limited beforehand. Leave it out.`);
    }
    if (effect === 'service-tier' && !isPricedTier(prices, tierSent(call, candidate))) {
      return refusal(name, `${candidate.modelName} has no price for the service tier ${JSON.stringify(value)}.`);
    }
    if (effect === 'modalities' && !isPricedOutput(value, prices)) {
      return refusal(name, `${candidate.modelName} has no price for output other than text. Ask for text only.`);
    }
  }
  return undefined;
}

/** A field of a request, by its name. */
export function fieldOf(call: AnyCall, name: string): unknown {
  const value: unknown = Object.hasOwn(call.request, name) ? Reflect.get(call.request, name) : undefined;
  return value;
}

export function tierSent(call: AnyCall, { price: dated }: Candidate): string | undefined {
  const tier = fieldOf(call, 'service_tier');
  if (typeof tier !== 'string') return undefined;
  return serviceTierCalled(
    tier,
    (dated ?? []).map(({ price }) => price),
  );
}

export function asksForSound(call: AnyCall): boolean {
  const modalities = fieldOf(call, 'modalities');
  return Array.isArray(modalities) && modalities.includes('audio');
}

function isPricedTier(prices: readonly Price[], tier: string | undefined): boolean {
  return tier !== undefined && prices.every((price) => isPricedServiceTier(price, tier));
}

/** Sound without a price of its own would count as text, which it is far from. */
function isPricedOutput(modalities: unknown, prices: readonly Price[]): boolean {
  if (!Array.isArray(modalities)) return false;
  const isSoundPriced = prices.every(({ standard: [rates] }) => rates.audioOutput !== rates.output);
  return modalities.every((each) => each === 'text' || (each === 'audio' && isSoundPriced));
}

function refusal(param: string, message: string): GatewayError {
  return new GatewayError('unbounded_cost', message, { param });
}
