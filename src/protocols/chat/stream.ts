import { scanObject } from '../json/json-scan.ts';
import { type Edit, cutText, cutsFor } from '../json/json-splice.ts';
import { sseDone } from '../sse.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import type { ProviderFault } from '../provider-fault.ts';
import { type JsonRecord, asList, asRecord, parseJson } from '../json/json-value.ts';
import { type SaidUsage, decodeUsage, nothingSaid, saidIn, usageOfSaid, withBeside } from './usage.ts';
import { decodeFault } from './fault.ts';
import { OutputCount } from '../output-count.ts';
import type { ReaderOptions, StreamEvent, StreamReader } from '../stream-reader.ts';
import { ChunkTemplate } from './chunk-template.ts';

const other: StreamEvent = { kind: 'other' };
/** A stream whose chunks differ in more than their text, again and again, has each of them parsed. */
const templatesMax = 8;

/** Follows the stream of a chat completion: what has been generated, what was reported, and whether it is complete. */
export class ChatStream implements StreamReader {
  readonly count: OutputCount;
  #usage: ReportedUsage | undefined;
  /** All the output that had come when the usage was reported. */
  #allAtUsage = 0;
  /** What was reported so far, in the provider's words: a later report may leave out what an earlier one has. */
  #said: SaidUsage = nothingSaid;
  #isDone = false;
  /** Whether its provider has said so, before it was complete. Whatever comes then makes it no more complete. */
  #hasFailed = false;
  /** Whether the usage is the last word on it: it stood by itself, as at the end, or was said with a failure. */
  #isUsageLast = false;
  /** The choices begun, and whether they have a `finish_reason` yet. */
  readonly #isFinished = new Map<number, boolean>();
  /** The fields that every chunk of this stream has, for chunks of our own. */
  #head: Readonly<Record<string, unknown>> = {};

  readonly #choices: number;
  #template: ChunkTemplate | undefined;
  #templates = 0;

  constructor({ choices, wordsPerToken }: ReaderOptions) {
    this.#choices = choices;
    this.count = new OutputCount(wordsPerToken);
  }

  /** What the provider calls the answer; undefined before it has said so. */
  get answerId(): string | undefined {
    const { id } = this.#head;
    return typeof id === 'string' && id !== '' ? id : undefined;
  }

  /** The last usage that was reported and can be true. */
  get usage(): ReportedUsage | undefined {
    return this.#usage;
  }

  /** The usage of all that has come; undefined where some came after the last report. */
  get usageOfAll(): ReportedUsage | undefined {
    return this.#allAtUsage === this.count.all ? this.#usage : undefined;
  }

  get finalUsage(): ReportedUsage | undefined {
    return this.isComplete || this.#isUsageLast ? this.usageOfAll : undefined;
  }

  get webSearches(): number | undefined {
    return this.#said.searches;
  }

  get isDone(): boolean {
    return this.#isDone && !this.#hasFailed;
  }

