import { type JsonRecord, asCount, asList, asRecord, asText, parseJson } from '../json/json-value.ts';
import type { ClientUsage } from '../chunk-writer.ts';
import { mergedUsage } from '../merged-usage.ts';
import { OutputCount } from '../output-count.ts';
import type { ProviderFault } from '../provider-fault.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import type { ReaderOptions, StreamEvent, StreamReader } from '../stream-reader.ts';
import { searchItemsIn } from '../web-searches.ts';
import { ResponseCount, type TextKind } from './count.ts';
import { DeltaTemplate } from './delta.ts';
import { type ResponseEnvelope, responsesEvent } from './error.ts';
import { itemSoFar } from './item-so-far.ts';
import { cutShort, responseUsage } from './object.ts';
import { decodeResponsesUsage, endOfResponse, faultOf } from './usage.ts';

const other: StreamEvent = { kind: 'other' };
/** A stream whose events differ in more than their text, again and again, has each of them parsed. */
const templatesMax = 64;

/** Follows the stream of a response: what has been generated, what was reported, and whether it is complete. */
export class ResponsesStream implements StreamReader {
  readonly count: OutputCount;
  readonly #counted: ResponseCount;
  #usage: ReportedUsage | undefined;
  /** What was reported so far, in the provider's words. */
  #said: JsonRecord = {};
  /** What the stream has called its tier, before the end, which may not name it. */
  #tier: string | undefined;
  /** All the output that had come when the usage was reported. */
  #allAtUsage = 0;
  #isDone = false;
  /** Whether its provider has said so. Whatever comes then makes it no more complete. */
  #hasFailed = false;
  #response: JsonRecord | undefined;
  #sequence = 0;
  /** The items begun, as they were last told, and whether they are done. */
  readonly #items = new Map<number, { readonly item: JsonRecord; readonly isDone: boolean }>();
  #last: JsonRecord | undefined;
  readonly #asTold: ((response: JsonRecord) => JsonRecord) | undefined;
  #template: DeltaTemplate | undefined;
  #templates = 0;

  /** @param asTold makes of the provider's response that of whoever keeps it; undefined where it is told as it is */
  constructor({ wordsPerToken }: Pick<ReaderOptions, 'wordsPerToken'>, asTold?: (response: JsonRecord) => JsonRecord) {
    this.count = new OutputCount(wordsPerToken);
    this.#asTold = asTold;
    this.#counted = new ResponseCount(this.count);
  }

  get usage(): ReportedUsage | undefined {
    return this.#usage;
  }

  get usageOfAll(): ReportedUsage | undefined {
    return this.#allAtUsage === this.count.all ? this.#usage : undefined;
  }

  get finalUsage(): ReportedUsage | undefined {
    return this.#isDone || this.#hasFailed ? this.usageOfAll : undefined;
  }

