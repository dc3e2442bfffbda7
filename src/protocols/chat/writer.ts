import { type GatewayError, openAiErrorBody } from '../../http/errors.ts';
import type { ChunkWriter, ClientUsage } from '../chunk-writer.ts';
import { sseDone, sseText } from '../sse.ts';
import type { ClientCalls } from './client-calls.ts';
import { type JsonRecord, asRecord } from '../json/json-value.ts';
import type { ChatChunk, ChunkChoice, ChunkDelta } from './chunk.ts';

/** What an answer says of itself, in each of its chunks. */
interface ChunkHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/** Writes an answer of another protocol for a client of chat completions. */
export class ChatWriter implements ChunkWriter {
  readonly #head: ChunkHead;
  readonly #wantsUsage: boolean;
  readonly #calls: ClientCalls;
  /** The beginning of every chunk, up to its choices. Writing it anew each time would cost more than the rest. */
  #beforeChoices: string;
  #tier: string | undefined;
  /** The same for a chunk of text, up to the number of its choice. */
  readonly #beforeChoice: string;
  #isBegun = false;
  #isFinished = false;

  constructor(head: ChunkHead, wantsUsage: boolean, calls: ClientCalls) {
    this.#calls = calls;
    this.#head = head;
    this.#wantsUsage = wantsUsage;
    this.#beforeChoices = beforeChoices(head, undefined);
    this.#beforeChoice = `${this.#beforeChoices}[{"index":`;
  }

  text(choice: number, text: string): string {
    const role = this.#begin(choice);
    return `${role}${this.#beforeChoice}${choice},"delta":{"content":${JSON.stringify(text)}}${unfinished}`;
  }

  chunk({ choices, service_tier: tier }: ChatChunk): string {
    // The usage is told at the end, and only to a client that asked for it.
    if (choices.length === 0) return '';
    if (choices.some(({ finish_reason: reason }) => reason !== null)) this.#isFinished = true;
    if (tier !== this.#tier) {
      this.#tier = tier;
      this.#beforeChoices = beforeChoices(this.#head, tier);
    }
    const own = this.#isBegun ? choices : choices.map(withRole);
    this.#isBegun = true;
    const told = own.map((choice) => this.#calls.chunkChoice(toldChoice(choice)));
    return `${this.#beforeChoices}${JSON.stringify(told)}}\n\n`;
  }

  cutOff(): string {
    if (this.#isFinished) return '';
    this.#isFinished = true;
    return sseText(
      JSON.stringify({ ...envelope(this.#head), choices: [{ index: 0, delta: {}, finish_reason: 'length' }] }),
    );
  }

  end(usage: ClientUsage, comment: string | undefined): string {
    if (!this.#wantsUsage) return sseText(sseDone, comment);
    return (
      sseText(JSON.stringify({ ...envelope(this.#head), choices: [], usage: chatUsage(usage) })) + sseText(sseDone)
    );
  }

  error(error: GatewayError, requestId: string, comment: string | undefined): string {
    return sseText(JSON.stringify(openAiErrorBody(error, requestId)), comment);
  }

  /** The first chunk says who speaks. */
  #begin(choice: number): string {
    if (this.#isBegun) return '';
    this.#isBegun = true;
    return `${this.#beforeChoice}${choice},"delta":{"role":"assistant","content":""}${unfinished}`;
  }
}

const unfinished = ',"finish_reason":null}]}\n\n';

function envelope({ id, created, model }: ChunkHead) {
  return { id, object: 'chat.completion.chunk', created, model };
}

function beforeChoices(head: ChunkHead, tier: string | undefined): string {
  const chunk = { ...envelope(head), ...(tier === undefined ? {} : { service_tier: tier }), choices: [] };
  return `data: ${JSON.stringify(chunk).slice(0, -'[]}'.length)}`;
}

function withRole(choice: ChunkChoice): ChunkChoice {
  return { ...choice, delta: { role: 'assistant', ...choice.delta } };
}

/** An answer that came whole, told as `ChatWriter` tells one that came in chunks. */
export function wholeCompletion(
  { choices, service_tier: tier }: ChatChunk,
  { id, created, model }: ChunkHead,
  calls: ClientCalls,
  usage: ClientUsage,
): JsonRecord {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: choices.map((choice) => calls.wholeChoice(toldChoice(choice))),
    usage: chatUsage(usage),
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

/** A choice without what only other protocols have words for. */
function toldChoice(choice: ChunkChoice): ChunkChoice {
  const { stop_sequence: _, delta, ...others } = choice;
  return { ...others, delta: withWebSources(delta) };
}

/** Strict clients refuse an answer that names a source other than a page of the web. */
function withWebSources(delta: ChunkDelta): ChunkDelta {
  if (delta.annotations === undefined) return delta;
  const { annotations, ...others } = delta;
  const kept = annotations.filter((annotation) => asRecord(annotation)?.['type'] === 'url_citation');
  return kept.length === 0 ? others : { ...others, annotations: kept };
}

/** A usage in OpenAI's words. */
function chatUsage(usage: ClientUsage): JsonRecord {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, costUsd } = usage;
  const written = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cachedInputTokens ?? 0,
      ...(written === 0 ? {} : { cache_write_tokens: written }),
    },
    completion_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    ...(costUsd === undefined ? {} : { cost_usd: costUsd }),
  };
}
