import type { ToolCallDelta } from './chunk.ts';

/**
 * Tells which call each delta belongs to. Most servers number their calls. Some give all their calls the same number,
 * or none: a new id is then a new call.
 */
export class CallSlots {
  /** The last call of each number of the server's. */
  readonly #last = new Map<number, { readonly slot: number; id: string | undefined }>();
  #count = 0;

  /** The number of the call among all calls of the answer, in the order in which they begin. */
  slotOf({ index, id, function: made }: ToolCallDelta): number {
    const last = this.#last.get(index);
    const isOther = last?.id !== undefined && id !== undefined && id !== last.id && made?.name !== undefined;
    if (last !== undefined && !isOther) {
      last.id ??= id;
      return last.slot;
    }
    const slot = this.#count;
    this.#count += 1;
    this.#last.set(index, { slot, id });
    return slot;
  }
}
