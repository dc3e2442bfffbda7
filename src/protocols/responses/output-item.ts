import type { JsonRecord } from '../json/json-value.ts';
import { sseTypedText } from '../sse.ts';

/** Numbers the events of a response. */
export class EventWriter {
  #sequence = 0;

  /** The number of the next event. */
  get sequence(): number {
    return this.#sequence;
  }

  event(type: string, fields: object): string {
    return sseTypedText(type, { ...fields, sequence_number: this.next() });
  }

  next(): number {
    this.#sequence += 1;
    return this.#sequence - 1;
  }
}

/** Where an item stands in the response, and what writes its events. */
export interface ItemPlace {
  readonly events: EventWriter;
  readonly outputIndex: number;
  readonly id: string;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** An item of a response while it is made. Methods that change it answer the events that tell so. */
export abstract class OutputItem {
  protected readonly id: string;
  protected readonly events: EventWriter;
  readonly #outputIndex: number;
  #status: ItemStatus = 'in_progress';

  constructor({ id, events, outputIndex }: ItemPlace) {
    this.id = id;
    this.events = events;
    this.#outputIndex = outputIndex;
  }

  get isOpen(): boolean {
    return this.#status === 'in_progress';
  }

  /** The item with all that is in it so far. */
  get item(): JsonRecord {
    return this.content(this.#status);
  }

  open(): string {
    return this.#itemEvent('response.output_item.added');
  }

  close(status: ItemStatus): string {
    if (!this.isOpen) return '';
    const parts = this.finish();
    this.#status = status;
    return parts + this.#itemEvent('response.output_item.done');
  }

  protected abstract content(status: ItemStatus): JsonRecord;
  protected abstract finish(): string;

  protected event(type: string, fields: object): string {
    return this.events.event(type, { item_id: this.id, output_index: this.#outputIndex, ...fields });
  }

  /** The beginning of an event that adds a piece of text, up to the text. Most events add text. */
  protected deltaStart(type: string, fields: object): string {
    const event = JSON.stringify({ type, item_id: this.id, output_index: this.#outputIndex, ...fields });
    return `event: ${type}\ndata: ${event.slice(0, -1)},"delta":`;
  }

  /**
   * @param start from `deltaStart`
   * @param fields more fields, as JSON
   */
  protected deltaEvent(start: string, delta: string, fields = ''): string {
    return `${start}${JSON.stringify(delta)}${fields},"sequence_number":${this.events.next()}}\n\n`;
  }

  #itemEvent(type: string): string {
    return this.events.event(type, { output_index: this.#outputIndex, item: this.item });
  }
}
