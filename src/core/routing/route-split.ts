import { type ChosenModels, type RouteBy, mergedArms, preferring } from './route-choice.ts';
import { hashFraction } from './stable-hash.ts';

/** The caller, as far as a split depends on it. */
export interface Subject {
  /** The end user, if one is named. */
  readonly user: string | undefined;
  /** The account of the key. */
  readonly key: string;
}

/**
 * Finds the arm of the subject: always the same one, as long as the weights stay. Each arm draws a number for the
 * subject, by a hash, that is the lower the more the arm weighs, and the lowest wins (weighted rendezvous hashing). So
 * each arm gets its share of the subjects. An arm whose weight is raised takes subjects from all others in proportion,
 * and no subject moves between those.
 */
export function split(
  name: string,
  { arms, sticky }: RouteBy<'split'>,
  usable: ReadonlySet<string>,
  subject: Subject,
  seed: number,
): ChosenModels {
  const { id, by } = idOf(sticky, subject, seed);
  const order = mergedArms(arms)
    .map(({ model, weight }) => ({
      model,
      draw: -Math.log(hashFraction(JSON.stringify([name, model, id]))) / weight,
    }))
    .toSorted((one, other) => one.draw - other.draw || (one.model < other.model ? -1 : 1))
    .map(({ model }) => model);
  const chosen = preferring(order, usable, order[0] ?? '', by);
  // A comparison of the arms must not count for one arm what another has served.
  return { ...chosen, arm: chosen.models[0] };
}

function idOf(
  sticky: RouteBy<'split'>['sticky'],
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
