import { isDeepStrictEqual } from 'node:util';
import type { KeptResponse, KeptTurn } from '../../src/core/account/kept-response.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import type {
  KeptResponseReply,
  KeptResponseRequest,
  KeptTurnsReply,
  ResolveRequest,
} from '../../src/core/account/protocol.ts';
import type { CallFacts } from '../../src/core/account/record.ts';
import type { ResponseStore } from '../../src/core/account/response-store.ts';
import { baseOf, responseId, turnOf } from '../support/kept-response.ts';
import { broken } from './broken-promise.ts';

/** What a settlement says of the response that is to be kept. */
export interface ResponseGiven {
  /** The number of its call. */
  readonly number: number;
  /** The response that it builds on. */
  readonly baseId?: string;
  readonly characters: number;
  /** An item that others have named, as they may have named items of other responses. */
  readonly item: number;
}

/** The response, and what the facts say of it, so that they alone tell the model what was to be kept. */
export function givenResponse(given: ResponseGiven): { readonly response: KeptResponse; readonly said: string } {
  return { response: responseOf(given), said: JSON.stringify(given) };
}

export function itemOfOthers(item: number): string {
  return `rs_${item}`;
}

function responseOf({ number, baseId, characters, item }: ResponseGiven): KeptResponse {
  return {
    id: responseId(number),
    ...(baseId === undefined ? {} : { baseId }),
    input: 'x'.repeat(characters),
    output: `what came of call ${number}`,
    rest: `what else its client was told, ${'y'.repeat(characters)}`,
    itemIds: [`msg_${baseOf(number)}_0`, itemOfOthers(item)],
    provider: 'echo',
  };
}

interface Kept {
  readonly response: KeptResponse;
  readonly at: number;
}

/**
 * Which responses an account keeps, by the facts that reached the disk. It complains of a disk that says otherwise than
 * it does.
 */
export class NaiveResponses {
  #isKeeping = false;
  #bytesMax = 0;
  #keepMs = 0;
  readonly #kept = new Map<string, Kept>();
  /** The ids of all there ever were. */
  readonly everKept: string[] = [];

