import { decodeAnthropicFault } from './messages/fault.ts';
import { messagesParameters } from './messages/parameters.ts';
import { measureMessagesPrompt } from './messages/prompt.ts';
import { type MessagesCall, messagesCallIn, readMessagesCall } from './messages/request.ts';
import { messagesProviderTools } from './messages/server-tools.ts';
import { MessagesStream } from './messages/stream.ts';
import { countMessage, decodeMessagesUsage } from './messages/usage.ts';
import { capNames as chatCapNames, chatParameters } from './chat/parameters.ts';
import { measurePrompt } from './chat/prompt.ts';
import { type ChatCall, chatCallIn, readChatCall } from './chat/request.ts';
import { ChatStream } from './chat/stream.ts';
import { decodeUsage, saidIn } from './chat/usage.ts';
import { embeddingsParameters } from './embeddings/parameters.ts';
import { measureEmbeddingsPrompt } from './embeddings/prompt.ts';
import { type EmbeddingsCall, embeddingsCallIn, readEmbeddingsCall } from './embeddings/request.ts';
import { decodeEmbeddingsUsage } from './embeddings/usage.ts';
import { decodeFault } from './chat/fault.ts';
import { chatProviderTools } from './chat/provider-tools.ts';
import { responsesProviderTools } from './responses/hosted-tools.ts';
import { responsesCapName, responsesParameters } from './responses/parameters.ts';
import { measureResponsesPrompt } from './responses/prompt.ts';
import { type ResponsesCall, readResponsesCall, responsesCallIn } from './responses/request.ts';
import { countResponse } from './responses/count.ts';
import { ResponsesStream } from './responses/stream.ts';
import { decodeFailedEvent, decodeResponsesUsage, endOfResponse } from './responses/usage.ts';
import { type JsonRecord, asList, asRecord } from './json/json-value.ts';
import type { OutputCount } from './output-count.ts';
import type { ParameterEffect } from './parameter-effect.ts';
import type { Prompt } from './prompt.ts';
import type { ProviderTool } from './provider-tool.ts';
import type { ProviderFault } from './provider-fault.ts';
import type { ReadObject } from './json/read-object.ts';
import type { ReportedUsage } from './reported-usage.ts';
import type { ReaderOptions, StreamReader } from './stream-reader.ts';
import { searchBlocksIn, searchItemsIn, searchesCounted } from './web-searches.ts';
import type { WireName } from './wire-call.ts';

/** What the gateway must know of each protocol, in one place. Pure. */

export type AnyCall = ChatCall | MessagesCall | ResponsesCall | EmbeddingsCall;

/** A client's request, in the protocol of the endpoint that it came to. */
export function readCall(wire: WireName, body: Uint8Array): AnyCall {
  switch (wire) {
    case 'chat':
      return readChatCall(body);
    case 'messages':
      return readMessagesCall(body);
    case 'responses':
      return readResponsesCall(body);
    case 'embeddings':
      return readEmbeddingsCall(body);
  }
}

/** A request in a body that has been read, or that we have written. It is checked as if it had been sent. */
export function callOf(wire: WireName, read: ReadObject): AnyCall {
  switch (wire) {
    case 'chat':
      return chatCallIn(read);
    case 'messages':
      return messagesCallIn(read);
    case 'responses':
      return responsesCallIn(read);
    case 'embeddings':
      return embeddingsCallIn(read);
  }
}

const measured = new WeakMap<AnyCall, Prompt>();

/** What the call puts in. It is measured once. */
export function promptOf(call: AnyCall): Prompt {
  const known = measured.get(call);
  if (known !== undefined) return known;
  const prompt = measure(call);
  measured.set(call, prompt);
  return prompt;
}

function measure(call: AnyCall): Prompt {
  switch (call.wire) {
    case 'chat':
      return measurePrompt(call);
    case 'messages':
      return measureMessagesPrompt(call);
    case 'responses':
      return measureResponsesPrompt(call);
    case 'embeddings':
      return measureEmbeddingsPrompt(call);
  }
}

