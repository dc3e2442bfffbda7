import type { GatewayError } from '../../http/errors.ts';
import type { ChatChunk } from '../../protocols/chat/chunk.ts';
import type { ChunkWriter, ClientUsage } from '../../protocols/chunk-writer.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { SseEvent } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';
import { type StreamWriter, costComment } from './stream-writer.ts';

/** Turns the events of a provider into chunks of a chat completion, the common form of all translations. */
export interface ChunkReader {
  chunks(read: StreamEvent): readonly ChatChunk[];
}

/** An answer for a client whose protocol is not its provider's. */
export class TranslatingWriter implements StreamWriter {
  readonly #reader: ChunkReader;
  readonly #writer: ChunkWriter;

  constructor(reader: ChunkReader, writer: ChunkWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  pass(_: SseEvent, read: StreamEvent): string {
    if (read.kind === 'chunk' && read.content.kind === 'text') {
      return this.#writer.text(read.content.choice, read.content.text);
    }
    const chunks = this.#reader.chunks(read);
    let text = '';
    for (const chunk of chunks) text += this.#writer.chunk(chunk);
    return text;
  }

  cutOff(): string {
    return this.#writer.cutOff();
  }

  end(told: ClientUsage, isKept?: boolean): string {
    return this.#writer.end(told, told.costUsd === undefined ? undefined : costComment(told.costUsd), isKept);
  }

  response(told: ClientUsage): JsonRecord | undefined {
    return this.#writer.response?.(told);
  }

  error(error: GatewayError, requestId: string, costUsd: string): string {
    return this.#writer.error(error, requestId, costComment(costUsd));
  }
}
