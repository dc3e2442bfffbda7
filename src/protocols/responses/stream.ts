import { type JsonRecord, asCount, asList, asRecord, asText } from '../json/json-value.ts';
import type { AddedText, TextTemplate } from '../json/text-template.ts';
import type { ClientUsage } from '../chunk-writer.ts';
import { mergedUsage } from '../merged-usage.ts';
import type { ProviderFault } from '../provider-fault.ts';
import { type ReaderOptions, type StreamEvent, StreamReader, chunkEvent, otherEvent } from '../stream-reader.ts';
import { sseTypedText } from '../sse.ts';
import { searchItemsIn } from '../web-searches.ts';
import { ResponseCount, type TextKind } from './count.ts';
import type { ResponseEnvelope } from './error.ts';
import { cutShort, responseUsage } from './object.ts';
import { decodeResponsesUsage, endOfResponse, faultOf, labelOfResponse } from './usage.ts';

/** After so many templates none is learned any more: the events of this stream differ in more than their text. */
const templatesMax = 64;

/** The item, and its part, that a text is added to. */
interface TextPlace {
  readonly outputIndex: number;
  readonly contentIndex: number;
}

/** Reads the stream of a response. One event both ends it and reports its usage. */
export class ResponsesStream extends StreamReader<TextPlace> {
  readonly #counted: ResponseCount;
  /** The reports so far, in the provider's words. */
  #said: JsonRecord = {};
  /** The tier that the stream has told before its end, which may not tell it. */
  #tier: string | undefined;
  #response: JsonRecord | undefined;
  #sequence = 0;
  /** The items so far, as they were last told, and whether they are done. */
  readonly #items = new Map<number, { readonly item: JsonRecord; readonly isDone: boolean }>();
  #last: JsonRecord | undefined;
  readonly #asTold: ((response: JsonRecord) => JsonRecord) | undefined;

  /** @param asTold makes the provider's response into the client's; undefined if the client gets it unchanged */
  constructor(options: Pick<ReaderOptions, 'wordsPerToken'>, asTold?: (response: JsonRecord) => JsonRecord) {
    super(options, templatesMax);
    this.#asTold = asTold;
    this.#counted = new ResponseCount(this.count);
  }

