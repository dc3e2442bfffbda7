import type { Route } from '../../catalog/schema.ts';
import { type ChosenModels, preferring } from './route-choice.ts';
import type { Level, Traits } from './traits.ts';

/** A request is rather given to a model that can do more than it needs than to one that can do less. */
const orders: Readonly<Record<Level, readonly Level[]>> = {
  simple: ['simple', 'medium', 'complex'],
  medium: ['medium', 'complex', 'simple'],
  complex: ['complex', 'medium', 'simple'],
};

/** The model for requests as hard as this one. Should that fail, the next one up, and then the next one down. */
export function byComplexity(
  route: Extract<Route, { strategy: 'complexity' }>,
  usable: ReadonlySet<string>,
  traits: Pick<Traits, 'complexity'>,
): ChosenModels {
  const { level, reason } = traits.complexity();
  const order = orders[level].map((each) => route[each]);
  return preferring(order, usable, level, reason);
}