export function parametersOf(wire: WireName): ReadonlyMap<string, ParameterEffect> {
  switch (wire) {
    case 'chat':
      return chatParameters;
    case 'messages':
      return messagesParameters;
    case 'responses':
      return responsesParameters;
    case 'embeddings':
      return embeddingsParameters;
  }
}

/** The tools that a request offers and its provider would run. */
export function providerToolsOf(call: AnyCall): readonly ProviderTool[] {
  switch (call.wire) {
    case 'chat':
      return chatProviderTools(call);
    case 'messages':
      return messagesProviderTools(call);
    case 'responses':
      return responsesProviderTools(call);
    case 'embeddings':
      return [];
  }
}

/** The names under which an output cap can stand; the first is the one to recommend. None where nothing comes out. */
export function capNamesOf(wire: WireName): readonly string[] {
  switch (wire) {
    case 'chat':
      return chatCapNames;
    case 'messages':
      return ['max_tokens'];
    case 'responses':
      return [responsesCapName];
    case 'embeddings':
      return [];
  }
}

/** The usage that an answer reports which came whole. */
export function usageIn(wire: WireName, answer: JsonRecord): ReportedUsage | undefined {
  switch (wire) {
    case 'chat':
      return decodeUsage(answer);
    case 'messages':
      return decodeMessagesUsage(answer);
    case 'responses':
      return decodeResponsesUsage(answer);
    case 'embeddings':
      return decodeEmbeddingsUsage(answer);
  }
}

/** What follows a stream of the protocol. */
export function streamReaderOf(wire: WireName, options: ReaderOptions): StreamReader {
  switch (wire) {
    case 'chat':
      return new ChatStream(options);
    case 'messages':
      return new MessagesStream(options);
    case 'responses':
      return new ResponsesStream(options);
    case 'embeddings':
      throw new Error('embeddings are never streamed');
  }
}

/** Takes in all the output of an answer that came whole. */
export function countAnswer(wire: WireName, count: OutputCount, answer: JsonRecord): void {
  switch (wire) {
    case 'chat':
      for (const [index, choice] of asList(answer['choices']).entries()) {
        count.add(index, asRecord(choice)?.['message']);
      }
      break;
    case 'messages':
      countMessage(count, answer);
      break;
    case 'responses':
      countResponse(count, answer);
      break;
    case 'embeddings':
      // Numbers are not counted: what they cost is what was put in.
      break;
  }
}

/** How many searches of the web are in an answer that came whole. */
export function searchesIn(wire: WireName, answer: JsonRecord): number | undefined {
  switch (wire) {
    case 'chat':
      return saidIn(answer).searches;
    case 'messages':
      return searchBlocksIn(asList(answer['content']));
    case 'responses':
      return searchesCounted(answer) ?? searchItemsIn(asList(answer['output']));
    case 'embeddings':
      return undefined;
  }
}

/** Whether it is what was asked for, as far as anyone relies on it. What it says besides goes on as it is. */
export function isAnswer(wire: WireName, answer: JsonRecord): boolean {
  switch (wire) {
    case 'chat':
      return Array.isArray(answer['choices']) && answer['choices'].every((choice) => asRecord(choice) !== undefined);
    case 'messages':
      return answer['type'] === 'message' && Array.isArray(answer['content']);
    case 'responses':
      return answer['object'] === 'response' && Array.isArray(answer['output']) && answer['status'] !== 'failed';
    case 'embeddings':
      return Array.isArray(answer['data']);
  }
}

/** The error in what is no answer, or in an event of a stream. */
export function faultIn(wire: WireName, answer: JsonRecord): ProviderFault | undefined {
  switch (wire) {
    case 'messages':
      return decodeAnthropicFault(answer);
    case 'responses': {
      // A response that has failed says why in codes of its own, as at the end of a stream.
      const end = answer['object'] === 'response' ? endOfResponse(answer) : undefined;
      return end?.kind === 'failed' ? end.fault : (decodeFault(answer) ?? decodeFailedEvent(answer));
    }
    case 'chat':
    case 'embeddings':
      return decodeFault(answer);
  }
}
