import type { EpochMs } from '../ledger/epoch-ms.ts';
import { endOfOldest, linesByUse, neededBy } from './response-age.ts';
import { keptResponseBytesMax, keptResponsesMax, lookedAtPerForgotten } from './response-limits.ts';
import { sizeOf, turnSizeOf } from './kept-response.ts';
import { type ItemHolders, findHolders } from './item-holders.ts';
import type { KeptResponse, KeptTurn } from './kept-response.ts';
import type { ResponseRules } from './response-rules.ts';
import type { ItemsOfResponse, ResponseChange, ResponsePlace, ResponseStore } from './response-store.ts';

interface Changed {
  readonly place: ResponsePlace;
  readonly response: KeptResponse;
}

/**
 * The kept responses of an account as the current flush leaves them: those on disk, under the changes of the flush.
 * `take` hands the changes over, to be written with their row or not at all.
 *
 * A response is as young as the youngest that builds on it, both when room is made and when the old are forgotten. So
 * the beginning of a conversation stays as long as it goes on. Only a client that forgets a response breaks a
 * conversation.
 */
export class Responses {
  readonly #store: ResponseStore;
  readonly #countMax: number;
  #changes: ResponseChange[] = [];
  #bytesChanged = 0;
  #isUsed: boolean;
  /** Found when it is first needed, because that looks at all responses. */
  #tally: { responses: number; bytes: number } | undefined;
  /**
   * No response on which nothing builds is older: the first to be forgotten may be of this time. Also found when
   * needed.
   */
  #oldestEndAt: number | undefined;
  // The changes, by id. Undefined means forgotten.
  readonly #changed = new Map<string, Changed | undefined>();
  #areAllForgotten = false;

  constructor(store: ResponseStore, countMax = keptResponsesMax) {
    this.#store = store;
    this.#countMax = countMax;
    this.#isUsed = !store.isEmpty();
  }

  /** About how many bytes the changes will write. A flush has a maximum of them. */
  get bytesChanged(): number {
    return this.#bytesChanged;
  }