  get webSearches(): number {
    return searchItemsIn([...this.#items.values()].map(({ item }) => item));
  }

  /** What the stream has said of its response; undefined where it has not begun. */
  get envelope(): ResponseEnvelope | undefined {
    if (this.#response === undefined) return undefined;
    return { response: { ...this.#response, output: this.#output() }, sequence: this.#sequence };
  }

  override read(data: string | undefined): StreamEvent {
    // Nothing may come after the last event.
    return this.hasEnded ? otherEvent : super.read(data);
  }

  protected override readValue(event: JsonRecord, data: string): StreamEvent {
    const type = asText(event['type']);
    if (type === undefined) return otherEvent;
    this.#sequence = (asCount(event['sequence_number']) ?? this.#sequence) + 1;
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        return this.#end(event);
      case 'error':
        // Some servers put the error into the event itself, others one level down.
        return this.#fail(faultOf(asRecord(event['error']) ?? event), event);
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.#begin(event);
      default:
        this.#readOutput(type, event);
        this.learn(data, event);
        return chunkEvent(event);
    }
  }

  /** The response as its last event tells it; undefined before that event. */
  get completed(): JsonRecord | undefined {
    return asRecord(this.#last?.['response']);
  }

  /** The last event of the response, as it came. It is held back until the call is settled. */
  lastEvent(comment?: string, isKept?: boolean): string {
    if (this.#last === undefined) return '';
    const event = isKept === undefined ? this.#last : { ...this.#last, response: { ...this.completed, store: isKept } };
    return sseTypedText(String(this.#last['type']), event, comment);
  }

  /** Ends all open items, as a provider that kept to the cap would have. */
  closeItems(): string {
    let text = '';
    for (const [index, { isDone }] of this.#items) {
      if (isDone) continue;
      const item = this.#itemAt(index);
      const event = { item, output_index: index, sequence_number: this.#sequence };
      text += sseTypedText('response.output_item.done', event);
      this.#items.set(index, { item, isDone: true });
      this.#sequence += 1;
    }
    return text;
  }

  /** The response after it was cut off. */
  cutOff(usage: ClientUsage): JsonRecord {
    const end = cutShort('max_output_tokens');
    return { ...this.#response, ...end, output: this.#output(), usage: responseUsage(usage) };
  }

  /** @param comment stands before the event */
  cutOffEvent(usage: ClientUsage, comment?: string, isKept?: boolean): string {
    const response = { ...this.cutOff(usage), ...(isKept === undefined ? {} : { store: isKept }) };
    return sseTypedText('response.incomplete', { response, sequence_number: this.#sequence }, comment);
  }

  #begin(event: JsonRecord): StreamEvent {
    const response = asRecord(event['response']);
    this.#tier = tierServed(response) ?? this.#tier;
    if (response === undefined) return otherEvent;
    this.note({ id: response['id'], model: response['model'] });
    this.#response = this.#asTold?.(response) ?? response;
    return this.#asTold === undefined ? otherEvent : { kind: 'head', value: { ...event, response: this.#response } };
  }

  #end(event: JsonRecord): StreamEvent {
    const response = asRecord(event['response']) ?? {};
    this.#counted.addItems(response);
    const ended = { ...response, status: String(event['type']).slice('response.'.length) };
    const end = endOfResponse(ended);
    this.note(labelOfResponse(ended));
    if (end.kind === 'failed') return this.#fail(end.fault, response, event);
    this.#report(response);
    this.hasEnded = true;
    this.#last = this.#asTold === undefined ? event : { ...event, response: this.#asTold(this.#whole(response)) };
    return { kind: 'done', value: event };
  }

  /** The last event of some servers has no output. */
  #whole(response: JsonRecord): JsonRecord {
    return asList(response['output']).length > 0 ? response : { ...response, output: this.#output() };
  }

  /** @param places where its usage may stand */
  #fail(fault: ProviderFault, ...places: readonly JsonRecord[]): StreamEvent {
    this.hasFailed = true;
    // The client gets another event instead of this one, with the same number.
    this.#sequence -= 1;
    for (const place of places) {
      this.#report(place);
      this.#report(asRecord(place['response']) ?? {});
      this.#report(asRecord(place['error']) ?? {});
    }
    return { kind: 'fault', fault };
  }

  #report(response: JsonRecord): void {
    const reported = asRecord(response['usage']);
    if (reported === undefined) return;
    const said = mergedUsage(this.#said, reported);
    const tier = response['service_tier'] ?? this.#tier;
    const usage = decodeResponsesUsage({ ...response, usage: said, service_tier: tier }, this.webSearches);
    if (usage !== undefined && this.believe(usage)) this.#said = said;
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
    // What an unknown event adds may be charged for.
    const delta = event['delta'];
    if (typeof delta === 'string') this.#counted.add(output, 'other', 0, delta);
  }

  protected override addText({ place, sequence }: TextTemplate<TextPlace>, text: string): number {
    this.#sequence = sequence + 1;
    this.#counted.addText(place.outputIndex, place.contentIndex, text);
    return 0;
  }

  protected override addedText(event: JsonRecord): AddedText<TextPlace> | undefined {
    const text = asText(event['delta']);
    const outputIndex = asCount(event['output_index']);
    const contentIndex = asCount(event['content_index']);
    if (event['type'] !== 'response.output_text.delta' || text === undefined || text === '') return undefined;
    if (outputIndex === undefined || contentIndex === undefined) return undefined;
    if (asCount(event['sequence_number']) === undefined) return undefined;
    const place = { outputIndex, contentIndex };
    return { place, name: 'delta', text, withText: (delta) => ({ ...event, delta }) };
  }

  #output(): readonly JsonRecord[] {
    return [...this.#items.keys()].toSorted((one, other) => one - other).map((index) => this.#itemAt(index));
  }

  /** An item with all that has come of it. */
  #itemAt(index: number): JsonRecord {
    const { item, isDone } = this.#items.get(index) ?? { item: {}, isDone: true };
    return isDone ? item : this.#counted.itemSoFar(index, item);
  }
}

/** The tier in a response; undefined for `auto`, which only repeats what was asked for. */
function tierServed(response: JsonRecord | undefined): string | undefined {
  const tier = asText(response?.['service_tier']);
  return tier === 'auto' ? undefined : tier;
}

/** The kind of text in each event, and its field: `delta` for a piece, another for the whole text. */
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
