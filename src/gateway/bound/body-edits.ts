import { foreignThinkingEdits, messagesCapEdits } from '../../protocols/messages/edits.ts';
import { noQuirks } from '../../catalog/no-quirks.ts';
import { routerFields } from '../../catalog/sampling-fields.ts';
import type { Model, Provider, Quirks } from '../../catalog/schema.ts';
import { bothCapsEdits, chatCapEdits, usageEdits } from '../../protocols/chat/edits.ts';
import type { ChatCall } from '../../protocols/chat/request.ts';
import { quirkEdits } from '../../protocols/chat/plain-chat.ts';
import { foreignReasoningEdits, responsesEdits } from '../../protocols/responses/edits.ts';
import { workersAiEdits } from '../../providers/workers-ai-request.ts';
import { type BodyEdit, fieldEdit, removal } from '../../protocols/json/body-edit.ts';
import { isForGateway } from '../../protocols/asked-models.ts';
import type { Edit } from '../../protocols/json/json-splice.ts';
import type { Bindable } from './bindable.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/**
 * What becomes of a body on its way to a server, in two steps. Whatever could change what is put in, or what the call
 * is charged for, is an edit of the first: those are made before the call is bounded. Pure.
 */

/** The first step: all that can be said before it is known how much may come out. */
export function contentEdits(call: AnyCall, attempt: Bindable): BodyEdit[] {
  const { model } = attempt.candidate;
  const edits = [...gatewayEdits(call), ...ownEdits(call, attempt).filter(({ name }) => !isForGateway(name, call))];
  return [...edits, ...addedParams(call, model, edits)];
}

/** The second: the output cap, and the request for usage. None of it is put in. */
export function sendEdits(
  call: AnyCall,
  cap: number | undefined,
  { provider, candidate: { model } }: Bindable,
): Edit[] {
  const edits = sendEditsOf(call, cap, provider, model);
  return [...edits, ...addedCap(call, model, edits)];
}

export function quirksOf(provider: Provider): Quirks | undefined {
  return provider.kind === 'openai' || provider.kind === 'cloudflare-ai-gateway' ? provider.quirks : undefined;
}

/** The same, with what the rest of the catalog shows that the server knows of OpenRouter's fields. */
export function quirksOfTarget({ provider, candidate: { target } }: Bindable): Quirks | undefined {
  const quirks = quirksOf(provider);
  if (quirks === undefined || quirks.extensions.includes('routing')) return quirks;
  const isShown = target.capsPrice || routerFields.some((name) => provider.neutralParams.includes(name));
  return isShown ? { ...quirks, extensions: [...quirks.extensions, 'routing'] } : quirks;
}

function gatewayEdits(call: AnyCall): BodyEdit[] {
  // Numbers of two models can't be compared: of embeddings no list is known.
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

/** What the catalog adds to requests for the model, where the client said nothing of the sort. */
function addedParams({ protocol, object }: AnyCall, model: Model | undefined, edits: readonly Edit[]): BodyEdit[] {
  const effects = protocols[protocol].parameters;
  const said = new Set([...object.members, ...edits].map(({ name }) => name));
  return Object.entries(model?.params ?? {})
    .filter(([name]) => !said.has(name) && !protocols[protocol].capNames.includes(name))
    .map(([name, value]) => fieldEdit(name, value, effects.get(name) === 'neutral'));
}

/** A cap of the catalog's own: only where there is no other. */
function addedCap({ protocol, object }: AnyCall, model: Model | undefined, edits: readonly Edit[]): Edit[] {
  const names = protocols[protocol].capNames;
  if ([...object.members, ...edits].some(({ name }) => names.includes(name))) return [];
  return Object.entries(model?.params ?? {})
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => ({ name, value: JSON.stringify(value) }));
}