  find(id: string): ResponsePlace | undefined {
    if (!this.#isUsed) return undefined;
    if (this.#changed.has(id)) return this.#changed.get(id)?.place;
    return this.#areAllForgotten ? undefined : this.#store.find(id);
  }

  has(id: string): boolean {
    return this.find(id) !== undefined;
  }

  /** Keeps a response if it is not too large, its base is there, and both have room. Returns whether it is kept now. */
  keep(response: KeptResponse, rules: ResponseRules, at: EpochMs): boolean {
    const { id, baseId } = response;
    if (this.has(id)) return true;
    const bytes = sizeOf(response);
    if (bytes > Math.min(keptResponseBytesMax, rules.bytesMax)) return false;
    if (baseId !== undefined && !this.has(baseId)) return false;
    const place = { id, ...(baseId === undefined ? {} : { baseId }), at, bytes, turnBytes: turnSizeOf(response) };
    if (!this.#makeRoom(rules.bytesMax, place)) return false;
    const tally = this.#tallied();
    tally.responses += 1;
    tally.bytes += bytes;
    if (!this.#isUsed) this.#oldestEndAt = at;
    this.#noteEnd(at);
    this.#isUsed = true;
    this.#changed.set(id, { place, response });
    this.#change({ kind: 'kept', place, response }, bytes);
    return true;
  }

  /** Forgets a response. Returns whether it was there. */
  forget(id: string): boolean {
    const place = this.find(id);
    if (place !== undefined) this.#forget(place);
    return place !== undefined;
  }

  forgetAll(): void {
    if (!this.#isUsed) return;
    this.#changed.clear();
    this.#areAllForgotten = true;
    this.#tally = { responses: 0, bytes: 0 };
    this.#oldestEndAt = Number.POSITIVE_INFINITY;
    this.#change({ kind: 'all-forgotten' }, 0);
  }

  /** Forgets the least used, until the rest is no larger. */
  shrinkTo(bytesMax: number): void {
    if (this.#isUsed) this.#makeRoom(bytesMax);
  }

  /** The conversation that ends with a response, back to one that the caller has. Undefined if it is not whole. */
  conversation(id: string, has: (id: string) => boolean = () => false): ResponsePlace[] | undefined {
    const line: ResponsePlace[] = [];
    let next: string | undefined = id;
    for (const place of this.#backFrom(id)) {
      if (has(place.id)) break;
      line.push(place);
      next = place.baseId;
    }
    return next === undefined || has(next) ? line.toReversed() : undefined;
  }

  itemIdsOf(id: string): readonly string[] | undefined {
    if (!this.has(id)) return undefined;
    return this.#changed.get(id)?.response.itemIds ?? this.#store.itemIdsOf(id);
  }

  holdersOf(itemIds: Iterable<string>, countMax?: number): ItemHolders {
    return findHolders(itemIds, this.#items(), (id) => this.#itemsBackFrom(id), countMax);
  }

  /** What the responses have added, in the given order. */
  turns(places: readonly ResponsePlace[]): KeptTurn[] {
    const stored = places.filter(({ id }) => !this.#changed.has(id)).map(({ id }) => id);
    const changed = places.flatMap(({ id }) => this.#changed.get(id)?.response ?? []).map(turnOf);
    const turns = new Map([...this.#store.turns(stored), ...changed].map((turn) => [turn.id, turn]));
    return places.flatMap(({ id }) => turns.get(id) ?? []);
  }

  read({ id }: ResponsePlace): KeptResponse | undefined {
    return this.#changed.get(id)?.response ?? this.#store.read(id);
  }

  /** When the oldest response was kept on which nothing builds, or earlier. Undefined if there is none. */
  oldestEndAt(): number | undefined {
    if (!this.#isUsed) return undefined;
    this.#oldestEndAt ??= endOfOldest([...this.#store.all()]);
    return this.#oldestEndAt === Number.POSITIVE_INFINITY ? undefined : this.#oldestEndAt;
  }

  /** Forgets up to `countMax` that are too old. Returns how many. The flush must have no other changes. */
  forgetOld(at: EpochMs, keepMs: number, countMax: number): number {
    const oldestAt = this.oldestEndAt();
    if (oldestAt === undefined || at < oldestAt + keepMs) return 0;
    const all = [...this.#store.all()];
    const needed = neededBy(
      all.filter((place) => at < place.at + keepMs),
      all,
    );
    const old = all.filter(({ id }) => !needed.has(id)).slice(0, countMax);
    for (const place of old) this.#forget(place);
    this.#oldestEndAt = endOfOldest(all.filter(({ id }) => !this.#changed.has(id)));
    return old.length;
  }

  /** Hands over what to write, once. */
  take(): readonly ResponseChange[] {
    const changes = this.#changes;
    if (changes.length === 0) return changes;
    this.#changes = [];
    this.#bytesChanged = 0;
    this.#changed.clear();
    this.#areAllForgotten = false;
    return changes;
  }

  /** Makes room, also for a new response. Returns whether that has room. Forgets nothing if it has none. */
  #makeRoom(bytesMax: number, added?: ResponsePlace): boolean {
    const tally = this.#tallied();
    const own = { responses: added === undefined ? 0 : 1, bytes: added?.bytes ?? 0 };
    const isFull = (): boolean =>
      tally.bytes + own.bytes > bytesMax || tally.responses + own.responses > this.#countMax;
    if (!isFull()) return true;
    const line = added?.baseId === undefined ? [] : [...this.#backFrom(added.baseId)];
    const bytes = line.reduce((sum, place) => sum + place.bytes, own.bytes);
    if (bytes > bytesMax || line.length + own.responses > this.#countMax) return false;
    const least = Math.floor(tally.responses / lookedAtPerForgotten);
    let forgotten = 0;
    for (const places of linesByUse(this.#all(), line)) {
      if (!isFull() && forgotten >= least) break;
      for (const place of places) this.#forget(place);
      forgotten += places.length;
    }
    return true;
  }

  #forget({ id, baseId, bytes }: ResponsePlace): void {
    const tally = this.#tallied();
    tally.responses -= 1;
    tally.bytes -= bytes;
    this.#changed.set(id, undefined);
    // Perhaps nothing builds on its base any more.
    const base = baseId === undefined ? undefined : this.find(baseId);
    if (base !== undefined) this.#noteEnd(base.at);
    this.#change({ kind: 'forgotten', id }, 0);
  }

  /** Notes that nothing may build on a response of that time. */
  #noteEnd(at: EpochMs): void {
    if (this.#oldestEndAt !== undefined) this.#oldestEndAt = Math.min(this.#oldestEndAt, at);
  }

  #backFrom(id: string): Iterable<ResponsePlace> {
    return this.#goBack(
      id,
      ({ place }) => place,
      (from) => this.#store.backFrom(from),
    );
  }

  #itemsBackFrom(id: string): Iterable<ItemsOfResponse> {
    return this.#goBack(
      id,
      ({ response }) => response,
      (from) => this.#store.itemsBackFrom(from),
    );
  }

  *#goBack<T extends { readonly id: string }>(
    id: string,
    ofChanged: (changed: Changed) => T,
    stored: (from: string) => Iterable<T>,
  ): Iterable<T> {
    let next: string | undefined = id;
    while (next !== undefined && this.#changed.has(next)) {
      const changed: Changed | undefined = this.#changed.get(next);
      if (changed === undefined) return;
      yield ofChanged(changed);
      next = changed.place.baseId;
    }
    if (next === undefined || !this.#isUsed || this.#areAllForgotten) return;
    for (const each of stored(next)) {
      if (this.#changed.has(each.id)) return;
      yield each;
    }
  }

  #all(): ResponsePlace[] {
    return [...this.#kept().map(({ place }) => place), ...this.#stored(this.#store.all())];
  }

  #items(): Iterable<ItemsOfResponse> {
    const newestFirst: Order<ItemsOfResponse> = (one, other) => byId(other, one);
    const changed = this.#kept().map(({ response }) => response);
    return merged(changed.toSorted(newestFirst), this.#stored(this.#store.items()), newestFirst);
  }

  #kept(): Changed[] {
    return [...this.#changed.values()].filter((changed) => changed !== undefined);
  }

  /** What is on disk and was not changed. */
  *#stored<T extends { readonly id: string }>(stored: Iterable<T>): Iterable<T> {
    if (!this.#isUsed || this.#areAllForgotten) return;
    for (const each of stored) if (!this.#changed.has(each.id)) yield each;
  }

  #change(change: ResponseChange, bytes: number): void {
    this.#changes.push(change);
    this.#bytesChanged += bytes;
  }

  #tallied(): { responses: number; bytes: number } {
    this.#tally ??= this.#isUsed ? { ...this.#store.tally() } : { responses: 0, bytes: 0 };
    return this.#tally;
  }
}

function turnOf({ rest: _rest, ...turn }: KeptResponse): KeptTurn {
  return turn;
}

type Order<T> = (one: T, other: T) => number;

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

/** Merges two sequences that have the same order. */
function* merged<T>(one: readonly T[], other: Iterable<T>, order: Order<T>): Iterable<T> {
  let next = 0;
  for (const each of other) {
    for (let first = one[next]; first !== undefined && order(first, each) < 0; first = one[next]) {
      yield first;
      next += 1;
    }
    yield each;
  }
  yield* one.slice(next);
}
