import { type JsonRecord, asRecord, parseJson } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import { CustomInput } from './custom-input.ts';
import { type ItemPlace, type ItemStatus, OutputItem } from './output-item.ts';
import type { ToolOfClient } from './tools.ts';

/** A call of a client's function, or of a client's tool whose input is any text. */
export class CallItem extends OutputItem {
  readonly #tool: ToolOfClient;
  readonly #callId: string;
  readonly #input: CustomInput | undefined;
  readonly #deltaStart: string;
  /** The arguments, or the input. */
  #given = '';

  constructor(place: ItemPlace, tool: ToolOfClient, callId: string) {
    super(place);
    this.#tool = tool;
    this.#callId = callId;
    this.#input = tool.kind === 'custom' ? new CustomInput() : undefined;
    const given = tool.kind === 'custom' ? 'custom_tool_call_input' : 'function_call_arguments';
    this.#deltaStart = this.deltaStart(`response.${given}.delta`, {});
  }

  /** @param piece of the function's arguments */
  add(piece: string): string {
    return this.#delta(this.#input === undefined ? piece : this.#input.push(piece));
  }

  protected override content(status: ItemStatus): JsonRecord {
    const { kind, name, namespace } = this.#tool;
    const called = present({ call_id: this.#callId, name, namespace });
    return kind === 'custom'
      ? { id: this.id, type: 'custom_tool_call', status, ...called, input: this.#given }
      : { id: this.id, type: 'function_call', status, ...called, arguments: this.#given };
  }

  protected override finish(): string {
    if (this.#input === undefined) {
      return this.event('response.function_call_arguments.done', { name: this.#tool.name, arguments: this.#given });
    }
    const rest = this.#delta(this.#input.end());
    return rest + this.event('response.custom_tool_call_input.done', { input: this.#given });
  }

  #delta(delta: string): string {
    if (delta === '') return '';
    this.#given += delta;
    return this.deltaEvent(this.#deltaStart, delta);
  }
}

/** A call of the client's search for tools. It has no events for its pieces. */
export class SearchItem extends OutputItem {
  readonly #callId: string;
  #given = '';

  constructor(place: ItemPlace, callId: string) {
    super(place);
    this.#callId = callId;
  }

  /** @param piece of the arguments of the function that stands for the search */
  add(piece: string): string {
    this.#given += piece;
    return '';
  }

  protected override content(status: ItemStatus): JsonRecord {
    const given = this.isOpen ? {} : (asRecord(parseJson(this.#given)) ?? {});
    const called = { call_id: this.#callId, execution: 'client', arguments: given };
    return { id: this.id, type: 'tool_search_call', status, ...called };
  }

  protected override finish(): string {
    return '';
  }
}
