import type { Quirks } from '../catalog/schema.ts';
import { decodeFault } from '../openai/fault.ts';
import { chatCapEdits, usageEdits } from '../openai/chat-edits.ts';
import { capNames as chatCapNames, chatParameters } from '../openai/chat-parameters.ts';
import { measurePrompt } from '../openai/chat-prompt.ts';
import { type ChatCall, readChatCall } from '../openai/chat-request.ts';
import { ChatStream } from '../openai/chat-stream.ts';
import { decodeUsage } from '../openai/chat-usage.ts';
import { type JsonRecord, asList, asRecord } from '../wire/json-value.ts';
import type { Edit } from '../wire/json-splice.ts';
import type { OutputCount } from '../wire/output-count.ts';
import type { ParameterEffect } from '../wire/parameter-effect.ts';
import type { Prompt } from '../wire/prompt.ts';
import type { ProviderFault } from '../wire/provider-fault.ts';
import type { ReportedUsage } from '../wire/reported-usage.ts';
import type { ReaderOptions, StreamReader } from '../wire/stream-reader.ts';
import type { WireName } from '../wire/wire-call.ts';

/** What the gateway must know of each protocol, in one place. Pure. */

export type AnyCall = ChatCall;

/** A client's request, in the protocol of the endpoint that it came to. */
export function readCall(wire: WireName, body: Uint8Array): AnyCall {
  switch (wire) {
    case 'chat':
      return readChatCall(body);
    case 'messages':
    case 'responses':
    case 'embeddings':
      throw new Error(`no reader of ${wire}`);
  }
}

/** What the call puts in. */
export function promptOf(call: AnyCall): Prompt {
  switch (call.wire) {
    case 'chat':
      return measurePrompt(call);
  }
}

export function parametersOf(wire: WireName): ReadonlyMap<string, ParameterEffect> {
  switch (wire) {
    case 'chat':
    case 'messages':
    case 'responses':
    case 'embeddings':
      return chatParameters;
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
      return ['max_output_tokens'];
    case 'embeddings':
      return [];
  }
}

/** What becomes of a body on its way to a server, beside the name of its model. */
export function editsOf(call: AnyCall, cap: number | undefined, quirks: Quirks | undefined): Edit[] {
  switch (call.wire) {
    case 'chat':
      return [
        ...chatCapEdits(call, cap, quirks?.outputCap),
        ...(quirks?.streamUsage === false ? [] : usageEdits(call)),
      ];
  }
}

export function readerOf(wire: WireName, options: ReaderOptions): StreamReader {
  switch (wire) {
    case 'chat':
    case 'messages':
    case 'responses':
    case 'embeddings':
      return new ChatStream(options);
  }
}

/** The usage that an answer reports which came whole. */
export function usageIn(wire: WireName, answer: JsonRecord): ReportedUsage | undefined {
  switch (wire) {
    case 'chat':
    case 'messages':
    case 'responses':
    case 'embeddings':
      return decodeUsage(answer);
  }
}

/** Takes in all the output of an answer that came whole. */
export function countAnswer(wire: WireName, count: OutputCount, answer: JsonRecord): void {
  switch (wire) {
    case 'chat':
    case 'messages':
    case 'responses':
    case 'embeddings':
      for (const [index, choice] of asList(answer['choices']).entries()) {
        count.add(index, asRecord(choice)?.['message']);
      }
  }
}

/** Whether it is what was asked for, as far as anyone relies on it. What it says besides goes to the client as it is. */
export function isAnswer(wire: WireName, answer: JsonRecord): boolean {
  switch (wire) {
    case 'chat':
      return Array.isArray(answer['choices']) && answer['choices'].every((choice) => asRecord(choice) !== undefined);
    case 'messages':
      return answer['type'] === 'message' && Array.isArray(answer['content']);
    case 'responses':
      return answer['object'] === 'response' && Array.isArray(answer['output']);
    case 'embeddings':
      return Array.isArray(answer['data']);
  }
}

/** The error in what is no answer. */
export function faultIn(wire: WireName, answer: JsonRecord): ProviderFault | undefined {
  switch (wire) {
    case 'chat':
    case 'messages':
    case 'responses':
    case 'embeddings':
      return decodeFault(answer);
  }
}