  get webSearches(): number {
    return searchItemsIn([...this.#items.values()].map(({ item }) => item));
  }

  get isDone(): boolean {
    return this.#isDone && !this.#hasFailed;
  }

  /** A response is finished, and its usage reported, in one and the same event. */
  get isComplete(): boolean {
    return this.isDone;
  }

  /** What the stream has said of its response; undefined where it has not begun. */
  get envelope(): ResponseEnvelope | undefined {
    if (this.#response === undefined) return undefined;
    return { response: { ...this.#response, output: this.#output() }, sequence: this.#sequence };
  }

  read(data: string | undefined): StreamEvent {
    // What comes after the last event is nobody's.
    if (data === undefined || this.#isDone) return other;
    const delta = this.#template?.read(data);
    if (delta !== undefined && this.#template !== undefined) {
      const { outputIndex, contentIndex } = this.#template;
      this.#sequence = delta.sequence + 1;
      this.#counted.addText(outputIndex, contentIndex, delta.text);
      return { kind: 'chunk', usage: undefined, content: { kind: 'text', choice: 0, text: delta.text } };
    }
    const event = asRecord(parseJson(data));
    const type = asText(event?.['type']);
    if (event === undefined || type === undefined) return other;
    this.#sequence = (asCount(event['sequence_number']) ?? this.#sequence) + 1;
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        return this.#end(event);
      case 'error':
        // Some servers have the error itself in the event, others one level down.
        return this.#fail(faultOf(asRecord(event['error']) ?? event), event);
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.#begin(event);
      default:
        this.#readOutput(type, event);
        this.#learn(data, event);
        return { kind: 'chunk', usage: undefined, content: { kind: 'value', value: event } };
    }
  }

  /** The response as its last event tells it; undefined where that has not come. */
  get completed(): JsonRecord | undefined {
    return asRecord(this.#last?.['response']);
  }

  /** The last event of the response, as it came, for whoever kept it back until the call was settled. */
  lastEvent(comment?: string, isKept?: boolean): string {
    if (this.#last === undefined) return '';
    const event = isKept === undefined ? this.#last : { ...this.#last, response: { ...this.completed, store: isKept } };
    return responsesEvent(String(this.#last['type']), event, comment);
  }

  /** Ends the items that are open, as a provider that kept to the cap would have ended them. */
  closeItems(): string {
    let text = '';
    for (const [index, { isDone }] of this.#items) {
      if (isDone) continue;
      const item = this.#itemAt(index);
      text += responsesEvent('response.output_item.done', {
        item,
        output_index: index,
        sequence_number: this.#sequence,
      });
      this.#items.set(index, { item, isDone: true });
      this.#sequence += 1;
    }
    return text;
  }

  /** The response, where it was cut off. */
  cutOff(usage: ClientUsage): JsonRecord {
    return {
      ...this.#response,
      ...cutShort('max_output_tokens'),
      output: this.#output(),
      usage: responseUsage(usage),
    };
  }

  /** @param comment to stand before the event */
  cutOffEvent(usage: ClientUsage, comment?: string, isKept?: boolean): string {
    const response = { ...this.cutOff(usage), ...(isKept === undefined ? {} : { store: isKept }) };
    return responsesEvent('response.incomplete', { response, sequence_number: this.#sequence }, comment);
  }

  #begin(event: JsonRecord): StreamEvent {
    const response = asRecord(event['response']);
    this.#tier = tierServed(response) ?? this.#tier;
    if (response === undefined) return other;
    this.#response = this.#asTold?.(response) ?? response;
    return this.#asTold === undefined ? other : { kind: 'head', value: { ...event, response: this.#response } };
  }

  #end(event: JsonRecord): StreamEvent {
    const response = asRecord(event['response']) ?? {};
    asList(response['output']).forEach((value, index) => {
      const item = asRecord(value);
      if (item !== undefined) this.#counted.addItem(index, item);
    });
    const end = endOfResponse({ ...response, status: String(event['type']).slice('response.'.length) });
    if (end.kind === 'failed') return this.#fail(end.fault, response, event);
    this.#report(response);
    this.#isDone = true;
    this.#last = this.#asTold === undefined ? event : { ...event, response: this.#asTold(this.#whole(response)) };
    return { kind: 'done', value: event };
  }

  /** Some servers say at the end only that it is the end. */
  #whole(response: JsonRecord): JsonRecord {
    return asList(response['output']).length > 0 ? response : { ...response, output: this.#output() };
  }

  /** @param places where its usage may stand */
  #fail(fault: ProviderFault, ...places: readonly JsonRecord[]): StreamEvent {
    this.#hasFailed = true;
    // The client isn't told this event: the one that it is told instead takes its number.
    this.#sequence -= 1;
    for (const place of places) {
      this.#report(place);
      this.#report(asRecord(place['response']) ?? {});
      this.#report(asRecord(place['error']) ?? {});
    }
    return { kind: 'fault', fault };
  }

  /** What a provider reports is believed unless more than that has come already. */
  #report(response: JsonRecord): void {
    const reported = asRecord(response['usage']);
    if (reported === undefined) return;
    const said = mergedUsage(this.#said, reported);
    const tier = response['service_tier'] ?? this.#tier;
    const usage = decodeResponsesUsage({ ...response, usage: said, service_tier: tier }, this.webSearches);
    if (usage === undefined || !this.count.report(usage.outputTokens)) return;
    this.#said = said;
    this.#usage = usage;
    this.#allAtUsage = this.count.all;
  }

  #readOutput(type: string, event: JsonRecord): void {
    const output = asCount(event['output_index']) ?? 0;
    const item = asRecord(event['item']);
    if (item !== undefined) {
      const isDone = type === 'response.output_item.done';
      this.#items.set(output, { item, isDone });
      this.#counted.addItem(output, item);
      return;
    }
    const [kind, field] = textsOfEvents.get(type) ?? [];
    if (kind !== undefined && field !== undefined) {
      const index = asCount(event['content_index']) ?? asCount(event['summary_index']) ?? 0;
      const text = asText(event[field]) ?? '';
      if (field === 'delta') this.#counted.add(output, kind, index, text);
      else this.#counted.complete(output, kind, index, text);
      return;
    }
    // An event that nobody has heard of: what it adds may be something that is charged for.
    const delta = event['delta'];
    if (typeof delta === 'string') this.#counted.add(output, 'other', 0, delta);
  }

  #learn(data: string, event: JsonRecord): void {
    const template = this.#templates < templatesMax ? DeltaTemplate.of(data, event) : undefined;
    if (template === undefined) return;
    this.#template = template;
    this.#templates += 1;
  }

  #output(): readonly JsonRecord[] {
    return [...this.#items.keys()].toSorted((one, other_) => one - other_).map((index) => this.#itemAt(index));
  }

  /** An item with all that has come of it. */
  #itemAt(index: number): JsonRecord {
    const { item, isDone } = this.#items.get(index) ?? { item: {}, isDone: true };
    return isDone ? item : itemSoFar(item, (kind, at) => this.#counted.text(index, kind, at));
  }
}

/** A response that has only begun may repeat what was asked for. `auto` is no tier. */
function tierServed(response: JsonRecord | undefined): string | undefined {
  const tier = asText(response?.['service_tier']);
  return tier === 'auto' ? undefined : tier;
}

/** In which events a text comes piece by piece, and in which whole, and where in them it stands. */
const textsOfEvents: ReadonlyMap<string, readonly [TextKind, string]> = new Map<string, readonly [TextKind, string]>([
  ['response.output_text.delta', ['text', 'delta']],
  ['response.output_text.done', ['text', 'text']],
  ['response.refusal.delta', ['refusal', 'delta']],
  ['response.refusal.done', ['refusal', 'refusal']],
  ['response.reasoning_text.delta', ['reasoning', 'delta']],
  ['response.reasoning_text.done', ['reasoning', 'text']],
  ['response.reasoning_summary_text.delta', ['summary', 'delta']],
  ['response.reasoning_summary_text.done', ['summary', 'text']],
  ['response.function_call_arguments.delta', ['arguments', 'delta']],
  ['response.function_call_arguments.done', ['arguments', 'arguments']],
  ['response.mcp_call_arguments.delta', ['arguments', 'delta']],
  ['response.mcp_call_arguments.done', ['arguments', 'arguments']],
  ['response.custom_tool_call_input.delta', ['input', 'delta']],
  ['response.custom_tool_call_input.done', ['input', 'input']],
]);
