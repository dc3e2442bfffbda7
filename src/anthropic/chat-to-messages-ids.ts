/**
 * The names of calls of tools. Anthropic takes fewer characters in them than others do, and wants one where OpenAI's
 * older protocol has none. The same talk has the same names each time it is sent.
 */
export class ToolIds {
  /** From the client's name for a call to Anthropic's. */
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();
  #last = '';

  /** The name of a call that is made here. */
  called(id: string | undefined): string {
    this.#last = this.#named(id ?? `call_${this.#taken.size}`);
    return this.#last;
  }

  /** The name of the call that this is the result of; where the client doesn't say, of the last one. */
  answered(id: string | undefined): string {
    return id === undefined ? this.#last : this.#named(id);
  }

  #named(id: string): string {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fit = id.replaceAll(/[^\w-]/g, '_');
    let name = fit === '' ? 'call' : fit;
    while (this.#taken.has(name)) name = `${fit}_${this.#taken.size}`;
    this.#known.set(id, name);
    this.#taken.add(name);
    return name;
  }
}
