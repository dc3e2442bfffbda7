import type { ChunkDelta, FinishReason } from '../protocols/chat/chunk.ts';
import { decodeFault } from '../protocols/chat/fault.ts';
import { type JsonRecord, asList, asRecord, asText, parseJson } from '../protocols/json/json-value.ts';
import { sseDone } from '../protocols/sse.ts';
import { type WorkersAiAsked, callParts, chatAnswer, finishOf } from './workers-ai-answer.ts';

/** Puts the stream of a Workers AI model into OpenAI's form, event by event. Some models use that already. */
export class WorkersAiStream {
  readonly #asked: WorkersAiAsked;
  #hasBegun = false;
  #reason: unknown;
  #usage: JsonRecord | undefined;
  /** One more than the highest index of the calls that have begun. */
  #calls = 0;
  /** Whether events have OpenAI's form already. Then they pass as they are. */
  isOpenAi = false;

  constructor(asked: WorkersAiAsked) {
    this.#asked = asked;
  }

  /** The data of the events that take the place of this one. */
  push(data: string): readonly string[] {
    if (this.isOpenAi) return [data];
    if (data.trim() === sseDone) return [...this.#end(), sseDone];
    const event = asRecord(parseJson(data));
    if (event === undefined) return [];
    if (event['choices'] !== undefined) {
      this.isOpenAi = true;
      return [data];
    }
    // If an earlier event reported usage, the failure reports it, too.
    if (decodeFault(event) !== undefined) {
      return [this.#usage === undefined ? data : JSON.stringify({ usage: this.#usage, ...event })];
    }
    const isAnswer = 'response' in event || 'tool_calls' in event || 'usage' in event;
    return isAnswer ? this.#read(event) : [data];
  }

  #read(event: JsonRecord): readonly string[] {
    this.#usage = asRecord(event['usage']) ?? this.#usage;
    this.#reason = event['finish_reason'] ?? this.#reason;
    const { response } = event;
    const text = typeof response === 'object' && response !== null ? JSON.stringify(response) : response;
    const said = typeof text === 'string' || typeof text === 'number' ? String(text) : '';
    const calls = asList(event['tool_calls']).flatMap((call) => this.#callDelta(call));
    return [
      ...(said === '' ? [] : [this.#chunk({ content: said })]),
      ...(calls.length === 0 ? [] : [this.#chunk({ tool_calls: calls })]),
    ];
  }

  /**
   * A call begins with a name. A part without a name continues the call before it. Some calls end with an empty part.
   */
  #callDelta(call: unknown): NonNullable<ChunkDelta['tool_calls']>[number][] {
    const parts = callParts(call);
    if (parts === undefined || (parts.name === undefined && (parts.arguments ?? '') === '')) return [];
    if (parts.name === undefined) {
      const index = parts.index ?? Math.max(0, this.#calls - 1);
      return [{ index, function: { arguments: parts.arguments ?? '' } }];
    }
    const index = parts.index ?? this.#calls;
    this.#calls = Math.max(this.#calls, index + 1);
    const id = parts.id ?? `call_${this.#asked.id}_${index}`;
    return [{ index, id, type: 'function', function: { name: parts.name, arguments: parts.arguments ?? '' } }];
  }

  #end(): readonly string[] {
    const reason = finishOf(this.#reason, this.#calls > 0, this.#usage, this.#asked);
    const finish = this.#chunk({}, reason);
    return this.#usage === undefined ? [finish] : [finish, this.#json({ choices: [], usage: this.#usage })];
  }

  #chunk(delta: ChunkDelta, reason: FinishReason | null = null): string {
    const begun = this.#hasBegun ? delta : { role: 'assistant' as const, ...delta };
    this.#hasBegun = true;
    return this.#json({ choices: [{ index: 0, delta: begun, finish_reason: reason }] });
  }

  #json(fields: object): string {
    const { id, created, model } = this.#asked;
    return JSON.stringify({ id, object: 'chat.completion.chunk', created, model, ...fields });
  }
}

/** The events of an answer that came whole although a stream was asked for. Some models can't stream. */
export function eventsOfAnswer(answer: JsonRecord, asked: WorkersAiAsked): readonly string[] {
  const whole = asRecord(chatAnswer(answer, asked)) ?? {};
  const { choices, usage, id, created, model } = whole;
  const head = { id, object: 'chat.completion.chunk', created, model };
  const chunks = asList(choices).flatMap((value) => {
    const choice = asRecord(value) ?? {};
    const { index = 0, finish_reason: reason = 'stop' } = choice;
    const { tool_calls: calls, ...message } = asRecord(choice['message']) ?? {};
    const indexed = asList(calls).map((call, position) => ({ index: position, ...asRecord(call) }));
    const delta = indexed.length === 0 ? message : { ...message, tool_calls: indexed };
    return [
      { ...head, choices: [{ index, delta, finish_reason: null }] },
      { ...head, choices: [{ index, delta: {}, finish_reason: asText(reason) ?? 'stop' }] },
    ];
  });
  const reported = asRecord(usage) === undefined ? [] : [{ ...head, choices: [], usage }];
  return [...[...chunks, ...reported].map((chunk) => JSON.stringify(chunk)), sseDone];
}
