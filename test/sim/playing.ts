import { BrokenPromise } from './broken-promise.ts';

/** What steps happen to. */
export interface Playground<Step> {
  take(step: Step): Promise<void>;
  /** Lets time go on until all has ended. */
  drain(): Promise<void>;
}

export interface Failure {
  readonly error: Error;
  /** How many steps it took. */
  readonly at: number;
}

/** Lets the steps happen, and then time go on until all has ended. */
export async function play<Step>(steps: readonly Step[], world: Playground<Step>): Promise<Failure | undefined> {
  let at = 0;
  try {
    for (const step of steps) {
      at += 1;
      await world.take(step);
    }
    await world.drain();
    return undefined;
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)), at };
  }
}

/**
 * Plays the steps of a seed in a new world, and answers that world. Throws with the seed and the fewest steps found that
 * fail in the same way.
 */
export async function playOrShrink<Step, World extends Playground<Step>>(
  seed: number,
  steps: readonly Step[],
  newWorld: () => World,
): Promise<World> {
  const world = newWorld();
  const failure = await play(steps, world);
  if (failure === undefined) return world;
  const fewest = await shrink(steps.slice(0, failure.at), kindOf(failure.error), newWorld);
  const shrunk = (await play(fewest, newWorld())) ?? failure;
  throw new Error(
    `seed ${seed}, ${steps.length} steps: ${shrunk.error.message}\n` +
      `first seen as: ${failure.error.message}\n` +
      `steps:\n${fewest.map((step) => `  ${JSON.stringify(step)},`).join('\n')}`,
    { cause: shrunk.error },
  );
}

/** Leaves out stretches of steps, ever shorter ones, for as long as the rest still fails in the same way. */
async function shrink<Step>(
  steps: readonly Step[],
  kind: string,
  newWorld: () => Playground<Step>,
): Promise<readonly Step[]> {
  let fewest = steps;
  let attempts = 0;
  for (let length = Math.ceil(steps.length / 2); length >= 1; length = length > 1 ? Math.ceil(length / 2) : 0) {
    for (let from = fewest.length - length; from > -length; from -= length) {
      attempts += 1;
      if (attempts > shrinkAttemptsMax) return fewest;
      const without = [...fewest.slice(0, Math.max(0, from)), ...fewest.slice(Math.max(0, from + length))];
      const failure = await play(without, newWorld());
      if (failure !== undefined && kindOf(failure.error) === kind) fewest = without.slice(0, failure.at);
    }
  }
  return fewest;
}

const shrinkAttemptsMax = 2000;

function kindOf(error: Error): string {
  return error instanceof BrokenPromise ? error.promise : error.name;
}