  /** Whether every choice that was asked for has been finished: what may still come is a usage. */
  get isComplete(): boolean {
    if (this.#hasFailed) return false;
    if (this.#isDone) return true;
    return this.#isFinished.size >= this.#choices && [...this.#isFinished.values()].every((isFinished) => isFinished);
  }

  read(data: string | undefined): StreamEvent {
    if (data === undefined) return other;
    const text = this.#template?.textIn(data);
    if (text !== undefined && this.#template !== undefined) {
      const { choice } = this.#template;
      this.count.addContent(choice, text);
      return { kind: 'chunk', usage: undefined, content: { kind: 'text', choice, text } };
    }
    if (data.trim() === sseDone) {
      this.#isDone = true;
      return { kind: 'done', value: undefined };
    }
    const chunk = asRecord(parseJson(data));
    if (chunk === undefined) return other;
    const fault = decodeFault(chunk);
    if (fault !== undefined) return this.#fail(fault, chunk);
    const choices: unknown = chunk['choices'];
    const hasChoices = Array.isArray(choices) && choices.length > 0;
    if (hasChoices) {
      this.#head = chunk;
      for (const choice of choices) this.#readChoice(choice);
    }
    const usage = this.#report(chunk, !hasChoices);
    if (usage === 'none') {
      this.#learn(data, chunk);
      return { kind: 'chunk', usage: undefined, content: { kind: 'value', value: chunk } };
    }
    if (!hasChoices) return { kind: 'usage-only', usage, value: chunk };
    return { kind: 'chunk', usage, content: { kind: 'value', value: chunk } };
  }

  /** A chunk that ends every choice that is still open, as a provider that kept to the cap would have ended it. */
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

  #learn(data: string, chunk: Readonly<Record<string, unknown>>): void {
    const template = this.#templates < templatesMax ? ChunkTemplate.of(data, chunk) : undefined;
    if (template === undefined) return;
    this.#template = template;
    this.#templates += 1;
  }

  /**
   * What a provider reports is believed unless more than that has come already; what it reported before stays, where it
   * is more. Answers what it now comes to, if that can be true, or that there was no report.
   */
  #report(chunk: JsonRecord, isAlone: boolean): ReportedUsage | undefined | 'none' {
    const said = saidIn(chunk, this.#said);
    const isReport = said.usage !== this.#said.usage || said.ofChoices !== this.#said.ofChoices;
    // One that says nothing by itself says nothing of what has come since the last.
    const usage = isReport && decodeUsage(chunk) !== undefined ? usageOfSaid(said) : undefined;
    if (usage === undefined) {
      this.#noteBeside(said);
      return 'none';
    }
    this.#said = said;
    if (!this.count.report(usage.outputTokens)) return undefined;
    this.#usage = usage;
    this.#allAtUsage = this.count.all;
    // One of nothing at all, before anything came, is a place kept for one that is to come.
    this.#isUsageLast = this.#hasFailed || (isAlone && usage.outputTokens > 0);
    return usage;
  }

  /** What is not in a usage may be told before it, or after. */
  #noteBeside({ tier, searches }: SaidUsage): void {
    if (tier === this.#said.tier && searches === this.#said.searches) return;
    this.#said = { ...this.#said, tier, searches };
    this.#usage = this.#usage === undefined ? undefined : withBeside(this.#usage, this.#said);
  }

  #fail(fault: ProviderFault, chunk: JsonRecord): StreamEvent {
    this.#hasFailed = !this.isComplete;
    // What it may have made last. That a choice has finished so is no end.
    for (const choice of asList(chunk['choices'])) this.#count(asRecord(choice) ?? {});
    const places = [chunk, asRecord(chunk['error']) ?? {}];
    const isReported = places.map((place) => this.#report(place, true)).some((usage) => typeof usage === 'object');
    if (!isReported) this.#isUsageLast ||= this.#usage !== undefined && this.#usage.outputTokens > 0;
    return { kind: 'fault', fault };
  }

  #envelope(): Readonly<Record<string, unknown>> {
    const { id, created, model } = this.#head;
    return { id, object: 'chat.completion.chunk', created, model };
  }

  #readChoice(value: unknown): void {
    const choice = asRecord(value);
    if (choice === undefined) return;
    const index = this.#count(choice);
    const { finish_reason: reason } = choice;
    const isFinished = (reason !== undefined && reason !== null) || this.#isFinished.get(index) === true;
    this.#isFinished.set(index, isFinished);
  }

  #count({ index, delta, message, text }: JsonRecord): number {
    const choice = typeof index === 'number' ? index : 0;
    this.count.add(choice, delta ?? message ?? text);
    return choice;
  }
}

/** The same chunk, byte for byte, but with what the call cost in its usage; undefined where that is not an object. */
export function withCost(data: string, costUsd: string): string | undefined {
  return spliceMember(data, 'usage', (usage) =>
    spliceText(usage, { name: 'cost_usd', value: JSON.stringify(costUsd) }),
  );
}

function spliceMember(text: string, name: string, change: (value: string) => string | undefined): string | undefined {
  const scan = scanObject(text);
  const member = scan.kind === 'object' ? scan.object.members.find((each) => each.name === name) : undefined;
  if (member === undefined) return undefined;
  const value = change(text.slice(member.valueStart, member.valueEnd));
  return value === undefined ? undefined : spliceText(text, { name, value });
}

function spliceText(text: string, edit: Edit): string | undefined {
  const scan = scanObject(text);
  return scan.kind === 'object' ? cutText(text, cutsFor(scan.object, [edit])) : undefined;
}
