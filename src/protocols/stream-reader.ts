import type { JsonRecord } from './json/json-value.ts';
import type { OutputCount } from './output-count.ts';
import type { ProviderFault } from './provider-fault.ts';
import type { ReportedUsage } from './reported-usage.ts';

/** What an event of a stream means for its relay. */
export type StreamEvent =
  | { readonly kind: 'chunk'; readonly usage: ReportedUsage | undefined; readonly content: ChunkContent }
  /** It has a usage, which may be none that can be believed, and nothing else that a client could want. */
  | { readonly kind: 'usage-only'; readonly usage: ReportedUsage | undefined; readonly value: JsonRecord }
  | { readonly kind: 'fault'; readonly fault: ProviderFault }
  /** The last event of the protocol. Whoever passes the stream on keeps it back until the call is settled. */
  | { readonly kind: 'done'; readonly value: JsonRecord | undefined }
  /** The head of the answer, which is told otherwise than its provider did. */
  | { readonly kind: 'head'; readonly value: JsonRecord }
  /** A comment, or something that nobody has heard of. It is passed on where the protocol stays the same. */
  | { readonly kind: 'other' };

/** What a chunk says: nothing but a piece of text, known without parsing, or whatever its JSON says. */
export type ChunkContent =
  | { readonly kind: 'text'; readonly choice: number; readonly text: string }
  | { readonly kind: 'value'; readonly value: JsonRecord };

/** Follows the stream of one protocol: what has been generated, what was reported, and whether it is complete. */
export interface StreamReader {
  readonly count: OutputCount;
  /** What the provider calls the answer, where the protocol has a name for it that can be asked about. */
  readonly answerId?: string | undefined;
  /** The last usage that was reported and can be true. */
  readonly usage: ReportedUsage | undefined;
  /** The usage of all that has come; undefined where some came after the last report. */
  readonly usageOfAll: ReportedUsage | undefined;
  /**
   * The same, where nothing more can have been made: the answer is complete, or its provider has said that it failed,
   * or it has told the usage for the last time. Undefined where more may have been made than was stated.
   */
  readonly finalUsage: ReportedUsage | undefined;
  /** How many searches of the web, which are charged each, have been seen; undefined where none can be. */
  readonly webSearches?: number | undefined;
  /** Whether the last event of the protocol has come. */
  readonly isDone: boolean;
  /** Whether everything that was asked for has been finished: what may still come is a usage. */
  readonly isComplete: boolean;
  /** @param data the data of an event; undefined where it has none */
  read(data: string | undefined): StreamEvent;
}

export interface ReaderOptions {
  /** How many answers were asked for. */
  readonly choices: number;
  /** The most words that one token of the model has: see `wordsPerTokenMax`, and `wordsPerTokenAssumed`. */
  readonly wordsPerToken: number;
}
