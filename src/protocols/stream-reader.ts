import { type AnswerLabel, labelled, noLabel } from './answer-label.ts';
import { type JsonRecord, asRecord, parseJson } from './json/json-value.ts';
import { type AddedText, TextTemplate } from './json/text-template.ts';
import { OutputCount } from './output-count.ts';
import type { ProviderFault } from './provider-fault.ts';
import type { ReportedUsage } from './reported-usage.ts';

/** What an event of a stream means for the relay. */
export type StreamEvent =
  | { readonly kind: 'chunk'; readonly usage: ReportedUsage | undefined; readonly content: ChunkContent }
  /** It has a usage, perhaps not one that can be believed, and nothing else that a client could want. */
  | { readonly kind: 'usage-only'; readonly usage: ReportedUsage | undefined; readonly value: JsonRecord }
  | { readonly kind: 'fault'; readonly fault: ProviderFault }
  /** The last event of the protocol. The relay keeps it back until the call is settled. */
  | { readonly kind: 'done'; readonly value: JsonRecord | undefined }
  /** The head of the answer, as it is changed for the client. */
  | { readonly kind: 'head'; readonly value: JsonRecord }
  /** A comment, or something unknown. It is passed on where the protocol stays the same. */
  | { readonly kind: 'other' };

/** What a chunk says: nothing but a piece of text, known without parsing, or whatever its JSON says. */
type ChunkContent =
  | { readonly kind: 'text'; readonly choice: number; readonly text: string }
  | { readonly kind: 'value'; readonly value: JsonRecord };

export const otherEvent: StreamEvent = { kind: 'other' };

export function chunkEvent(value: JsonRecord, usage?: ReportedUsage): StreamEvent {
  return { kind: 'chunk', usage, content: { kind: 'value', value } };
}

export interface ReaderOptions {
  /** How many answers were asked for. */
  readonly choices: number;
  /** The most words that one token of the model has: see `wordsPerTokenMax`, and `wordsPerTokenAssumed`. */
  readonly wordsPerToken: number;
}

/**
 * Reads the stream of one protocol: counts what is generated, finds the usage, the faults and the end. Most events add
 * text, and are known by a template without parsing.
 */
export abstract class StreamReader<Place = unknown> {
  readonly count: OutputCount;
  /** The last usage that was reported and can be true. */
  usage: ReportedUsage | undefined;
  /** What the answer has said of itself. */
  label: AnswerLabel = noLabel;
  /** All the output that had come when the usage of all of it was reported. */
  #allAtUsage = -1;
  /** Whether the last event of the protocol has come. */
  protected hasEnded = false;
  /** Whether the provider reported a failure before the answer was complete. Nothing completes it after that. */
  protected hasFailed = false;
  #template: TextTemplate<Place> | undefined;
  #templatesLeft: number;

  /** @param templatesMax so many templates are learned. What the last one does not match is parsed */
  protected constructor({ wordsPerToken }: Pick<ReaderOptions, 'wordsPerToken'>, templatesMax: number) {
    this.count = new OutputCount(wordsPerToken);
    this.#templatesLeft = templatesMax;
  }

  /** What the provider calls the answer, where the protocol has a name for it that can be asked about. */
  get answerId(): string | undefined {
    return undefined;
  }

  /** How many searches of the web, which are charged each, have been seen; undefined where none can be. */
  abstract get webSearches(): number | undefined;

  /** The usage of all that has come; undefined where some came after the last report. */
  get usageOfAll(): ReportedUsage | undefined {
    return this.#allAtUsage === this.count.all ? this.usage : undefined;
  }

  /**
   * The usage, if it covers the whole answer: the answer is complete, or its provider has said that it failed, or has
   * told the usage for the last time. Undefined if more may have been generated than the usage says.
   */
  get finalUsage(): ReportedUsage | undefined {
    return this.isComplete || this.isUsageLast ? this.usageOfAll : undefined;
  }

  protected get isUsageLast(): boolean {
    return this.hasFailed;
  }

  /** Whether the last event of the protocol has come. */
  get isDone(): boolean {
    return this.hasEnded && !this.hasFailed;
  }

  /** Whether everything that was asked for has been finished: what may still come is a usage. */
  get isComplete(): boolean {
    return this.isDone;
  }

  /** @param data the data of an event; undefined where it has none */
  read(data: string | undefined): StreamEvent {
    if (data === undefined) return otherEvent;
    const template = this.#template;
    const text = template?.textIn(data);
    if (template === undefined || text === undefined) return this.readData(data);
    return { kind: 'chunk', usage: undefined, content: { kind: 'text', choice: this.addText(template, text), text } };
  }

  /** Reads an event that takes parsing. */
  protected readData(data: string): StreamEvent {
    const value = asRecord(parseJson(data));
    return value === undefined ? otherEvent : this.readValue(value, data);
  }

  protected abstract readValue(value: JsonRecord, data: string): StreamEvent;

  /** Counts the text that an event adds. Answers the choice that it is of. */
  protected abstract addText(template: TextTemplate<Place>, text: string): number;

  /** The text that an event adds; undefined where it does more than that. */
  protected abstract addedText(event: JsonRecord): AddedText<Place> | undefined;

  /** Learns to know events that are like this one. */
  protected learn(data: string, event: JsonRecord): void {
    const added = this.#templatesLeft > 0 ? this.addedText(event) : undefined;
    const template = added === undefined ? undefined : TextTemplate.of(data, event, added);
    if (template === undefined) return;
    this.#template = template;
    this.#templatesLeft -= 1;
  }

  /** Notes what a part of the answer says of it. */
  protected note(said: { readonly [Name in keyof AnswerLabel]: unknown }): void {
    this.label = labelled(this.label, said);
  }

  /**
   * Believes a report of the provider unless more than that has come already. Answers whether it does.
   * @param isOfAll whether the report covers all that has come
   */
  protected believe(usage: ReportedUsage, isOfAll = true): boolean {
    if (!this.count.report(usage.outputTokens)) return false;
    this.usage = usage;
    if (isOfAll) this.#allAtUsage = this.count.all;
    return true;
  }
}
