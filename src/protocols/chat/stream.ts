import { sseDone } from '../sse.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import type { ProviderFault } from '../provider-fault.ts';
import { type JsonRecord, asList, asRecord, isSet } from '../json/json-value.ts';
import { type SaidUsage, decodeUsage, nothingSaid, saidIn, usageOfSaid, withBeside } from './usage.ts';
import { decodeFault } from './fault.ts';
import type { AddedText, TextTemplate } from '../json/text-template.ts';
import { type ReaderOptions, type StreamEvent, StreamReader, chunkEvent } from '../stream-reader.ts';

/** After so many templates none is learned any more: the chunks of this stream differ in more than their text. */
const templatesMax = 8;

/** Reads the stream of a chat completion. Text is added to a choice. */
export class ChatStream extends StreamReader<number> {
  /** The reports so far, in the provider's words. A later report may leave out what an earlier one has. */
  #said: SaidUsage = nothingSaid;
  /** Whether the usage is the last word on it: it came alone, as at the end, or with a failure. */
  #isUsageLast = false;
  /** The choices that have begun, and whether each has a `finish_reason` yet. */
  readonly #isFinished = new Map<number, boolean>();
  /** The last chunk with choices. Our own chunks repeat its fields. */
  #head: JsonRecord = {};
  readonly #choices: number;

  constructor(options: ReaderOptions) {
    super(options, templatesMax);
    this.#choices = options.choices;
  }

  override get answerId(): string | undefined {
    const { id } = this.#head;
    return typeof id === 'string' && id !== '' ? id : undefined;
  }

  get webSearches(): number | undefined {
    return this.#said.searches;
  }

  protected override get isUsageLast(): boolean {
    return this.#isUsageLast;
  }

  override get isComplete(): boolean {
    if (this.hasFailed) return false;
    if (this.hasEnded) return true;
    return this.#isFinished.size >= this.#choices && [...this.#isFinished.values()].every((isFinished) => isFinished);
  }

  protected override readData(data: string): StreamEvent {
    if (data.trim() !== sseDone) return super.readData(data);
    this.hasEnded = true;
    return { kind: 'done', value: undefined };
  }

  protected override readValue(chunk: JsonRecord, data: string): StreamEvent {
    const fault = decodeFault(chunk);
    if (fault !== undefined) return this.#fail(fault, chunk);
    const choices: unknown = chunk['choices'];
    const hasChoices = Array.isArray(choices) && choices.length > 0;
    if (hasChoices) {
      this.#head = chunk;
      this.note({ id: chunk['id'], model: chunk['model'] });
      for (const choice of choices) this.#readChoice(choice);
    }
    const usage = this.#report(chunk, !hasChoices);
    if (usage === 'none') {
      this.learn(data, chunk);
      return chunkEvent(chunk);
    }
    return hasChoices ? chunkEvent(chunk, usage) : { kind: 'usage-only', usage, value: chunk };
  }

  protected override addText({ place: choice }: TextTemplate<number>, text: string): number {
    this.count.addContent(choice, text);
    return choice;
  }

  protected override addedText(chunk: JsonRecord): AddedText<number> | undefined {
    const { choices } = chunk;
    if (!Array.isArray(choices) || choices.length !== 1) return undefined;
    const choice = asRecord(choices[0]);
    const delta = asRecord(choice?.['delta']);
    if (choice === undefined || delta === undefined) return undefined;
    const { index: place = 0, finish_reason: reason = null } = choice;
    const { content: text, ...others } = delta;
    if (typeof place !== 'number' || reason !== null || typeof text !== 'string' || text === '') return undefined;
    const isAlone = Object.entries(others).every(([name, value]) => value === null || name === 'role');
    if (!isAlone) return undefined;
    const withText = (content: string) => ({ ...chunk, choices: [{ ...choice, delta: { ...delta, content } }] });
    return { place, name: 'content', text, withText };
  }

  /** A chunk that ends every open choice, as a provider that kept to the cap would. */
  cutOffChunk(): string {
    const indexes = Array.from({ length: this.#choices }, (_, index) => index);
    const open = indexes.filter((index) => this.#isFinished.get(index) !== true);
    const choices = open.map((index) => ({ index, delta: {}, logprobs: null, finish_reason: 'length' }));
    return JSON.stringify({ ...this.#envelope(), choices });
  }

  /** The chunk that a client asked for with `stream_options.include_usage`. */
  usageChunk(usage: { readonly inputTokens: number; readonly outputTokens: number }, costUsd: string): string {
    const { inputTokens, outputTokens } = usage;
    const reported = {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      cost_usd: costUsd,
    };
    return JSON.stringify({ ...this.#envelope(), choices: [], usage: reported });
  }

  /**
   * Reads a report of the usage. What was reported before stays, where it is more. Answers what the usage now comes to,
   * if that can be true, or that there was no report.
   */
  #report(chunk: JsonRecord, isAlone: boolean): ReportedUsage | undefined | 'none' {
    const said = saidIn(chunk, this.#said);
    const isReport = said.usage !== this.#said.usage || said.ofChoices !== this.#said.ofChoices;
    // A report that says nothing by itself says nothing of what has come since the last.
    const usage = isReport && decodeUsage(chunk) !== undefined ? usageOfSaid(said) : undefined;
    if (usage === undefined) {
      this.#noteBeside(said);
      return 'none';
    }
    this.#said = said;
    if (!this.believe(usage)) return undefined;
    // A report of zeros before anything came only keeps a place for one that is to come.
    this.#isUsageLast = this.hasFailed || (isAlone && usage.outputTokens > 0);
    return usage;
  }

  /** What stands beside a usage may come before it or after it. */
  #noteBeside({ tier, searches }: SaidUsage): void {
    if (tier === this.#said.tier && searches === this.#said.searches) return;
    this.#said = { ...this.#said, tier, searches };
    this.usage = this.usage === undefined ? undefined : withBeside(this.usage, this.#said);
  }

  #fail(fault: ProviderFault, chunk: JsonRecord): StreamEvent {
    this.hasFailed = !this.isComplete;
    // It may have made something last. A choice that finishes with a failure is not complete.
    const choices = asList(chunk['choices']).map((choice) => asRecord(choice) ?? {});
    for (const choice of choices) this.#count(choice);
    this.note({ id: chunk['id'], model: chunk['model'], finishReason: choices[0]?.['finish_reason'] });
    const places = [chunk, asRecord(chunk['error']) ?? {}];
    const isReported = places.map((place) => this.#report(place, true)).some((usage) => typeof usage === 'object');
    if (!isReported) this.#isUsageLast ||= this.usage !== undefined && this.usage.outputTokens > 0;
    return { kind: 'fault', fault };
  }

  #envelope(): JsonRecord {
    const { id, created, model } = this.#head;
    return { id, object: 'chat.completion.chunk', created, model };
  }

  #readChoice(value: unknown): void {
    const choice = asRecord(value);
    if (choice === undefined) return;
    const index = this.#count(choice);
    const { finish_reason: reason } = choice;
    if (index === 0) this.note({ finishReason: reason });
    this.#isFinished.set(index, isSet(reason) || this.#isFinished.get(index) === true);
  }

  #count({ index, delta, message, text }: JsonRecord): number {
    const choice = typeof index === 'number' ? index : 0;
    this.count.add(choice, delta ?? message ?? text);
    return choice;
  }
}
