import { fieldsLeftOut, messagesBodyOf } from '../../protocols/translate/chat-to-messages/request.ts';
import { chatBodyOfMessages } from '../../protocols/translate/messages-to-chat/request.ts';
import { writtenMessagesCall } from '../../protocols/messages/request.ts';
import { threadField, threadUnsupported } from '../../protocols/messages/threads.ts';
import { type Quirks, noQuirks } from '../../catalog/quirks.ts';
import { GatewayError } from '../../http/errors.ts';
import { type ChatCall, writtenChatCall, writtenChatRequest } from '../../protocols/chat/request.ts';
import { droppedFields, foreignReasoning } from '../../protocols/chat/dropped-fields.ts';
import { droppedParts } from '../../protocols/chat/dropped-parts.ts';
import { plainChatBody, toldReasoning } from '../../protocols/chat/plain-chat.ts';
import type { ResponsesRequest } from '../../protocols/responses/request.ts';
import { chatBodyOfResponses } from '../../protocols/translate/responses-to-chat/request.ts';
import { targetProtocol } from '../../core/routing/target-protocol.ts';
import type { BodyEdit } from '../../protocols/json/body-edit.ts';
import type { Edit } from '../../protocols/json/json-splice.ts';
import { type JsonRecord, asList, asRecord, asText } from '../../protocols/json/json-value.ts';
import { type Drop, type Untranslatable, isUntranslatable, untranslatable } from '../../protocols/protocol-call.ts';
import type { Bindable } from './bindable.ts';
import { contentEdits, quirksOfTarget } from './body-edits.ts';
import { editedCall } from '../request/edited-call.ts';
import { type AnyCall, promptOf } from '../../protocols/protocols.ts';
import type { Prompt } from '../../protocols/prompt.ts';

/** A request in the form for one target. What is measured of it is what will be sent. */
export interface TargetCall {
  /** With all of its input. */
  readonly call: AnyCall;
  /** Changes that are left for the moment of sending. None is input or changes the price. */
  readonly edits: readonly Edit[];
  /** What it leaves out of the client's request, because the target can't do it and it was optional. */
  readonly dropped: readonly string[];
}

/** The client's request for one target, or why the target can't be asked for it. */
export function encodeCall(call: AnyCall, attempt: Bindable): TargetCall | GatewayError {
  const dropped = new Set<string>();
  const translated = translatedCall(call, attempt, (name) => dropped.add(name));
  if (translated instanceof GatewayError) return translated;
  const edits = contentEdits(translated, attempt);
  const edited = withEdits(
    translated,
    edits.filter(({ isAside }) => !isAside),
    attempt,
  );
  if (edited instanceof GatewayError) return edited;
  return { call: edited, edits: edits.filter(({ isAside }) => isAside), dropped: [...dropped] };
}

