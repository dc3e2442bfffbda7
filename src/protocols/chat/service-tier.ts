const tiers = ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'];

/** In which tier an answer was served, in OpenAI's words; undefined where it has none for it. */
export function openAiTier(tier: string | undefined): string | undefined {
  // The tier that everybody gets has another name at Anthropic.
  if (tier === 'standard') return 'default';
  return tier !== undefined && tiers.includes(tier) ? tier : undefined;
}
