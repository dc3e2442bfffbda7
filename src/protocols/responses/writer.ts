import type { GatewayError } from '../../http/errors.ts';
import type { ChunkWriter, ClientUsage } from '../chunk-writer.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import { CallSlots } from '../chat/call-slots.ts';
import type { ChatChunk, ChunkDelta, FinishReason, ReasoningDetail, ToolCallDelta } from '../chat/chunk.ts';
import { readableText } from '../chat/readable-text.ts';
import { openAiTier } from '../chat/service-tier.ts';
import { sseTypedText } from '../sse.ts';
import { CallItem, SearchItem } from './call-item.ts';
import { wantsReasoning } from './edits.ts';
import { failedEvent } from './error.ts';
import { MessageItem } from './message-item.ts';
import { type ToldResponse, begunResponse, endedBy, responseUsage } from './object.ts';
import { EventWriter, type ItemPlace, OutputItem } from './output-item.ts';
import { ReasoningItem } from './reasoning-item.ts';
import type { ResponsesRequest } from './request.ts';
import { type ToolNames, type ToolOfClient, toolNames } from './tools.ts';

/** A call whose name has not come yet. It can't be told before. */
interface NamelessCall {
  readonly id: string | undefined;
  readonly given: string;
}

/** Writes an answer as a stream of the Responses API. */
export class ResponsesWriter implements ChunkWriter {
  readonly #begun: JsonRecord;
  readonly #now: () => number;
  readonly #idBase: string;
  readonly #names: ToolNames;
  readonly #isReasoningSealed: boolean;
  readonly #events = new EventWriter();
  readonly #items: OutputItem[] = [];
  /** The item that text and reasoning are added to. */
  #open: MessageItem | ReasoningItem | undefined;
  readonly #slots = new CallSlots();
  /** By slot. All calls may be open at once. */
  readonly #calls = new Map<number, CallItem | SearchItem | NamelessCall>();
  readonly #callIds = new Set<string>();
  #hasBegun = false;
  #finish: FinishReason | undefined;
  #isEnded = false;
  /** The events before the last, and the number of the last, once they are known. */
  #closing: string | undefined;
  #lastNumber: number | undefined;
  #end: JsonRecord | undefined;
  #serviceTier: string | undefined;

  constructor(request: ResponsesRequest, told: ToldResponse) {
    this.#begun = begunResponse(request, told);
    this.#now = told.now;
    this.#idBase = told.id.replace(/^resp_/, '');
    this.#names = toolNames(request);
    this.#isReasoningSealed = wantsReasoning(request);
  }

