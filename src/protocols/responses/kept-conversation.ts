import type { KeptTurn } from '../../core/account/kept-response.ts';
import { EmbeddedJson } from '../json/embedded-json.ts';
import { asList, asRecord, asText } from '../json/json-value.ts';
import { ownedReasoning } from './owned-reasoning.ts';
import { isSameJson } from '../json/same-json.ts';
import { sealMark } from './reasoning.ts';
import { type InputItem, itemType } from './request.ts';

/**
 * The conversations of kept responses. Each response holds what its call has added; what came before is in the response
 * that it builds on. Pure.
 */
export class KeptConversations {
  readonly #turns = new Map<string, Turn>();
  /** By id. Providers choose the ids: one that several items share means none of them. */
  readonly #items = new Map<string, KeptItem | 'several'>();
  readonly #json = new EmbeddedJson();

  constructor(turns: readonly KeptTurn[]) {
    for (const turn of turns) this.#add(turn);
  }

  /** All kept items up to the end of a response; undefined where some are missing. */
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

  /** The input of a response: all that came before it, and what its own call has added. */
  inputOf(id: string): readonly KeptItem[] | undefined {
    const turn = this.#turns.get(id);
    const before = turn?.baseId === undefined ? [] : this.upTo(turn.baseId);
    return turn === undefined || before === undefined ? undefined : [...before, ...turn.input];
  }

  item(id: string): KeptItem | 'several' | undefined {
    return this.#items.get(id);
  }

  #add({ id, baseId, input, output, provider }: KeptTurn): void {
    const given = this.#itemsIn(input).map((item, index): KeptItem => {
      return { item, id: inputItemId(id, item, index), responseId: id, provider: undefined };
    });
    const made = this.#itemsIn(output).map((item): KeptItem => {
      return { item, id: asText(item['id']), responseId: id, provider };
    });
    this.#turns.set(id, { baseId, input: given, output: made });
    for (const kept of [...given, ...made]) {
      if (kept.id === undefined) continue;
      const other = this.#items.get(kept.id);
      const isOther = other === 'several' || (other !== undefined && !isSameJson(other.item, kept.item));
      this.#items.set(kept.id, isOther ? 'several' : kept);
    }
  }

  #itemsIn(json: string): readonly InputItem[] {
    return asList(this.#json.parse(json)).map((each) => asRecord(each) ?? {});
  }
}

/** An item of a conversation, and where it comes from. */
export interface KeptItem {
  /** As the client sent it, or got it. */
  readonly item: InputItem;
  readonly id: string | undefined;
  /** The response that has it in its output, or in its input. */
  readonly responseId: string;
  /** Who made it; undefined for an item of the client's. */
  readonly provider: string | undefined;
}

interface Turn {
  readonly baseId: string | undefined;
  readonly input: readonly KeptItem[];
  readonly output: readonly KeptItem[];
}

/**
 * What a model is told of kept items. Left out are calls that were cut short, which can't have an output, and reasoning
 * that nothing follows, which its own provider rejects.
 */
export function itemsToSend(kept: readonly KeptItem[]): readonly InputItem[] {
  const usable: KeptItem[] = [];
  for (const item of kept.toReversed()) if (isUsable(item, usable.at(-1))) usable.push(item);
  return usable.toReversed().map(toSend);
}

/** As `itemsToSend`, for one item that the client names by its id. It is sent whatever item comes next. */
export function toSend({ item, provider }: KeptItem): InputItem {
  const encrypted = itemType(item) === 'reasoning' ? asText(item['encrypted_content']) : undefined;
  if (provider === undefined || encrypted === undefined || encrypted === '' || encrypted.startsWith(sealMark)) {
    return item;
  }
  return { ...item, encrypted_content: ownedReasoning(provider, encrypted) };
}

/** @param next the item that is told after it */
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

/** Its own id; else one made from its place, by which it is found again. */
function inputItemId(responseId: string, item: InputItem, index: number): string {
  const base = responseId.replace(/^resp_/, '');
  return asText(item['id']) ?? `${prefixes.get(itemType(item)) ?? 'item'}_${base}_in${index}`;
}
