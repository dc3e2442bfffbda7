import type { StreamReader } from '../../protocols/stream-reader.ts';
import type { AnswerKeeper } from './kept-answer.ts';
import type { AttemptStreaming } from '../attempt/attempt.ts';
import type { ResponseKeeper } from './keep-response.ts';
import type { StreamWriter } from './stream-writer.ts';
import type { CallTerms } from '../attempt/call-outcome.ts';

export interface RelayOptions {
  readonly attempt: AttemptStreaming;
  readonly terms: CallTerms;
  /** Reads the stream, in the provider's protocol. */
  readonly reader: StreamReader;
  /** Passes it on, in the client's protocol. */
  readonly writer: StreamWriter;
  /** What earlier attempts of this call cost: the client is told the cost of the whole. */
  readonly spentNanoUsd: number;
  readonly requestId: string;
  /** Keeps what the client gets, for those who repeat its call. It is whole when the outcome is known. */
  readonly keeper?: AnswerKeeper | undefined;
  /** Has the account keep the response that the client gets. Undefined if it is not to be kept. */
  readonly responseKeeper?: ResponseKeeper | undefined;
  /** How long things may take. Defaults are in `limits`. */
  readonly durations?: Partial<RelayDurations>;
}

export interface RelayDurations {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly afterDoneMs: number;
  readonly lastWordsMs: number;
}
