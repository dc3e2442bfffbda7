import type { KeptResponse, KeptTurn } from '../../src/core/account/kept-response.ts';
import type {
  ItemsOfResponse,
  ResponseChange,
  ResponsePlace,
  ResponseStore,
} from '../../src/core/account/response-store.ts';
import { turnOf } from './kept-response.ts';

/** The kept responses of an account on a disk in memory. */
export class MemoryResponses implements ResponseStore {
  readonly #responses = new Map<string, { readonly place: ResponsePlace; readonly response: KeptResponse }>();

  isEmpty(): boolean {
    return this.#responses.size === 0;
  }

  tally(): { readonly responses: number; readonly bytes: number } {
    const bytes = this.all().reduce((sum, place) => sum + place.bytes, 0);
    return { responses: this.#responses.size, bytes };
  }

  find(id: string): ResponsePlace | undefined {
    return this.#responses.get(id)?.place;
  }

  itemIdsOf(id: string): readonly string[] | undefined {
    return this.#responses.get(id)?.response.itemIds;
  }

  *backFrom(id: string): Iterable<ResponsePlace> {
    for (let place = this.find(id); place !== undefined; place = this.find(place.baseId ?? '')) yield place;
  }

  *itemsBackFrom(id: string): Iterable<ItemsOfResponse> {
    for (const place of this.backFrom(id)) yield { id: place.id, itemIds: this.itemIdsOf(place.id) ?? [] };
  }

  all(): ResponsePlace[] {
    return [...this.#responses.values()]
      .map(({ place }) => place)
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }

  items(): Iterable<ItemsOfResponse> {
    return this.all()
      .toReversed()
      .map(({ id }) => ({ id, itemIds: this.itemIdsOf(id) ?? [] }));
  }

  turns(ids: readonly string[]): Iterable<KeptTurn> {
    return ids.flatMap((id) => this.#responses.get(id)?.response ?? []).map(turnOf);
  }

  read(id: string): KeptResponse | undefined {
    return this.#responses.get(id)?.response;
  }

  apply(changes: readonly ResponseChange[]): void {
    for (const change of changes) this.#apply(change);
  }

  #apply(change: ResponseChange): void {
    switch (change.kind) {
      case 'kept': {
        const { place, response } = change;
        if (this.#responses.has(place.id)) throw new Error(`response ${place.id} is kept already`);
        this.#responses.set(place.id, { place, response });
        return;
      }
      case 'forgotten':
        this.#responses.delete(change.id);
        return;
      case 'all-forgotten':
        this.#responses.clear();
    }
  }
}
