import { type JsonRecord, asCount, asList, asRecord, asText } from '../json/json-value.ts';
import type { ChatChunk, ChunkChoice, ChunkDelta, ToolCallDelta } from './chunk.ts';
import { readFinish, readParts, readStopSequence } from './read-message.ts';

/** Reads a chunk of any server that calls itself compatible. It may be anything. */
export function readChunk(value: JsonRecord): ChatChunk {
  return chunkOf(value, ({ delta, message, text, finish_reason: reason }) => ({
    // Some send their last chunk as a whole message. Some send the text alone, as in the time before chats.
    delta: readDelta(asRecord(delta) ?? asRecord(message) ?? { content: text }),
    finish_reason: readFinish(reason),
  }));
}

/** Reads the whole answer of any such server. */
export function readCompletion(answer: JsonRecord): ChatChunk {
  const id = asText(answer['id']) ?? '';
  return chunkOf(answer, ({ message, text, finish_reason: reason }) => {
    const said = asRecord(message) ?? { content: text };
    const calls = readWholeCalls(said, id);
    return {
      delta: { ...readParts(said), ...(calls.length === 0 ? {} : { tool_calls: calls }) },
      finish_reason: readFinish(reason) ?? (calls.length === 0 ? 'stop' : 'tool_calls'),
    };
  });
}

function chunkOf(
  value: JsonRecord,
  read: (choice: JsonRecord) => Pick<ChunkChoice, 'delta' | 'finish_reason'>,
): ChatChunk {
  const tier = asText(value['service_tier']);
  const choices = asList(value['choices']).flatMap((each, position): ChunkChoice[] => {
    const choice = asRecord(each);
    if (choice === undefined) return [];
    const stopSequence = readStopSequence(choice);
    const logprobs = choice['logprobs'] ?? undefined;
    return [
      {
        index: asCount(choice['index']) ?? position,
        ...read(choice),
        ...(stopSequence === undefined ? {} : { stop_sequence: stopSequence }),
        ...(logprobs === undefined ? {} : { logprobs }),
      },
    ];
  });
  return { choices, ...(tier === undefined ? {} : { service_tier: tier }) };
}

function readDelta(delta: JsonRecord): ChunkDelta {
  const { role, tool_calls: calls, function_call: legacy } = delta;
  const named = asList(calls).flatMap((call, position) => readCall(asRecord(call), position));
  const only = named.length === 0 ? readFunction(asRecord(legacy)) : undefined;
  const made: readonly ToolCallDelta[] = only === undefined ? named : [{ index: 0, type: 'function', function: only }];
  return {
    ...(role === 'assistant' ? { role } : {}),
    ...readParts(delta),
    ...(made.length === 0 ? {} : { tool_calls: made }),
  };
}

/** Calls without an index are in their order. `CallSlots` tells whether one begins or goes on. */
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

function readWholeCalls({ tool_calls: calls, function_call: legacy }: JsonRecord, answerId: string): ToolCallDelta[] {
  const named = asList(calls).flatMap((value, position) => {
    const call = asRecord(value);
    return readWholeCall(asRecord(call?.['function']), asText(call?.['id']) ?? '', answerId, position);
  });
  const all = named.length > 0 ? named : readWholeCall(asRecord(legacy), '', answerId, 0);
  return all.map((call, index) => ({ index, ...call }));
}

function readWholeCall(
  made: JsonRecord | undefined,
  id: string,
  answerId: string,
  position: number,
): Omit<ToolCallDelta, 'index'>[] {
  if (made === undefined) return [];
  const called = { name: asText(made['name']) ?? '', arguments: argumentsText(made['arguments']) ?? '' };
  return [{ id: id === '' ? inventedCallId(answerId, position) : id, type: 'function', function: called }];
}

/** Ollama and others answer with the arguments themselves where their JSON text belongs. */
function argumentsText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return asRecord(value) === undefined ? undefined : JSON.stringify(value);
}

/** Names a call that its server did not name, so that its result can name it. No other answer has the same name. */
export function inventedCallId(answerId: string, position: number): string {
  return `call_${answerId.replaceAll(/[^\w-]/g, '')}_${position}`;
}
