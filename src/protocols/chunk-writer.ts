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
 * Writes an answer as a stream in the protocol of the client, from chunks of a chat completion, into which every other
 * protocol is translated. Each method answers the text of whole events, or nothing. A writer remembers the answer so
 * far, so it takes the chunks in the order of the stream. Else it is pure.
 */
export interface ChunkWriter {
  /** A piece of text and nothing else, as most chunks are. This is the fast way for them. */
  text(choice: number, text: string): string;
  chunk(chunk: ChatChunk): string;
  /** Ends what is open, as a provider ends an answer that reaches its output cap. */
  cutOff(): string;
  /**
   * The end of a complete answer: everything after the last of its content.
   * @param comment stands before the very last event, for a client that is not told the cost otherwise
   * @param isKept whether the account keeps the response, where the client was told that it would. The writer can be
   *   asked for both ends.
   */
  end(usage: ClientUsage, comment: string | undefined, isKept?: boolean): string;
  /**
   * The whole answer as the end tells it, where the account may keep answers of the protocol. Ask for it before the
   * end.
   */
  response?(usage: ClientUsage): JsonRecord;
  /** The end of an answer that can't be completed. No client can take it for complete. */
  error(error: GatewayError, requestId: string, comment: string | undefined): string;
}
