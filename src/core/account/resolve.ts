import { newestLookedThrough, resolvedBytesMax } from './response-limits.ts';
import { deny } from './execute.ts';
import type { Row } from './row.ts';
import type { TenantState } from './fold.ts';
import { earlierReply } from './idempotency.ts';
import type { ItemHolders } from './item-holders.ts';
import type {
  DeniedReply,
  ForgetResponseReply,
  KeptResponseReply,
  KeptResponseRequest,
  KeptTurnsReply,
  ResolveReply,
  ResolveRequest,
} from './protocol.ts';
import type { ResponsePlace } from './response-store.ts';
import type { Responses } from './responses.ts';

/** Answers what a call builds on. Nothing is written, and nothing is looked up for a call that is a repeat. */
export function executeResolve(state: TenantState, request: ResolveRequest, row: Row): DeniedReply | ResolveReply {
  const denied = deny(state.account, request.secretHash, row.at);
  if (denied !== undefined) return denied;
  const { name, idempotency, responseId, hintId } = request;
  const earlier = earlierReply(state, { name, endpoint: 'responses' }, idempotency, row);
  if (earlier !== undefined) return earlier;
  const { responses } = row;
  const gathered = new Gathered(responses);
  const itemIds = [...new Set(request.itemIds)];
  const holders = holdersOf(itemIds, responses);
  const missing = responseId === undefined || gathered.add(responseId) ? [] : [responseId];
  missing.push(...itemIds.filter((itemId) => !gathered.addAlone(holders.get(itemId))));
  if (gathered.bytes > resolvedBytesMax) return { kind: 'too-large' };
  if (hintId !== undefined) {
    gathered.addAll(holdersOf([hintId], responses, newestLookedThrough).get(hintId), resolvedBytesMax);
  }
  row.noteRead(gathered.bytes);
  return { kind: 'resolved', turns: responses.turns(gathered.places), missing };
}

export function executeKeptResponse(
  state: TenantState,
  { secretHash, id }: KeptResponseRequest,
  row: Row,
): KeptResponseReply {
  const denied = deny(state.account, secretHash, row.at);
  if (denied !== undefined) return denied;
  const place = row.responses.find(id);
  const response = place && row.responses.read(place);
  if (place === undefined || response === undefined) return { kind: 'none' };
  row.noteRead(place.bytes);
  return { kind: 'kept', response };
}

export function executeKeptTurns(
  state: TenantState,
  { secretHash, id }: KeptResponseRequest,
  row: Row,
): KeptTurnsReply {
  const { at, responses } = row;
  const denied = deny(state.account, secretHash, at);
  if (denied !== undefined) return denied;
  const alone = responses.find(id);
  if (alone === undefined) return { kind: 'none' };
  const gathered = new Gathered(responses);
  const isWhole = gathered.add(id);
  if (gathered.bytes > resolvedBytesMax) return { kind: 'too-large' };
  row.noteRead(isWhole ? gathered.bytes : alone.turnBytes);
  return { kind: 'kept', turns: responses.turns(isWhole ? gathered.places : [alone]) };
}

export function executeForgetResponse(
  state: TenantState,
  { secretHash, id }: KeptResponseRequest,
  { at, responses }: Row,
): ForgetResponseReply {
  const denied = deny(state.account, secretHash, at);
  return denied ?? { kind: responses.forget(id) ? 'forgotten' : 'none' };
}

/** Responses with all that they build on, each after that; and after them those of which items are wanted alone. */
class Gathered {
  /** Of what is read of them. */
  bytes = 0;
  readonly #responses: Responses;
  readonly #whole = new Map<string, ResponsePlace>();
  readonly #alone = new Map<string, ResponsePlace>();

  constructor(responses: Responses) {
    this.#responses = responses;
  }

  get places(): ResponsePlace[] {
    return [...this.#whole.values(), ...this.#alone.values()];
  }

  /**
   * Adds the responses that have an item, without what they build on. Where there are several, whoever asks is to see
   * that. Answers whether there is one.
   */
  addAlone(ids: ReadonlySet<string> = new Set()): boolean {
    const places = [...ids].flatMap((id) => this.#responses.find(id) ?? []);
    for (const place of places) {
      if (this.#whole.has(place.id) || this.#alone.has(place.id)) continue;
      this.#alone.set(place.id, place);
      this.bytes += place.turnBytes;
    }
    return places.length > 0;
  }

  /** Adds the conversations of all responses that have an item. */
  addAll(ids: ReadonlySet<string> = new Set(), bytesMax?: number): boolean {
    return ids.size > 0 && [...ids].every((id) => this.add(id, bytesMax));
  }

  /** Adds the conversation that a response has come to. Answers whether it is whole, and within the size. */
  add(id: string, bytesMax = Number.POSITIVE_INFINITY): boolean {
    if (this.#whole.has(id)) return true;
    const line = this.#responses.conversation(id, (known) => this.#whole.has(known));
    if (line === undefined) return false;
    const added = line.filter((place) => !this.#alone.has(place.id));
    const bytes = added.reduce((sum, place) => sum + place.turnBytes, this.bytes);
    if (bytes > bytesMax) return false;
    this.bytes = bytes;
    for (const place of line) {
      this.#alone.delete(place.id);
      this.#whole.set(place.id, place);
    }
    return true;
  }
}

/** An item that Weir has named: its kind, the response that it is of, and which it is there. */
const namedItem = /^[a-z]+_([0-9a-z]{25})_(\w+)$/;
/** Which of the items that were put in with the call of that response. */
const isOfInput = /^in\d+$/;

/** The responses that each item is of. Those that others have named are looked for in the newest, up to so many. */
function holdersOf(itemIds: readonly string[], responses: Responses, countMax?: number): ItemHolders {
  const holders = new Map<string, ReadonlySet<string>>();
  const others: string[] = [];
  for (const itemId of itemIds) {
    const [, base = '', place = ''] = namedItem.exec(itemId) ?? [];
    const id = `resp_${base}`;
    if (isOfInput.test(place)) holders.set(itemId, new Set([id]));
    else if (base !== '' && responses.itemIdsOf(id)?.includes(itemId) === true) holders.set(itemId, new Set([id]));
    else others.push(itemId);
  }
  for (const [itemId, ids] of responses.holdersOf(others, countMax)) holders.set(itemId, ids);
  return holders;
}
