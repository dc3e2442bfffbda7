import { countTokens } from './tokens.ts';

/** A shorter prompt is not cached. Real providers begin at 1024. */
const cachedTokensLeast = 64;

/** What a provider keeps between calls: cached prompts, and the calls that it can be asked about. */
export class FakeMemory {
  readonly #prompts = new Map<string, string[]>();
  readonly #generations = new Map<string, object>();
  #calls: number;

  constructor(calls = 0) {
    this.#calls = calls;
  }

  /** Numbers the calls, so that ids are the same in each run. */
  nextCall(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /** How many tokens at the beginning of a prompt are cached. Caches the prompt. */
  cachedTokens(owner: string, prompt: string): number {
    const known = this.#prompts.get(owner) ?? [];
    const longest = known.reduce((most, other) => Math.max(most, commonLength(prompt, other)), 0);
    this.#prompts.set(owner, [...known, prompt]);
    const tokens = countTokens(prompt.slice(0, longest));
    return tokens >= cachedTokensLeast ? tokens : 0;
  }

  /** How many of these parts, from the first, are cached as one prompt. Caches them all. */
  recall(owner: string, parts: readonly string[]): number {
    const known = this.#prompts.get(owner) ?? [];
    const upTo = parts.map((_, index) => parts.slice(0, index + 1).join('\u0000'));
    const whole = upTo.at(-1);
    if (whole !== undefined && !known.includes(whole)) this.#prompts.set(owner, [...known, whole]);
    return upTo.findLastIndex((prefix) => known.includes(prefix)) + 1;
  }

  keepGeneration(id: string, generation: object): void {
    this.#generations.set(id, generation);
  }

  generation(id: string): object | undefined {
    return this.#generations.get(id);
  }
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
