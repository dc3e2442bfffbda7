import type { GatewayError } from '../http/errors.ts';
import type { ChatChunk } from './chat/chunk.ts';
import type { JsonRecord } from './json/json-value.ts';
import type { ReportedUsage } from './reported-usage.ts';

/** What a call used, as its client is told: what the provider reported, or else what it is charged. */
export type ClientUsage = Pick<ReportedUsage, 'inputTokens' | 'outputTokens'> &
  Partial<ReportedUsage> & {
    /** What the whole call cost, as decimal text. */
    readonly costUsd?: string;
  };

/**
 * Writes an answer as a stream in the protocol of the client, from the chunks of a chat completion, which is what every
 * other protocol is translated into. All that is answered is the text of whole events, or nothing. Pure but for what it
 * remembers of the answer; it is called in the order of the stream.
 */
export interface ChunkWriter {
  /** A piece of text and nothing else: most chunks, on a short way. */
  text(choice: number, text: string): string;
  chunk(chunk: ChatChunk): string;
  /** Ends whatever is still open as a provider ends an answer that has reached its output cap. */
  cutOff(): string;
  /**
   * The end of a complete answer: everything from the last of its content on.
   * @param comment to stand before the very last event, for a client that has not been told the cost otherwise
   * @param isKept whether the account keeps the response, where the client was told that it would. Asked for both, it
   *   answers both.
   */
  end(usage: ClientUsage, comment: string | undefined, isKept?: boolean): string;
  /** The whole answer as the end tells it, where the protocol's answers may be kept. To be asked before the end is. */
  response?(usage: ClientUsage): JsonRecord;
  /** The end of an answer that can't be completed, which no client can take for complete. */
  error(error: GatewayError, requestId: string, comment: string | undefined): string;
}
