import type { GatewayError } from '../../http/errors.ts';
import type { ChatChunk } from '../../protocols/chat/chunk.ts';
import type { AnswerSink, ToldUsage } from '../../protocols/answer-sink.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { SseEvent } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';
import { type Passage, costComment } from './passage.ts';

/** Makes chunks of a chat completion, in which all protocols meet, of the events of a provider's own. */
export interface ChunkSource {
  chunks(read: StreamEvent): readonly ChatChunk[];
}

/** An answer for a client that speaks another protocol than its provider. */
export class TranslatedPassage implements Passage {
  readonly #source: ChunkSource;
  readonly #sink: AnswerSink;

  constructor(source: ChunkSource, sink: AnswerSink) {
    this.#source = source;
    this.#sink = sink;
  }

  pass(_: SseEvent, read: StreamEvent): string {
    if (read.kind === 'chunk' && read.content.kind === 'text') {
      return this.#sink.text(read.content.choice, read.content.text);
    }
    const chunks = this.#source.chunks(read);
    let text = '';
    for (const chunk of chunks) text += this.#sink.chunk(chunk);
    return text;
  }

  cutOff(): string {
    return this.#sink.cutOff();
  }

  end(told: ToldUsage, isKept?: boolean): string {
    return this.#sink.end(told, told.costUsd === undefined ? undefined : costComment(told.costUsd), isKept);
  }

  response(told: ToldUsage): JsonRecord | undefined {
    return this.#sink.response?.(told);
  }

  error(error: GatewayError, requestId: string, costUsd: string): string {
    return this.#sink.error(error, requestId, costComment(costUsd));
  }
}