function withEdits(call: AnyCall, edits: readonly BodyEdit[], { candidate }: Bindable): AnyCall | GatewayError {
  try {
    return editedCall(call, edits);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    const [field = ''] = /^[^.[]*/.exec(thrown.options.param ?? '') ?? [];
    if (!Object.hasOwn(candidate.model?.params ?? {}, field)) return thrown;
    // A client can't mend what it did not send.
    const fault = `The catalog adds '${field}' to requests for ${candidate.modelName}, but ${thrown.message}`;
    return new GatewayError('configuration_error', fault);
  }
}

/**
 * The request in the protocol of the target, or why it can't be translated. If neither protocol is
 * chat, it becomes a chat completion on the way.
 */
function translatedCall(call: AnyCall, attempt: Bindable, drop: Drop): AnyCall | GatewayError {
  const { candidate, provider } = attempt;
  const protocol = targetProtocol(call.protocol, provider, candidate.target);
  const quirks = quirksOfTarget(attempt) ?? noQuirks;
  if (protocol === call.protocol) {
    if (call.protocol === 'chat') noteDropped(call, quirks, candidate.model?.reasoning ?? true, drop);
    return call;
  }
  const rich = richChatBody(call, drop);
  if (isUntranslatable(rich)) return unsupported(call, rich, attempt);
  switch (protocol) {
    case 'chat': {
      for (const name of droppedFields(call, quirks)) drop(name);
      const fault = fileFault(rich, quirks);
      if (fault !== undefined) return unsupported(call, fault, attempt);
      return writtenChatCall(plainChatBody(rich, quirks, candidate.model?.reasoning));
    }
    case 'messages': {
      const asked = call.protocol === 'chat' ? call.request : writtenChatRequest(rich);
      const body = messagesBodyOf(asked, claudeModel(attempt));
      if (isUntranslatable(body)) return unsupported(call, body, attempt);
      if (call.protocol === 'chat') for (const name of fieldsLeftOut(call, body)) drop(name);
      return writtenMessagesCall(body);
    }
    case 'responses':
    case 'embeddings':
    case undefined:
      return new GatewayError('unsupported_parameter', `${provider.name} can't be asked for this by ${call.protocol}.`);
  }
}

/** For a body that stays in its own protocol. */
function noteDropped(call: ChatCall, quirks: Quirks, reasons: boolean, drop: Drop): void {
  for (const name of [...droppedFields(call, quirks), ...droppedParts(call, quirks)]) drop(name);
  const reasoning = foreignReasoning(call, quirks);
  if (reasoning !== undefined && Object.keys(toldReasoning(reasoning, quirks, reasons)).length === 0) drop('reasoning');
}

function richChatBody(call: AnyCall, drop: Drop): JsonRecord | Untranslatable {
  switch (call.protocol) {
    case 'chat':
      return call.request;
    case 'messages':
      return chatBodyOfMessages(call.request, drop);
    case 'responses':
      return chatBodyOfResponses(call.request, drop);
    case 'embeddings':
      return untranslatable('model', `${call.protocol} takes a model that makes them.`);
  }
}

/** OpenAI takes the content of a file, and no address; its servers don't fetch anything. */
function fileFault({ messages }: JsonRecord, { extensions }: Quirks): Untranslatable | undefined {
  if (extensions.includes('file_url')) return undefined;
  const parts = asList(messages).flatMap((message) => asList(asRecord(message)?.['content']));
  const isAddress = (part: unknown) =>
    /^https?:/i.test(asText(asRecord(asRecord(part)?.['file'])?.['file_data']) ?? '');
  if (!parts.some(isAddress)) return undefined;
  return untranslatable('messages', 'Files are taken as what is in them, and not by their address. Send it in base64.');
}

function unsupported(call: AnyCall, { param, message }: Untranslatable, { provider }: Bindable): GatewayError {
  const own = call.protocol === 'responses' ? responsesParam(call.request, param) : param;
  const isThread = call.protocol === 'messages' && param === threadField;
  const options = isThread ? threadUnsupported : { param: own };
  return new GatewayError('unsupported_parameter', `${provider.name}: ${message}`, options);
}

/** The client's own name for a field that is named as in chat completions. */
function responsesParam({ top_logprobs: top }: ResponsesRequest, param: string): string {
  if (param === 'logprobs') return typeof top === 'number' && top > 0 ? 'top_logprobs' : 'include';
  if (param.startsWith('messages')) return 'input';
  return param.replace(/^response_format\.json_schema\b/, 'text.format').replace(/^response_format\b/, 'text.format');
}

/** For a model that the catalog does not know: as much as a client gets that asks for nothing. */
const outputTokensOfUnknown = 8192;

function claudeModel({ candidate: { model, target } }: Bindable) {
  return {
    name: target.model,
    maxOutputTokens: model?.maxOutputTokens ?? outputTokensOfUnknown,
    defaultOutputTokens: model?.defaultOutputTokens ?? outputTokensOfUnknown,
    thinking: model?.thinking,
  };
}

/** A request in the form for its target, with its prompt. */
export interface EncodedCall extends TargetCall {
  readonly prompt: Prompt;
}

/** Encodes a client's request for each target, the same target only once. */
export class CallEncoder {
  readonly #call: AnyCall;
  readonly #encoded = new Map<string, TargetCall | GatewayError>();

  constructor(call: AnyCall) {
    this.#call = call;
  }

  encode(attempt: Bindable): EncodedCall | GatewayError {
    const name = targetName(attempt);
    const encoded = this.#encoded.get(name) ?? this.#encode(attempt);
    this.#encoded.set(name, encoded);
    if (encoded instanceof GatewayError) return encoded;
    return { ...encoded, prompt: promptOf(encoded.call) };
  }

  /** What can't be said to one target may well be said to the next. */
  #encode(attempt: Bindable): TargetCall | GatewayError {
    try {
      return encodeCall(this.#call, attempt);
    } catch (thrown) {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    }
  }
}

/** Names a target among those of one call. Two models of the catalog may ask one target in different words. */
export function targetName({ candidate, provider }: Bindable): string {
  return JSON.stringify([provider.name, candidate.target.model, candidate.modelName]);
}
