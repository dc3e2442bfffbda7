import type { Route } from '../../catalog/schema.ts';
import { merged } from './arms.ts';
import { type ChosenModels, preferring } from './route-choice.ts';
import { hashFraction } from './stable-hash.ts';

/** Who calls, as far as it decides who is served by what. */
export interface Subject {
  /** The end user, where one is named. */
  readonly user: string | undefined;
  /** The account of the key. */
  readonly key: string;
}

/**
 * The arm that the subject belongs to: always the same one, as long as the weights are. Each arm draws a number for the
 * subject, by a hash, that is the lower the more it weighs (weighted rendezvous hashing), and the lowest wins: so an
 * arm gets its share of the subjects, and one whose weight is raised takes subjects from all the others in proportion,
 * while nobody moves between those.
 */
export function split(
  name: string,
  { arms, sticky }: Extract<Route, { strategy: 'split' }>,
  usable: ReadonlySet<string>,
  subject: Subject,
  seed: number,
): ChosenModels {
  const { id, by } = idOf(sticky, subject, seed);
  const order = merged(arms)
    .map(({ model, weight }) => ({
      model,
      draw: -Math.log(hashFraction(JSON.stringify([name, model, id]))) / weight,
    }))
    .toSorted((one, other) => one.draw - other.draw || (one.model < other.model ? -1 : 1))
    .map(({ model }) => model);
  const chosen = preferring(order, usable, order[0] ?? '', by);
  // Whoever compares the arms must not count as one of them what was served by another from the start.
  return { ...chosen, arm: chosen.models[0] };
}

function idOf(
  sticky: Extract<Route, { strategy: 'split' }>['sticky'],
  { user, key }: Subject,
  seed: number,
): { readonly id: string; readonly by: string } {
  switch (sticky) {
    case 'user':
      return user === undefined
        ? { id: `key ${key}`, by: 'by key, for want of a user' }
        : { id: `user ${user}`, by: 'by user' };
    case 'key':
      return { id: `key ${key}`, by: 'by key' };
    case 'none':
      return { id: `seed ${seed}`, by: 'at random' };
  }
}
