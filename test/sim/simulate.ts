import { type Failure, play as playIn, playOrShrink } from './playing.ts';
import { type Step, stepsOf } from './step.ts';
import type { Tally } from './tally.ts';
import { World } from './world.ts';

/** Lets the steps happen to a new account. */
export async function play(steps: readonly Step[], world = new World()): Promise<Failure | undefined> {
  return playIn(steps, world);
}

export async function playSeed(seed: number, stepCount: number): Promise<Failure | undefined> {
  return play(stepsOf(seed, stepCount));
}

/** Plays the run of a seed, and throws if a promise was broken. Answers what was answered in it, and how often. */
export async function simulate(seed: number, stepCount: number): Promise<Tally> {
  return (await playOrShrink(seed, stepsOf(seed, stepCount), () => new World())).tally;
}
