import { toolCallIdCharsMax } from '../../../limits.ts';

/**
 * The names of calls of tools. Anthropic takes fewer characters in them than others do, and wants one where OpenAI's
 * older protocol has none. The same talk has the same names each time it is sent.
 */
export class ToolIds {
  /** From the client's name for a call to Anthropic's. */
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #called = new Set<string>();
  #last = '';

  /** The name of a call that is made here. */
  called(id: string | undefined): string {
    const own = id ?? `call_${this.#taken.size}`;
    // Some servers begin again with each answer. What follows is of the last call of that name.
    if (this.#called.has(own)) this.#known.delete(own);
    this.#called.add(own);
    this.#last = this.#named(own);
    return this.#last;
  }

  /** The name of the call that this is the result of; where the client doesn't say, of the last one. */
  answered(id: string | undefined): string {
    return id === undefined ? this.#last : this.#named(id);
  }

  #named(id: string): string {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    // The name of the last call may stand for many results, whose client has named none.
    const fit = id === '' ? 'call' : id.slice(0, toolCallIdCharsMax).replaceAll(/[^\w-]/g, '_');
    let name = fit;
    for (let count = this.#taken.size; this.#taken.has(name); count += 1) name = `${fit}_${count}`;
    this.#known.set(id, name);
    this.#taken.add(name);
    return name;
  }
}