  policySet({ responses = {}, status }: Policy): void {
    const { store = true, hours = 24, bytesMax = 67_108_864 } = responses;
    this.#isKeeping = store && status !== 'revoked';
    this.#keepMs = hours * 3_600_000;
    this.#bytesMax = Number(bytesMax);
    if (!this.#isKeeping) this.#kept.clear();
    this.#makeRoom();
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  /** Whether a response that is settled now is kept after it. */
  willKeep(response: KeptResponse): boolean {
    const { id, baseId } = response;
    if (this.#kept.has(id)) return true;
    if (!this.#isKeeping || (baseId !== undefined && !this.#kept.has(baseId))) return false;
    const before = [...this.#kept.values()].filter((kept) => this.#buildsOn(baseId, kept.response.id));
    return sizeTogether([...before.map((kept) => kept.response), response]) <= this.#bytesMax;
  }

  /** A call has been settled, or corrected. */
  settled(facts: Partial<CallFacts>, at: number): void {
    const said = facts.metadata?.['response'];
    if (said === undefined) return;
    // It was written by `givenResponse`.
    const response = responseOf(JSON.parse(said) as ResponseGiven);
    if (this.#kept.has(response.id) || !this.willKeep(response)) return;
    this.#kept.set(response.id, { response, at });
    this.everKept.push(response.id);
    this.#makeRoom(response);
  }

  forget(id: string): void {
    this.#kept.delete(id);
  }

  /** What is answered to who asks what a call builds on: the responses in the order of their ids. */
  resolve({ responseId: asked, itemIds, hintId }: ResolveRequest): object {
    const found = new Map<string, KeptResponse>();
    const add = (id: string): boolean => {
      const conversation = this.conversation(id);
      for (const response of conversation ?? []) found.set(response.id, response);
      return conversation !== undefined;
    };
    const missing = asked === undefined || add(asked) ? [] : [asked];
    for (const itemId of new Set(itemIds)) {
      const holders = this.#holdersOf(itemId).flatMap((id) => this.#kept.get(id)?.response ?? []);
      for (const response of holders) found.set(response.id, response);
      if (holders.length === 0) missing.push(itemId);
    }
    if (hintId !== undefined) this.#holdersOf(hintId).every(add);
    return { kind: 'resolved', turns: inOrder([...found.values()]).map(turnOf), missing };
  }

  read({ id }: KeptResponseRequest): KeptResponseReply {
    const kept = this.#kept.get(id);
    return kept === undefined ? { kind: 'none' } : { kind: 'kept', response: kept.response };
  }

  turnsUpTo({ id }: KeptResponseRequest): KeptTurnsReply {
    const kept = this.#kept.get(id);
    if (kept === undefined) return { kind: 'none' };
    return { kind: 'kept', turns: inOrder(this.conversation(id) ?? [kept.response]).map(turnOf) };
  }

  conversation(id: string): KeptResponse[] | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    const { baseId } = kept.response;
    if (baseId === undefined) return [kept.response];
    const before = this.conversation(baseId);
    return before && [...before, kept.response];
  }

  /** What is on disk must be what the facts on disk say. What is too old may be there or not, and stays away then. */
  check(disk: ResponseStore, at: number): void {
    const { bytes } = disk.tally();
    if (this.#isKeeping && bytes > this.#bytesMax) broken('no overrun', `${bytes} bytes of responses are kept`);
    const kept = [...this.#kept.values()];
    for (const { response } of kept) {
      if (disk.find(response.id) !== undefined) continue;
      const builtOn = kept.filter(({ response: { id } }) => this.#buildsOn(id, response.id));
      if (builtOn.some((young) => at - young.at < this.#keepMs)) {
        broken('durable', `response ${response.id} is gone, and ${builtOn.length - 1} build on it`);
      }
      this.#kept.delete(response.id);
    }
    for (const place of disk.all()) {
      const known = this.#kept.get(place.id);
      if (known === undefined) return broken('no leak', `response ${place.id} is kept, and should not be`);
      const response = disk.read(place.id);
      if (!isDeepStrictEqual(response, known.response) || known.at !== place.at) {
        broken('durable', `response ${place.id} is kept as ${JSON.stringify(response)}`);
      }
    }
  }

  #buildsOn(id: string | undefined, baseId: string): boolean {
    const kept = id === undefined ? undefined : this.#kept.get(id);
    return kept !== undefined && (id === baseId || this.#buildsOn(kept.response.baseId, baseId));
  }

  /** The responses with that item, the newest first. */
  #holdersOf(itemId: string): string[] {
    const input = /^msg_(.*)_in\d+$/.exec(itemId)?.[1];
    if (input !== undefined) return this.#kept.has(`resp_${input}`) ? [`resp_${input}`] : [];
    const holders = [...this.#kept.values()].filter(({ response }) => response.itemIds.includes(itemId));
    return inOrder(holders.map(({ response }) => response))
      .toReversed()
      .map(({ id }) => id);
  }

  #makeRoom(spared?: KeptResponse): void {
    const kept = (): KeptResponse[] => [...this.#kept.values()].map(({ response }) => response);
    const least = Math.floor((kept().length - (spared ? 1 : 0)) / 64);
    let forgotten = 0;
    if (sizeTogether(kept()) <= this.#bytesMax) return;
    while (sizeTogether(kept()) > this.#bytesMax || forgotten < least) {
      const others = kept().filter(({ id }) => !this.#buildsOn(spared?.id, id));
      const uses = others.map(({ id }) => ({ id, lastUse: this.#lastUse(id) }));
      const [leastUse] = uses.map(({ lastUse }) => lastUse).toSorted();
      const going = uses.filter(({ lastUse }) => lastUse === leastUse);
      if (going.length === 0) return;
      for (const { id } of going) this.#kept.delete(id);
      forgotten += going.length;
    }
  }

  /** When the youngest was kept that builds on that one, and which it is: as text, by which they sort. */
  #lastUse(id: string): string {
    const builtOn = [...this.#kept.values()].filter(({ response }) => this.#buildsOn(response.id, id));
    const uses = builtOn.map(({ response, at }) => `${String(at).padStart(20, '0')} ${response.id}`);
    return uses.toSorted().at(-1) ?? '';
  }
}

function sizeTogether(responses: readonly KeptResponse[]): number {
  return responses.reduce((sum, response) => sum + naiveSize(response), 0);
}

function naiveSize({ id, baseId = '', input, output, rest, itemIds, provider }: KeptResponse): number {
  // What is kept here is all ASCII.
  return [id, baseId, input, output, rest, JSON.stringify(itemIds), provider].join('').length;
}

function inOrder<T extends { readonly id: string }>(responses: readonly T[]): T[] {
  return responses.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * An answer with turns, in the order in which the model has them. That the conversation of one came in order is looked at
 * here.
 */
export function ordered(reply: object): object {
  if (!('turns' in reply)) return reply;
  // By the protocol, this is what it is.
  const turns = reply.turns as readonly KeptTurn[];
  if ('missing' in reply) return { ...reply, turns: inOrder(turns) };
  for (const [place, { id, baseId }] of turns.entries()) {
    if (turns.length === 1 || turns[place - 1]?.id === baseId) continue;
    broken('durable', `response ${id} was answered before what it builds on`);
  }
  return { ...reply, turns: inOrder(turns) };
}
