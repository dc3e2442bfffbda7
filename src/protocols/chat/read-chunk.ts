import { type JsonRecord, asCount, asList, asRecord, asText } from '../json/json-value.ts';
import type { ChatChunk, ChunkChoice, ChunkDelta, ToolCallDelta } from './chunk.ts';
import { readFinish, readParts, readStopSequence, readUsage } from './read-message.ts';

/** A chunk of any server that calls itself compatible, in the words that translations know. It may be anything. */
export function readChunk(value: JsonRecord): ChatChunk {
  const usage = readUsage(value);
  const tier = asText(value['service_tier']);
  return {
    id: asText(value['id']) ?? '',
    object: 'chat.completion.chunk',
    created: asCount(value['created']) ?? 0,
    model: asText(value['model']) ?? '',
    choices: asList(value['choices']).flatMap((choice, position) => readChoice(asRecord(choice), position)),
    ...(usage === undefined ? {} : { usage }),
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

function readChoice(choice: JsonRecord | undefined, position: number): ChunkChoice[] {
  if (choice === undefined) return [];
  const { index, delta, message, text, finish_reason: reason, logprobs } = choice;
  const stopSequence = readStopSequence(choice);
  return [
    {
      index: asCount(index) ?? position,
      // Some send their last chunk as a whole message, and some the text alone, as before there were chats.
      delta: readDelta(asRecord(delta) ?? asRecord(message) ?? { content: text }),
      finish_reason: readFinish(reason),
      ...(stopSequence === undefined ? {} : { stop_sequence: stopSequence }),
      ...(logprobs === undefined || logprobs === null ? {} : { logprobs }),
    },
  ];
}

function readDelta(delta: JsonRecord): ChunkDelta {
  const { tool_calls: calls, function_call: legacy } = delta;
  const named = asList(calls).flatMap((call, position) => readCall(asRecord(call), position));
  const only = named.length === 0 ? readFunction(asRecord(legacy)) : undefined;
  const made: readonly ToolCallDelta[] = only === undefined ? named : [{ index: 0, type: 'function', function: only }];
  return {
    ...(delta['role'] === 'assistant' ? { role: 'assistant' as const } : {}),
    ...readParts(delta),
    ...(made.length === 0 ? {} : { tool_calls: made }),
  };
}

/** Without an index, calls are in their order. Whether one begins or goes on is for `CallSlots` to tell. */
function readCall(call: JsonRecord | undefined, position: number): ToolCallDelta[] {
  if (call === undefined) return [];
  const id = asText(call['id']) ?? '';
  const made = readFunction(asRecord(call['function']));
  if (id === '' && made === undefined) return [];
  return [
    {
      index: asCount(call['index']) ?? position,
      ...(id === '' ? {} : { id }),
      type: 'function',
      ...(made === undefined ? {} : { function: made }),
    },
  ];
}

function readFunction(made: JsonRecord | undefined): ToolCallDelta['function'] {
  const name = asText(made?.['name']) ?? '';
  const text = argumentsText(made?.['arguments']);
  if (name === '' && text === undefined) return undefined;
  return { ...(name === '' ? {} : { name }), ...(text === undefined ? {} : { arguments: text }) };
}

/** Ollama and others answer with the arguments themselves where their JSON text belongs. */
export function argumentsText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return asRecord(value) === undefined ? undefined : JSON.stringify(value);
}
