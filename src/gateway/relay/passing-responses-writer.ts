import type { GatewayError } from '../../http/errors.ts';
import { failedEvent } from '../../protocols/responses/error.ts';
import type { ResponsesStream } from '../../protocols/responses/stream.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import { type SseEvent, sseTypedText } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';
import { type StreamWriter, costComment } from './stream-writer.ts';

/** A response for a client of the Responses API, whose provider speaks it too: its bytes, up to the last event. */
export class PassingResponsesWriter implements StreamWriter {
  readonly #stream: ResponsesStream;
  readonly #begun: () => JsonRecord;
  #isCutOff = false;

  /** @param begun the response to tell where the provider has not even begun one */
  constructor(stream: ResponsesStream, begun: () => JsonRecord) {
    this.#stream = stream;
    this.#begun = begun;
  }

  pass(_: SseEvent, read: StreamEvent): string | undefined {
    if (read.kind === 'head') return sseTypedText(String(read.value['type']), read.value);
    // Nothing after the last event goes to the client: it would get two ends.
    return this.#stream.isDone ? '' : undefined;
  }

  cutOff(): string {
    this.#isCutOff = true;
    return this.#stream.closeItems();
  }

  end(told: ClientUsage, isKept?: boolean): string {
    if (this.#isCutOff) return this.#stream.cutOffEvent(told, comment(told), isKept);
    return this.#stream.lastEvent(comment(told), isKept);
  }

  response(told: ClientUsage): JsonRecord | undefined {
    return this.#isCutOff ? this.#stream.cutOff(told) : this.#stream.completed;
  }

  error(error: GatewayError, requestId: string, costUsd: string): string {
    const envelope = this.#stream.envelope ?? { response: this.#begun(), sequence: 0 };
    return failedEvent(envelope, error, requestId, costComment(costUsd));
  }
}

function comment({ costUsd }: ClientUsage): string | undefined {
  return costUsd === undefined ? undefined : costComment(costUsd);
}
