import { toolCallIdCharsMax } from '../../../limits.ts';

/**
 * The ids of tool calls. Anthropic allows fewer characters in them than others, and needs one where OpenAI's older
 * protocol has none. The same conversation has the same ids each time it is sent.
 */
export class ToolIds {
  /** Anthropic's id for each of the client's. */
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #called = new Set<string>();
  #last = '';

  /** The id of a call that is made here. */
  called(id: string | undefined): string {
    const own = id ?? `call_${this.#taken.size}`;
    // Some servers use the same ids again in each answer. What follows belongs to the last call of that id.
    if (this.#called.has(own)) this.#known.delete(own);
    this.#called.add(own);
    this.#last = this.#named(own);
    return this.#last;
  }

  /** The id of the call that this is the result of; of the last call where the client doesn't say. */
  answered(id: string | undefined): string {
    return id === undefined ? this.#last : this.#named(id);
  }

  #named(id: string): string {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    // Many results without an id may belong to the last call.
    const fit = id === '' ? 'call' : id.slice(0, toolCallIdCharsMax).replaceAll(/[^\w-]/g, '_');
    let name = fit;
    for (let count = this.#taken.size; this.#taken.has(name); count += 1) name = `${fit}_${count}`;
    this.#known.set(id, name);
    this.#taken.add(name);
    return name;
  }
}
