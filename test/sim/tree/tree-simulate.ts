import { type Failure, play, playOrShrink } from '../playing.ts';
import { treeStepsOf } from './tree-step.ts';
import { TreeWorld } from './tree-world.ts';

export async function playSeed(seed: number, stepCount: number): Promise<Failure | undefined> {
  return play(treeStepsOf(seed, stepCount), new TreeWorld());
}

/** Plays the run of a seed, and throws if a promise was broken. Answers what happened in it, and how often. */
export async function simulate(seed: number, stepCount: number): Promise<TreeWorld['tally']> {
  return (await playOrShrink(seed, treeStepsOf(seed, stepCount), () => new TreeWorld())).tally;
}
