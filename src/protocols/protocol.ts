import { type JsonRecord, asRecord } from './json/json-value.ts';
import type { ReadObject } from './json/read-object.ts';
import type { OutputCount } from './output-count.ts';
import type { ParameterEffect } from './parameter-effect.ts';
import type { Prompt } from './prompt.ts';
import type { ProviderFault } from './provider-fault.ts';
import type { ProviderTool } from './provider-tool.ts';
import type { ReportedUsage } from './reported-usage.ts';
import type { ReaderOptions, StreamReader } from './stream-reader.ts';

/** All that the gateway must know of a protocol to bound, send, follow and charge a call in it. Pure. */
export interface Protocol<Call> {
  /** Where a provider is asked, from its base URL on. */
  readonly path: string;
  /** A client's request. */
  readonly read: (body: Uint8Array) => Call;
  /** A request in a body that has been read, or that the gateway has written. It is checked as if it had been sent. */
  readonly callIn: (read: ReadObject) => Call;
  /** What a call puts in. */
  readonly measure: (call: Call) => Prompt;
  readonly parameters: ReadonlyMap<string, ParameterEffect>;
  /** The names under which an output cap can stand; the first is the one to recommend. None where nothing comes out. */
  readonly capNames: readonly string[];
  /** Undefined where nothing is said, and so nothing answered. */
  readonly conversation: ConversationFields | undefined;
  /** Where a request asks for an answer after a schema; undefined where it does not. */
  readonly schemaField: (request: JsonRecord) => string | undefined;
  /** The tools that a request offers and its provider would run. */
  readonly providerTools: (call: Call) => readonly ProviderTool[];
  /** Whether it is what was asked for, as far as anyone relies on it. What it says besides goes on as it is. */
  readonly isAnswer: (answer: JsonRecord) => boolean;
  /** The error in what is no answer, or in an event of a stream. */
  readonly faultIn: (answer: JsonRecord) => ProviderFault | undefined;
  /** The usage that an answer reports which came whole. */
  readonly usageIn: (answer: JsonRecord) => ReportedUsage | undefined;
  /** Takes in all the output of an answer that came whole. */
  readonly count: (count: OutputCount, answer: JsonRecord) => void;
  /** How many searches of the web are in an answer that came whole. */
  readonly searchesIn: (answer: JsonRecord) => number | undefined;
  /** What follows a stream. */
  readonly reader: (options: ReaderOptions) => StreamReader;
}

/** In which fields of a request it is said what the model is to do. */
export interface ConversationFields {
  readonly instructions?: string;
  /** A list of messages or items, or a text. */
  readonly items: string;
  readonly tools: readonly string[];
}

/** Whether a format in a request is a schema. JSON of no certain shape can be asked of any model. */
export function isSchema(format: unknown): boolean {
  return asRecord(format)?.['type'] === 'json_schema';
}
