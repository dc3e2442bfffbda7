import { GatewayError } from '../../http/errors.ts';
import { assert } from '../../assert.ts';
import { KeptConversations, type KeptItem, itemsToSend, toSend } from '../../protocols/responses/kept-conversation.ts';
import {
  type References,
  isReference,
  isReferring,
  isToBeKept,
  referencesIn,
} from '../../protocols/responses/references.ts';
import { type InputItem, type ResponsesCall, inputItems } from '../../protocols/responses/request.ts';
import type { KeptTurn } from '../../core/account/kept-response.ts';
import type { Idempotency, ReplayReply, ResolveReply } from '../../core/account/protocol.ts';
import { resolvedBytesMax } from '../../core/account/response-limits.ts';
import { asText } from '../../protocols/json/json-value.ts';
import { isSameJson } from '../../protocols/json/same-json.ts';
import { fieldEdit, removal } from '../../protocols/json/body-edit.ts';
import type { AccountClient } from './account-client.ts';
import type { Caller } from './caller.ts';
import { editedCall } from './edited-call.ts';
import { idempotencyError } from './idempotency.ts';
import { policies } from './policy-cache.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

/** What a call of the Responses API builds on, and what is new in it. */
export interface Conversation {
  /** As the client named it. */
  readonly previousId: string | undefined;
  /** Whether the client wants its response kept. The account decides whether it is. */
  readonly isToBeKept: boolean;
  /** The input begins with the whole conversation of this kept response. */
  readonly baseId: string | undefined;
  /** The rest of the input. */
  readonly added: readonly InputItem[];
  /** How many items of the input come before the client's own. */
  readonly keptItems: number;
}

interface ResolvedCall {
  readonly kind: 'resolved';
  /** With everything in its input that it refers to. */
  readonly call: AnyCall;
  /** Undefined in other protocols. */
  readonly conversation: Conversation | undefined;
}

/**
 * Replaces the references in a call by what they refer to. This comes before all else, so that what is bounded is what
 * is sent, and any target can be asked. A call without references asks nobody.
 */
export async function resolveCall(
  call: AnyCall,
  { secretHash }: Caller,
  account: AccountClient,
  { name, idempotency }: { readonly name: string; readonly idempotency: Idempotency | undefined },
): Promise<ResolvedCall | ReplayReply> {
  if (call.protocol !== 'responses') return { kind: 'resolved', call, conversation: undefined };
  const keepsNone = policies.get(account.accountId)?.policy.responses?.store === false;
  const references = referencesIn(call.request, keepsNone);
  const { responseId, itemIds, hintId } = references;
  if (responseId === undefined && itemIds.length === 0 && hintId === undefined) {
    return { kind: 'resolved', call, conversation: conversationOf(call, undefined, inputItems(call.request)) };
  }
  const asked = { secretHash, name, ...references };
  const reply = await account.ask((actor) =>
    actor.resolve(idempotency === undefined ? asked : { ...asked, idempotency }),
  );
  switch (reply.kind) {
    case 'replay':
      return reply;
    case 'idempotency':
      throw idempotencyError(reply);
    case 'too-large': {
      const message = `What this call refers to is larger than ${resolvedBytesMax} bytes. Begin another conversation.`;
      throw new GatewayError('request_too_large', message, { param: 'input', shouldRetry: false });
    }
    case 'resolved':
      return withConversation(call, references, reply);
  }
}

/** The same for a call that only asks for its size: nothing of it will be kept. */
export async function callToCount(
  call: AnyCall,
  caller: Caller,
  account: AccountClient,
  name: string,
): Promise<AnyCall> {
  if (call.protocol !== 'responses' || !isReferring(call.request)) return call;
  const found = await resolveCall(call, caller, account, { name, idempotency: undefined });
  assert(found.kind === 'resolved', 'a call without an idempotency key is no repeat');
  return found.call;
}

