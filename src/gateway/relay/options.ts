import type { StreamReader } from '../../protocols/stream-reader.ts';
import type { AnswerKeeper } from './kept-answer.ts';
import type { AttemptStreaming } from '../attempt/attempt.ts';
import type { ResponseKeeper } from './keep-response.ts';
import type { StreamWriter } from './stream-writer.ts';
import type { CallTerms } from '../attempt/call-outcome.ts';

/** What the relay of a stream is given. */
export interface RelayOptions {
  readonly attempt: AttemptStreaming;
  readonly terms: CallTerms;
  /** Follows the stream in the protocol of its provider. */
  readonly reader: StreamReader;
  /** Passes it on in that of the client. */
  readonly writer: StreamWriter;
  /** What earlier attempts of this call were charged, since the client is told the cost of the whole. */
  readonly spentNanoUsd: number;
  readonly requestId: string;
  /** Where what the client gets is kept for those who repeat its call. It is whole when the outcome is known. */
  readonly keeper?: AnswerKeeper | undefined;
  /** Has the account keep the response that the client is told. Undefined where it is not to be kept. */
  readonly responseKeeper?: ResponseKeeper | undefined;
  /** How long things may take. What is left out is as `limits` has it. */
  readonly durations?: Partial<RelayDurations>;
}

export interface RelayDurations {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly afterDoneMs: number;
  readonly lastWordsMs: number;
}
