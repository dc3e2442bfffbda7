import type { KeptTurn } from '../../core/account/kept-response.ts';
import { EmbeddedJson } from '../json/embedded-json.ts';
import { asList, asRecord, asText } from '../json/json-value.ts';
import { ownedReasoning } from './owned-reasoning.ts';
import { isSameJson } from '../json/same-json.ts';
import { sealMark } from './reasoning.ts';
import { type InputItem, itemType } from './request.ts';

/**
 * The conversations that kept responses stand for. Each has what its call has added; what was before is in the one that
 * it builds on. Pure.
 */
export class KeptConversations {
  readonly #turns = new Map<string, Turn>();
  /** By the ids of their items. Ids are the providers' own: one that several items have means none of them. */
  readonly #items = new Map<string, KeptItem | 'several'>();
  readonly #json = new EmbeddedJson();

  constructor(turns: readonly KeptTurn[]) {
    for (const turn of turns) this.#add(turn);
  }

  /** All that was said up to the end of a response, as it was kept. Undefined where not all of it is known. */
  upTo(id: string): readonly KeptItem[] | undefined {
    const turns: Turn[] = [];
    for (let at: string | undefined = id; at !== undefined;) {
      const turn: Turn | undefined = this.#turns.get(at);
      if (turn === undefined) return undefined;
      turns.push(turn);
      at = turn.baseId;
    }
    return turns.toReversed().flatMap(({ input, output }) => [...input, ...output]);
  }

  /** What was put in for a response: all that was before it, and what its own call has added. */
  inputOf(id: string): readonly KeptItem[] | undefined {
    const turn = this.#turns.get(id);
    const before = turn?.baseId === undefined ? [] : this.upTo(turn.baseId);
    return turn === undefined || before === undefined ? undefined : [...before, ...turn.input];
  }

  item(id: string): KeptItem | 'several' | undefined {
    return this.#items.get(id);
  }

  #add({ id, baseId, input, output, provider }: KeptTurn): void {
    const given = itemsIn(this.#json.parse(input)).map((item, index): KeptItem => ({
      item,
      id: inputItemId(id, item, index),
      responseId: id,
      provider: undefined,
    }));
    const made = itemsIn(this.#json.parse(output)).map((item): KeptItem => ({
      item,
      id: asText(item['id']),
      responseId: id,
      provider,
    }));
    this.#turns.set(id, { baseId, input: given, output: made });
    for (const kept of [...given, ...made]) {
      if (kept.id === undefined) continue;
      const other = this.#items.get(kept.id);
      const isOther = other === 'several' || (other !== undefined && !isSameJson(other.item, kept.item));
      this.#items.set(kept.id, isOther ? 'several' : kept);
    }
  }
}

/** An item of a conversation, and what is known of where it comes from. */
export interface KeptItem {
  /** As it was sent, or answered. */
  readonly item: InputItem;
  readonly id: string | undefined;
  /** The response that brought it, or that it was put in for. */
  readonly responseId: string;
  /** Who made it; undefined of what a client has put in. */
  readonly provider: string | undefined;
}

interface Turn {
  readonly baseId: string | undefined;
  readonly input: readonly KeptItem[];
  readonly output: readonly KeptItem[];
}

/**
 * What a model is told of kept items. A call that was cut short can't be answered, and thoughts on which nothing
 * followed are refused by their own provider: both are left out.
 */
export function itemsToSend(kept: readonly KeptItem[]): readonly InputItem[] {
  const usable: KeptItem[] = [];
  for (const item of kept.toReversed()) if (isUsable(item, usable.at(-1))) usable.push(item);
  return usable.toReversed().map(toSend);
}

/** As `itemsToSend`, of one that is meant by its id, and so with whatever stands around it. */
export function toSend({ item, provider }: KeptItem): InputItem {
  const encrypted = itemType(item) === 'reasoning' ? asText(item['encrypted_content']) : undefined;
  if (provider === undefined || encrypted === undefined || encrypted === '' || encrypted.startsWith(sealMark)) {
    return item;
  }
  return { ...item, encrypted_content: ownedReasoning(provider, encrypted) };
}

/** @param next what is told after it */
function isUsable({ item, responseId, provider }: KeptItem, next: KeptItem | undefined): boolean {
  if (provider === undefined) return true;
  const isCut = item['status'] === 'incomplete' || item['status'] === 'in_progress';
  switch (itemType(item)) {
    case 'function_call':
    case 'custom_tool_call':
      return !isCut;
    case 'reasoning':
      return !isCut && next?.responseId === responseId && next.provider !== undefined;
    default:
      return true;
  }
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ['message', 'msg'],
  ['function_call', 'fc'],
  ['function_call_output', 'fco'],
  ['custom_tool_call', 'ctc'],
  ['custom_tool_call_output', 'ctco'],
  ['reasoning', 'rs'],
]);

/** Its own id; else one that is made of where it stands, by which it is found again. */
function inputItemId(responseId: string, item: InputItem, index: number): string {
  const base = responseId.replace(/^resp_/, '');
  return asText(item['id']) ?? `${prefixes.get(itemType(item)) ?? 'item'}_${base}_in${index}`;
}

function itemsIn(value: unknown): readonly InputItem[] {
  return asList(value).map((each) => asRecord(each) ?? {});
}
