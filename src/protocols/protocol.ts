import { type JsonRecord, asRecord } from './json/json-value.ts';
import type { ReadObject } from './json/read-object.ts';
import type { AnswerLabel } from './answer-label.ts';
import type { OutputCount } from './output-count.ts';
import type { ParameterEffect } from './parameter-effect.ts';
import type { Prompt } from './prompt.ts';
import type { ProviderFault } from './provider-fault.ts';
import type { ProviderTool } from './provider-tool.ts';
import type { ReportedUsage } from './reported-usage.ts';
import type { ReaderOptions, StreamReader } from './stream-reader.ts';

/** All that the gateway must know of a protocol to bound, send, follow and charge a call in it. Pure. */
export interface Protocol<Call> {
  /** The path of the provider's endpoint, from its base URL on. */
  readonly path: string;
  /** Reads a client's request. */
  readonly read: (body: Uint8Array) => Call;
  /**
   * Reads a request whose body is read already, or written by the gateway. It is checked as if a client had sent it.
   */
  readonly callIn: (read: ReadObject) => Call;
  /** Measures what a call puts in. */
  readonly measure: (call: Call) => Prompt;
  readonly parameters: ReadonlyMap<string, ParameterEffect>;
  /** The names of the output cap. The first is the one to recommend. None where nothing comes out. */
  readonly capNames: readonly string[];
  /** Undefined where no conversation takes place. */
  readonly conversation: ConversationFields | undefined;
  /** The field in which a request asks for an answer that follows a schema; undefined where it does not ask. */
  readonly schemaField: (request: JsonRecord) => string | undefined;
  /** The tools that a request offers and that its provider would run. */
  readonly providerTools: (call: Call) => readonly ProviderTool[];
  /**
   * Whether an answer is one of this protocol, as far as anyone relies on it. Other fields are passed on as they are.
   */
  readonly isAnswer: (answer: JsonRecord) => boolean;
  /** The error in what is not an answer, or in an event of a stream. */
  readonly faultIn: (answer: JsonRecord) => ProviderFault | undefined;
  /** The usage that a whole answer reports. */
  readonly usageIn: (answer: JsonRecord) => ReportedUsage | undefined;
  /** What a whole answer says of itself. */
  readonly labelOf: (answer: JsonRecord) => AnswerLabel;
  /** Counts all the output of a whole answer. */
  readonly count: (count: OutputCount, answer: JsonRecord) => void;
  /** How many searches of the web a whole answer shows. */
  readonly searchesIn: (answer: JsonRecord) => number | undefined;
  /** Makes a reader of a stream. */
  readonly reader: (options: ReaderOptions) => StreamReader;
}

/** The fields of a request that say what the model is to do. */
interface ConversationFields {
  readonly instructions?: string;
  /** A list of messages or items, or a text. */
  readonly items: string;
  readonly tools: readonly string[];
}

/** Whether a format is a schema. Any model can be asked for JSON without one. */
export function isSchema(format: unknown): boolean {
  return asRecord(format)?.['type'] === 'json_schema';
}
