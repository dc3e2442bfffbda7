import { anthropicErrorBody } from '../../http/anthropic-error.ts';
import type { GatewayError } from '../../http/errors.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import { type JsonRecord, asCount } from '../../protocols/json/json-value.ts';
import { type SseEvent, sseTypedText } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';
import { type StreamWriter, costComment } from './stream-writer.ts';

/** A message for a client that speaks Anthropic's protocol, as its provider does: its bytes, up to the last event. */
export class PassingMessagesWriter implements StreamWriter {
  /** The index of the open block. */
  #open: number | undefined;

  pass(_: SseEvent, read: StreamEvent): string | undefined {
    if (read.kind === 'chunk' && read.content.kind === 'value') this.#note(read.content.value);
    return read.kind === 'done' ? '' : undefined;
  }

  cutOff({ outputTokens }: ClientUsage): string {
    const stop = this.#open === undefined ? '' : sseTypedText('content_block_stop', { index: this.#open });
    const delta = { container: null, stop_reason: 'max_tokens', stop_sequence: null, stop_details: null };
    return stop + sseTypedText('message_delta', { delta, usage: { ...unsaid, output_tokens: outputTokens } });
  }

  end({ costUsd }: ClientUsage): string {
    return sseTypedText('message_stop', {}, costUsd === undefined ? undefined : costComment(costUsd));
  }

  error(error: GatewayError, requestId: string, costUsd: string): string {
    return sseTypedText('error', anthropicErrorBody(error, requestId), costComment(costUsd));
  }

  #note(value: JsonRecord): void {
    if (value['type'] === 'content_block_start') this.#open = asCount(value['index']);
    if (value['type'] === 'content_block_stop') this.#open = undefined;
  }
}

/** Fields that the beginning of the message has told, or that nobody knows. */
const unsaid = {
  input_tokens: null,
  cache_creation_input_tokens: null,
  cache_read_input_tokens: null,
  output_tokens_details: null,
  server_tool_use: null,
};
