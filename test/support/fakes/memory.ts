import { countEchoTokens } from '../../../src/providers/echo-tokens.ts';

/** Fewer than so many tokens are not worth caching. Real providers begin at 1024. */
const cachedTokensLeast = 64;

/** What a provider keeps between calls: the prompts that it has cached, and the calls that it can be asked about. */
export class FakeMemory {
  readonly #prompts = new Map<string, string[]>();
  readonly #generations = new Map<string, object>();
  #calls = 0;

  /** A number for each call, so that ids are the same in each run. */
  nextCall(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /** How many tokens of a prompt were cached before, by whatever it begins with; and keeps it from now on. */
  cachedTokens(owner: string, prompt: string): number {
    const known = this.#prompts.get(owner) ?? [];
    const longest = known.reduce((most, other) => Math.max(most, commonLength(prompt, other)), 0);
    this.#prompts.set(owner, [...known, prompt]);
    const tokens = countEchoTokens(prompt.slice(0, longest));
    return tokens >= cachedTokensLeast ? tokens : 0;
  }

  /** With how many of these parts a prompt began that was cached as a whole; and keeps them all from now on. */
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
