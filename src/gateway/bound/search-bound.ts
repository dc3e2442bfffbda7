/** The most input of a call in which a provider searches by itself. Pure. */

export interface SearchSize {
  /** How often the model is asked, each time with all that was said and found so far. */
  readonly turns: number;
  /** In how many of the turns the output cap counts anew. */
  readonly outputTurns: number;
  readonly searches: number;
  /** How often something is found, by a search or by fetching a page, and becomes input. */
  readonly finds: number;
}

interface SearchedPrompt {
  /** The most input of the request itself. */
  readonly first: number;
  readonly contextTokens: number;
  /** The most tokens of one find. Undefined if nothing is known but that it fits into the context. */
  readonly tokensPerFind: number | undefined;
  readonly cap: number;
}

/**
 * The input of all turns together. The first has what was sent. Each later one has all that may have been found and
 * said by then, within the context.
 */
export function inputOfTurns(
  { turns, outputTurns, finds }: SearchSize,
  { first, contextTokens, tokensPerFind, cap }: SearchedPrompt,
): number {
  const found = tokensPerFind === undefined ? Infinity : finds * tokensPerFind;
  let sum = Math.min(first, contextTokens);
  for (let turn = 2; turn <= turns; turn += 1) {
    const said = cap * Math.min(turn - 1, outputTurns);
    sum += Math.min(contextTokens, first + found + said);
  }
  return sum;
}
