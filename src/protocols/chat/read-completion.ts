import { type JsonRecord, asCount, asList, asRecord, asText } from '../json/json-value.ts';
import type { ChatCompletion, CompletionChoice, ToolCall } from './chunk.ts';
import { argumentsText } from './read-chunk.ts';
import { readFinish, readParts, readStopSequence, readUsage } from './read-message.ts';

/** The whole answer of any server that calls itself compatible, in the words that translations know. */
export function readCompletion(answer: JsonRecord): ChatCompletion {
  const usage = readUsage(answer);
  const tier = asText(answer['service_tier']);
  const id = asText(answer['id']) ?? '';
  return {
    id,
    object: 'chat.completion',
    created: asCount(answer['created']) ?? 0,
    model: asText(answer['model']) ?? '',
    choices: asList(answer['choices']).flatMap((choice, position) => readChoice(asRecord(choice), position, id)),
    ...(usage === undefined ? {} : { usage }),
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

function readChoice(choice: JsonRecord | undefined, position: number, answerId: string): CompletionChoice[] {
  if (choice === undefined) return [];
  const message = asRecord(choice['message']) ?? { content: choice['text'] };
  const { content, ...parts } = readParts(message);
  const calls = readCalls(message, answerId);
  const stopSequence = readStopSequence(choice);
  return [
    {
      index: asCount(choice['index']) ?? position,
      message: {
        role: 'assistant',
        content: content ?? null,
        ...parts,
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      },
      finish_reason: readFinish(choice['finish_reason']) ?? (calls.length === 0 ? 'stop' : 'tool_calls'),
      ...(stopSequence === undefined ? {} : { stop_sequence: stopSequence }),
      ...(choice['logprobs'] === undefined || choice['logprobs'] === null ? {} : { logprobs: choice['logprobs'] }),
    },
  ];
}

function readCalls({ tool_calls: calls, function_call: legacy }: JsonRecord, answerId: string): ToolCall[] {
  const named = asList(calls).flatMap((call, position) => {
    const record = asRecord(call);
    return readCall(asRecord(record?.['function']), asText(record?.['id']), answerId, position);
  });
  return named.length > 0 ? named : readCall(asRecord(legacy), undefined, answerId, 0);
}

function readCall(
  made: JsonRecord | undefined,
  id: string | undefined,
  answerId: string,
  position: number,
): ToolCall[] {
  if (made === undefined) return [];
  return [
    {
      id: id === undefined || id === '' ? inventedCallId(answerId, position) : id,
      type: 'function',
      function: { name: asText(made['name']) ?? '', arguments: argumentsText(made['arguments']) ?? '' },
    },
  ];
}

/** For a call that its server gave no name, so that its result can name it: unlike that of any other answer. */
export function inventedCallId(answerId: string, position: number): string {
  return `call_${answerId.replaceAll(/[^\w-]/g, '')}_${position}`;
}