  text(choice: number, text: string): string {
    if (this.#isEnded || choice !== 0 || text === '') return '';
    if (this.#open instanceof MessageItem) return this.#open.text(text);
    return this.#begin() + this.#inMessage((item) => item.text(text));
  }

  chunk(chunk: ChatChunk): string {
    if (this.#isEnded) return '';
    let text = this.#begin();
    this.#serviceTier = openAiTier(chunk.service_tier) ?? this.#serviceTier;
    for (const { index, delta, finish_reason: reason, logprobs } of chunk.choices) {
      if (index !== 0) continue;
      text += this.#add(delta, asList(asRecord(logprobs)?.['content']));
      this.#finish = reason ?? this.#finish;
    }
    return text;
  }

  cutOff(): string {
    if (this.#isEnded) return '';
    this.#finish = 'length';
    return this.#begin() + this.#close();
  }

  end(usage: ClientUsage, comment: string | undefined, isKept?: boolean): string {
    this.#closing ??= this.#begin() + this.#close();
    this.#lastNumber ??= this.#events.next();
    const whole = this.response(usage);
    const response = isKept === undefined ? whole : { ...whole, store: isKept };
    const type = `response.${String(whole['status'])}`;
    return this.#closing + sseTypedText(type, { response, sequence_number: this.#lastNumber }, comment);
  }

  error(error: GatewayError, requestId: string, comment: string | undefined): string {
    const before = this.#begin();
    this.#isEnded = true;
    const envelope = { response: { ...this.#begun, output: this.#output() }, sequence: this.#events.sequence };
    return before + failedEvent(envelope, error, requestId, comment);
  }

  /** The whole response, with all that has come. */
  response(usage: ClientUsage): JsonRecord {
    this.#closing ??= this.#begin() + this.#close();
    return {
      ...this.#begun,
      ...(this.#end ??= endedBy(this.#finish ?? 'stop', this.#now)),
      ...(this.#serviceTier === undefined ? {} : { service_tier: this.#serviceTier }),
      output: this.#output(),
      usage: responseUsage(usage),
    };
  }

  #output(): readonly JsonRecord[] {
    return this.#items.map(({ item }) => item);
  }

  #begin(): string {
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    const response = this.#begun;
    return (
      this.#events.event('response.created', { response }) + this.#events.event('response.in_progress', { response })
    );
  }

  #add(delta: ChunkDelta, logprobs: readonly unknown[]): string {
    let text = '';
    for (const detail of reasoningIn(delta)) text += this.#addReasoning(detail);
    const { content, refusal } = delta;
    if (content !== undefined && content !== '') text += this.#inMessage((item) => item.text(content, logprobs));
    if (refusal !== undefined && refusal !== '') text += this.#inMessage((item) => item.refusal(refusal));
    for (const annotation of delta.annotations ?? []) {
      text += this.#inMessage((item) => item.annotation(annotation));
    }
    for (const call of delta.tool_calls ?? []) text += this.#addCall(call);
    return text;
  }

  #addReasoning(detail: ReasoningDetail): string {
    if (this.#open instanceof ReasoningItem) return this.#open.add(detail);
    const item = new ReasoningItem(this.#nextPlace('rs'), this.#isReasoningSealed);
    return this.#openItem(item, item) + item.add(detail);
  }

  /** Adds to the message that is open, or to a new one. */
  #inMessage(add: (item: MessageItem) => string): string {
    if (this.#open instanceof MessageItem) return add(this.#open);
    const item = new MessageItem(this.#nextPlace('msg'));
    return this.#openItem(item, item) + add(item);
  }

  /**
   * Begins an item, where all that was said before is complete.
   * @param open the item, if text or reasoning can be added to it
   */
  #openItem(item: OutputItem, open?: MessageItem | ReasoningItem): string {
    const before = this.#open?.close('completed') ?? '';
    this.#open = open;
    this.#items.push(item);
    return before + item.open();
  }

  #addCall(delta: ToolCallDelta): string {
    const { id, function: called } = delta;
    const slot = this.#slots.slotOf(delta);
    const known = this.#calls.get(slot);
    const piece = called?.arguments ?? '';
    if (known instanceof OutputItem) return known.add(piece);
    const nameless = { id: known?.id ?? id, given: (known?.given ?? '') + piece };
    if (called?.name === undefined || called.name === '') {
      this.#calls.set(slot, nameless);
      return '';
    }
    return this.#openCall(slot, called.name, nameless);
  }

  #openCall(slot: number, name: string, { id, given }: NamelessCall): string {
    const tool = this.#names.toolOf(name);
    const place = this.#nextPlace(idPrefixes[tool.kind]);
    // An output names its call by this id, which must be unique.
    const callId = id === undefined || id === '' || this.#callIds.has(id) ? `call_${place.id}` : id;
    this.#callIds.add(callId);
    const item = tool.kind === 'search' ? new SearchItem(place, callId) : new CallItem(place, tool, callId);
    this.#calls.set(slot, item);
    return this.#openItem(item) + item.add(given);
  }

  /** Ends all open items. If the answer was cut short, so was its last item. */
  #close(): string {
    if (this.#isEnded) return '';
    this.#isEnded = true;
    let text = '';
    for (const [slot, call] of this.#calls) {
      if (!(call instanceof OutputItem)) text += this.#openCall(slot, '', call);
    }
    const isCut = this.#finish === 'length' || this.#finish === 'content_filter';
    const last = this.#items.at(-1);
    for (const item of this.#items) text += item.close(isCut && item === last ? 'incomplete' : 'completed');
    return text;
  }

  #nextPlace(kind: string): ItemPlace {
    const outputIndex = this.#items.length;
    return { events: this.#events, outputIndex, id: `${kind}_${this.#idBase}_${outputIndex}` };
  }
}

const idPrefixes: Readonly<Record<ToolOfClient['kind'], string>> = { function: 'fc', custom: 'ctc', search: 'tsc' };

/** Servers that give details repeat them in `reasoning_content`. */
function reasoningIn(delta: ChunkDelta): readonly ReasoningDetail[] {
  const { reasoning_content: text, reasoning_details: details = [] } = delta;
  if (text === undefined || text === '' || details.some((each) => readableText(each) !== '')) return details;
  return [{ type: 'reasoning.text', text }, ...details];
}