function withConversation(
  call: ResponsesCall,
  { responseId, hintId }: References,
  { turns, missing }: Extract<ResolveReply, { kind: 'resolved' }>,
): ResolvedCall {
  const isNeeded = isReferring(call.request);
  const kept = isNeeded ? new KeptConversations(turns) : hintedConversations(turns);
  const before = responseId === undefined ? [] : kept.upTo(responseId);
  if (before === undefined || (responseId !== undefined && missing.includes(responseId))) {
    throw goneResponse(responseId ?? '');
  }
  const given = inputItems(call.request).map((item, index) => resolved(item, kept, `input[${index}]`));
  const conversation =
    responseId === undefined
      ? goingOn(call, given, hintId === undefined ? undefined : kept.item(hintId), kept)
      : conversationOf(call, responseId, itemsOf(given));
  // A call without references goes on as it was sent.
  if (!isNeeded) return { kind: 'resolved', call, conversation };
  const sent = itemsToSend(before);
  const input = fieldEdit('input', [...sent, ...itemsOf(given)], false);
  const whole = editedCall(call, [input, removal('previous_response_id', false)]);
  return { kind: 'resolved', call: whole, conversation: { ...conversation, keptItems: sent.length } };
}

/** A hint only saves room: if the conversation is too large to look at, the hint is ignored. */
function hintedConversations(turns: readonly KeptTurn[]): KeptConversations {
  try {
    return new KeptConversations(turns);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return new KeptConversations([]);
  }
}

/** An item as it was kept, or as the client sent it. */
type Given = KeptItem | { readonly item: InputItem };

function resolved(item: InputItem, kept: KeptConversations, param: string): Given {
  if (!isReference(item)) return { item };
  const id = asText(item['id']) ?? '';
  const found = kept.item(id);
  if (found !== undefined && found !== 'several') return found;
  const message =
    found === 'several'
      ? `Several items that this key has kept have the id '${id}'.`
      : `The item '${id}' is in no response that is kept by this key: its response was never kept, was deleted, or ` +
        'was forgotten because of its age or for want of room.';
  throw new GatewayError('invalid_request', `${message} Send the item itself.`, { param, shouldRetry: false });
}

/** If the input up to a kept item is a kept conversation, that part is not kept again. */
function goingOn(
  call: ResponsesCall,
  given: readonly Given[],
  hint: KeptItem | 'several' | undefined,
  kept: KeptConversations,
): Conversation {
  if (hint === undefined || hint === 'several') return conversationOf(call, undefined, itemsOf(given));
  const known = kept.upTo(hint.responseId);
  const isKnown =
    known !== undefined &&
    known.length <= given.length &&
    known.every(({ item }, index) => isSameJson(item, given[index]?.item));
  if (!isKnown) return conversationOf(call, undefined, itemsOf(given));
  const added = itemsOf(given.slice(known.length));
  return { ...conversationOf(call, undefined, added), baseId: hint.responseId };
}

function itemsOf(given: readonly Given[]): readonly InputItem[] {
  return given.map((each) => ('provider' in each ? toSend(each) : each.item));
}

function conversationOf(
  { request }: ResponsesCall,
  previousId: string | undefined,
  added: readonly InputItem[],
): Conversation {
  return { previousId, isToBeKept: isToBeKept(request), baseId: previousId, added, keptItems: 0 };
}

const ownParam = /^input\[(\d+)\](.*)$/s;

/** An error about an item of the input, with the item's place among those that the client sent. */
export function inClientsPlaces(thrown: unknown, conversation: Conversation | undefined): unknown {
  const keptItems = conversation?.keptItems ?? 0;
  if (!(thrown instanceof GatewayError) || keptItems === 0) return thrown;
  const [whole, place, rest = ''] = ownParam.exec(thrown.options.param ?? '') ?? [];
  if (whole === undefined) return thrown;
  const index = Number(place) - keptItems;
  const param = index < 0 ? 'previous_response_id' : `input[${index}]${rest}`;
  const message =
    index < 0
      ? `${thrown.message} (It stands in the conversation that this call goes on from: begin another.)`
      : thrown.message.replaceAll(whole, param);
  return new GatewayError(thrown.code, message, { ...thrown.options, param });
}

const remedy = 'Send the whole conversation in `input`.';

function goneResponse(id: string): GatewayError {
  const message =
    `The response '${id}' is not kept by this key, or not with all that it builds on: it was never kept, was ` +
    `deleted, or was forgotten because of its age or for want of room. ${remedy}`;
  return new GatewayError('invalid_request', message, {
    param: 'previous_response_id',
    providerCode: 'previous_response_not_found',
    shouldRetry: false,
  });
}
