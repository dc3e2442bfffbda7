/** One round of long streams, and of calls whose client and provider speak different protocols. */

import type { Contestants } from './contestants.ts';
import { type Measured, type Target, measure } from './measure.ts';
import { type Coming, type Way, allWays, passedThrough } from './ways.ts';

export interface WayMeasured {
  readonly whole: Measured;
  readonly long: Measured;
  readonly single: Measured;
}

/** Measured one after another, so that their ratios are of the same minute on the same machine. */
export interface StreamRound {
  readonly aloneNull: Measured;
  readonly alone: Measured;
  readonly oneNull: Measured;
  readonly one: Measured;
  readonly manyNull: Measured;
  readonly many: Measured;
  readonly nullSingle: Measured;
  readonly ways: ReadonlyMap<Way, WayMeasured>;
}

const manyStreams = 200;
const connections: Readonly<Record<Exclude<Coming, 'short'>, number>> = {
  whole: 64,
  long: 32,
  // So few that all of their chunks are read as they come, one by one: more than that, and what is slow reads several.
  single: 12,
};
const warmUpMs = 400;

/** What runs for the first time is still being compiled. */
export async function warmUpStreams(contestants: Contestants): Promise<void> {
  await measure(contestants.nullProxy('long'), connections.long, warmUpMs);
  for (const way of allWays) {
    for (const coming of ['whole', 'long'] as const) {
      await measure(contestants.oneKey(way, coming), connections[coming], warmUpMs);
    }
  }
}

export async function measureStreams(contestants: Contestants, durationMs: number): Promise<StreamRound> {
  const streams = (target: Target, count: number): Promise<Measured> => measure(target, count, durationMs);
  const { chat } = passedThrough;
  const nullProxy = contestants.nullProxy('long');
  const weir = contestants.oneKey(chat, 'long');
  const aloneNull = await streams(contestants.nullProxy('short'), 1);
  const alone = await streams(contestants.oneKey(chat, 'short'), 1);
  const oneNull = await streams(nullProxy, 1);
  const one = await streams(weir, 1);
  const manyNull = await streams(nullProxy, manyStreams);
  const many = await streams(weir, manyStreams);
  const nullSingle = await streams(contestants.nullProxy('single'), connections.single);
  const ways = new Map<Way, WayMeasured>();
  for (const way of allWays) {
    const measured = (coming: Exclude<Coming, 'short'>): Promise<Measured> =>
      measure(contestants.oneKey(way, coming), connections[coming], durationMs);
    ways.set(way, {
      whole: await measured('whole'),
      long: await measured('long'),
      single: await measured('single'),
    });
  }
  return { aloneNull, alone, nullSingle, oneNull, one, manyNull, many, ways };
}
