import type { Arm } from '../../catalog/schema.ts';

/** The arms that get anything, those of one model as one. */
export function merged(arms: readonly Arm[]): Arm[] {
  const weights = new Map<string, number>();
  for (const { model, weight } of arms) {
    if (weight > 0) weights.set(model, (weights.get(model) ?? 0) + weight);
  }
  return [...weights].map(([model, weight]) => ({ model, weight }));
}
