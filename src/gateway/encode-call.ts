import { messagesBodyOf } from '../anthropic/chat-to-messages.ts';
import { chatBodyOfMessages } from '../anthropic/messages-to-chat.ts';
import { writtenMessagesCall } from '../anthropic/messages-request.ts';
import { noQuirks } from '../catalog/no-quirks.ts';
import { GatewayError } from '../http/errors.ts';
import { writtenChatCall, writtenChatRequest } from '../openai/chat-request.ts';
import { plainChatBody } from '../openai/plain-chat.ts';
import { chatBodyOfResponses } from '../openai/responses-to-chat.ts';
import { wireOf } from '../routing/wire-of.ts';
import type { JsonRecord } from '../wire/json-value.ts';
import { type Untranslatable, isUntranslatable, untranslatable } from '../wire/wire-call.ts';
import type { Bindable } from './bound.ts';
import { quirksOf } from './prepare.ts';
import type { AnyCall } from './wires.ts';

/**
 * The client's request in the protocol in which the target is asked, or why it can't be put into it. What is neither
 * side's own goes by way of a chat completion.
 */
export function encodeCall(call: AnyCall, attempt: Bindable): AnyCall | GatewayError {
  const { candidate, provider } = attempt;
  const wire = wireOf(call.wire, provider, candidate.target);
  if (wire === call.wire) return call;
  const rich = richChatBody(call);
  if (isUntranslatable(rich)) return unsupported(rich, attempt);
  switch (wire) {
    case 'chat':
      return writtenChatCall(plainChatBody(rich, quirksOf(provider) ?? noQuirks, candidate.model?.reasoning));
    case 'messages': {
      const asked = call.wire === 'chat' ? call.request : writtenChatRequest(rich);
      const body = messagesBodyOf(asked, claudeModel(attempt));
      return isUntranslatable(body) ? unsupported(body, attempt) : writtenMessagesCall(body);
    }
    case 'responses':
    case 'embeddings':
    case undefined:
      return new GatewayError('unsupported_parameter', `${provider.name} can't be asked for this by ${call.wire}.`);
  }
}

function richChatBody(call: AnyCall): JsonRecord | Untranslatable {
  switch (call.wire) {
    case 'chat':
      return call.request;
    case 'messages':
      return chatBodyOfMessages(call.request);
    case 'responses':
      return chatBodyOfResponses(call.request);
    case 'embeddings':
      return untranslatable('model', `${call.wire} takes a model that makes them.`);
  }
}

function unsupported({ param, message }: Untranslatable, { provider }: Bindable): GatewayError {
  return new GatewayError('unsupported_parameter', `${provider.name}: ${message}`, { param });
}

/** For a model of which the catalog says nothing: it is asked for as much as a client that says nothing would get. */
const outputTokensOfUnknown = 8192;

function claudeModel({ candidate: { model, target } }: Bindable) {
  return {
    name: target.model,
    maxOutputTokens: model?.maxOutputTokens ?? outputTokensOfUnknown,
    defaultOutputTokens: model?.defaultOutputTokens ?? outputTokensOfUnknown,
    thinking: model?.thinking,
  };
}
