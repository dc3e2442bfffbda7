import type { ParameterEffect } from '../parameter-effect.ts';

/** What each part of an embeddings request does to its price: only input is charged. */

const neutral = ['model', 'dimensions', 'encoding_format', 'user', 'safety_identifier', 'metadata'] as const;

export const embeddingsParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  ['input', 'prompt'],
]);
