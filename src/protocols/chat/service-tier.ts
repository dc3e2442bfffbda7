const tiers = ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'];

/** The tier that served an answer, in OpenAI's words; undefined where OpenAI has no word for it. */
export function openAiTier(tier: string | undefined): string | undefined {
  // Anthropic has another name for the tier that everybody gets.
  if (tier === 'standard') return 'default';
  return tier !== undefined && tiers.includes(tier) ? tier : undefined;
}
