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

/** Answers what a call builds on. Writes nothing, and looks nothing up for a repeat. */
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

/** First whole conversations, each response after its base. Then responses of which only items are wanted. */
class Gathered {
  /** The size of what is read of them. */
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

  /** Adds all responses that have an item, without what they build on. Returns whether there is one. */
  addAlone(ids: ReadonlySet<string> = new Set()): boolean {
    const places = [...ids].flatMap((id) => this.#responses.find(id) ?? []);
    for (const place of places) {
      if (this.#whole.has(place.id) || this.#alone.has(place.id)) continue;
      this.#alone.set(place.id, place);
      this.bytes += place.turnBytes;
    }
    return places.length > 0;
  }

  addAll(ids: ReadonlySet<string> = new Set(), bytesMax?: number): boolean {
    return ids.size > 0 && [...ids].every((id) => this.add(id, bytesMax));
  }

  /** Adds the conversation that ends with a response, if it is whole and not too large. Returns whether it is there. */
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

/** The id of an item that Weir has named: its kind, its response, and its place there. */
const namedItem = /^[a-z]+_([0-9a-z]{25})_(\w+)$/;
/** The place of an item of the input. */
const isOfInput = /^in\d+$/;

/** The responses that have each item. Items that others have named are searched for, in up to `countMax` responses. */
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
