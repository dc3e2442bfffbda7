/** Anthropic's betas, as a header names them: `context-1m-2025-08-07,token-efficient-tools-2025-02-19`. */

export const betaHeader = 'anthropic-beta';

export function betasIn(header: string | null): string[] {
  return (header ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

/**
 * The betas that keep the context within the size that the call's bound assumes. Some make it larger.
 * @param contextTokens undefined where the bound assumes no size
 */
export function betasWithin(betas: readonly string[], contextTokens: number | undefined): string[] {
  return betas.filter((beta) => {
    const [, count, unit] = /^context-(\d+)([km])-/i.exec(beta) ?? [];
    if (count === undefined || contextTokens === undefined) return true;
    return Number(count) * (unit?.toLowerCase() === 'm' ? 1_000_000 : 1000) <= contextTokens;
  });
}
