import { type JsonRecord, asRecord, parseJson } from '../json/json-value.ts';
import { type ItemPlace, type ItemStatus, OutputItem } from './items.ts';

/** A call of the search for tools that the client runs. It has no events for its pieces. */
export class SearchItem extends OutputItem {
  readonly #callId: string;
  #given = '';

  constructor(place: ItemPlace, callId: string) {
    super(place);
    this.#callId = callId;
  }

  /** @param piece of the arguments of the function that stands for it */
  add(piece: string): string {
    this.#given += piece;
    return '';
  }

  protected override content(status: ItemStatus): JsonRecord {
    const given = this.isOpen ? {} : (asRecord(parseJson(this.#given)) ?? {});
    return {
      id: this.id,
      type: 'tool_search_call',
      status,
      call_id: this.#callId,
      execution: 'client',
      arguments: given,
    };
  }

  protected override finish(): string {
    return '';
  }
}
