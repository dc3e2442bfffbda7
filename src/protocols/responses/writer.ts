import type { GatewayError } from '../../http/errors.ts';
import type { ChunkWriter, ClientUsage } from '../chunk-writer.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import { CallSlots } from '../chat/call-slots.ts';
import type { ChatChunk, ChunkDelta, FinishReason, ReasoningDetail, ToolCallDelta } from '../chat/chunk.ts';
import { CallItem } from './call-item.ts';
import { wantsReasoning } from './edits.ts';
import { sseTypedText } from '../sse.ts';
import { failedEvent } from './error.ts';
import { EventWriter, type ItemPlace, MessageItem, type OutputItem, ReasoningItem } from './items.ts';
import { type ToldResponse, begunResponse, endedBy, responseUsage } from './object.ts';
import { readableText } from '../chat/readable-text.ts';
import type { ResponsesRequest } from './request.ts';
import { SearchItem } from './search-item.ts';
import { type ToolNames, type ToolOfClient, toolNames } from './tools.ts';
import { openAiTier } from '../chat/service-tier.ts';

/** A call of a tool whose name has not come yet, and which can't be told before. */
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
  /** The item that what comes is added to, unless it is of a call. */
  #open: MessageItem | ReasoningItem | undefined;
  /** All of them may be open at once. */
  readonly #slots = new CallSlots();
  readonly #calls = new Map<number, CallItem | SearchItem | NamelessCall>();
  readonly #callIds = new Set<string>();
  #hasBegun = false;
  #finish: FinishReason | undefined;
  #isEnded = false;
  /** The last events but one, and the number of the last, once they are known. */
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
    const before = this.#begin();
    const { item, opening } = this.#message();
    return before + opening + item.text(text);
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

  /** The whole response, complete with all that has come. */
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
    if (typeof delta.content === 'string' && delta.content !== '') {
      const { item, opening } = this.#message();
      text += opening + item.text(delta.content, logprobs);
    }
    if (typeof delta.refusal === 'string' && delta.refusal !== '') {
      const { item, opening } = this.#message();
      text += opening + item.refusal(delta.refusal);
    }
    for (const annotation of delta.annotations ?? []) {
      const { item, opening } = this.#message();
      text += opening + item.annotation(annotation);
    }
    for (const call of delta.tool_calls ?? []) text += this.#addCall(call);
    return text;
  }

  #addReasoning(detail: ReasoningDetail): string {
    if (this.#open instanceof ReasoningItem) return this.#open.add(detail);
    const before = this.#closeOpen();
    const item = new ReasoningItem(this.#nextPlace('rs'), this.#isReasoningSealed);
    this.#open = item;
    this.#items.push(item);
    return before + item.open() + item.add(detail);
  }

  #message(): { readonly item: MessageItem; readonly opening: string } {
    if (this.#open instanceof MessageItem) return { item: this.#open, opening: '' };
    const before = this.#closeOpen();
    const item = new MessageItem(this.#nextPlace('msg'));
    this.#open = item;
    this.#items.push(item);
    return { item, opening: before + item.open() };
  }

  #addCall(delta: ToolCallDelta): string {
    const { id, function: called } = delta;
    const slot = this.#slots.slotOf(delta);
    const known = this.#calls.get(slot);
    const piece = called?.arguments ?? '';
    if (isItem(known)) return known.add(piece);
    const nameless = { id: known?.id ?? id, given: (known?.given ?? '') + piece };
    if (called?.name === undefined || called.name === '') {
      this.#calls.set(slot, nameless);
      return '';
    }
    return this.#openCall(slot, called.name, nameless);
  }

  #openCall(slot: number, name: string, { id, given }: NamelessCall): string {
    const before = this.#closeOpen();
    const tool = this.#names.toolOf(name);
    const place = this.#nextPlace(idPrefixes[tool.kind]);
    // The output of a call finds it by its id.
    const callId = id === undefined || id === '' || this.#callIds.has(id) ? `call_${place.id}` : id;
    this.#callIds.add(callId);
    const item = tool.kind === 'search' ? new SearchItem(place, callId) : new CallItem(place, tool, callId);
    this.#calls.set(slot, item);
    this.#items.push(item);
    return before + item.open() + item.add(given);
  }

  /** Where another item begins, what was said before is complete. */
  #closeOpen(): string {
    const text = this.#open?.close('completed') ?? '';
    this.#open = undefined;
    return text;
  }

  /** Ends all that is open. Of an answer that was cut short that is so of the last that was begun. */
  #close(): string {
    if (this.#isEnded) return '';
    this.#isEnded = true;
    let text = '';
    for (const [slot, call] of this.#calls) {
      if (!isItem(call)) text += this.#openCall(slot, '', call);
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

function isItem(call: CallItem | SearchItem | NamelessCall | undefined): call is CallItem | SearchItem {
  return call instanceof CallItem || call instanceof SearchItem;
}

/** Servers that have details say in `reasoning_content` what stands in them too. */
function reasoningIn(delta: ChunkDelta): readonly ReasoningDetail[] {
  const { reasoning_content: text, reasoning_details: details = [] } = delta;
  if (typeof text !== 'string' || text === '' || details.some((each) => readableText(each) !== '')) return details;
  return [{ type: 'reasoning.text', text }, ...details];
}
