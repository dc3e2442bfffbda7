import type { Arm } from '../../catalog/schema.ts';
import { shuffledByWeight } from './weighted-shuffle.ts';
import { type ChosenModels, type RouteBy, mergedArms } from './route-choice.ts';

/** How a model does at the target that would be tried first. */
export interface ModelHealth {
  /** Whether no breaker or cool-down keeps calls from it. */
  readonly isAvailable: (model: string) => boolean;
  /** The median time to the first byte; undefined without recent measurements. */
  readonly firstByteMs: (model: string) => number | undefined;
}

/**
 * No model counts as more than this many times slower than the fastest. So even the slowest is asked now and then, and
 * its recovery is noticed.
 */
const slownessMax = 5;

/** In random order, by weight, or by weight and speed. Models that can't be called now are not drawn, and come last. */
export function balanced(
  route: RouteBy<'balance'>,
  usable: ReadonlySet<string>,
  health: ModelHealth,
  seed: number,
): ChosenModels {
  const arms = mergedArms(route.arms).filter(({ model }) => usable.has(model));
  const up = arms.filter(({ model }) => health.isAvailable(model));
  const down = arms.filter((arm) => !up.includes(arm));
  const weighed = route.by === 'latency' ? weighedByLatency(up, health.firstByteMs) : up;
  const order = [...shuffledByWeight(weighed, seed), ...down].map(({ model }) => model);
  return { models: order, arm: order[0], reason: reasonOf(route, order[0], health.firstByteMs) };
}

/**
 * By the inverse square of the time to the first byte: a model that is twice as fast gets four times as much. It is a
 * draw, and not always the fastest, because every isolate sees the same measurements: all of them would run to the same
 * model, and away from it again. A model without recent measurements counts as the fastest, so that it is tried.
 */
function weighedByLatency(arms: readonly Arm[], firstByteMs: ModelHealth['firstByteMs']): Arm[] {
  const times = arms.map(({ model }) => firstByteMs(model));
  const measured = times.filter((time) => time !== undefined);
  if (measured.length === 0) return [...arms];
  const fastest = Math.max(1, Math.min(...measured));
  return arms.map(({ model, weight }, at) => {
    const slowness = Math.min(slownessMax, Math.max(1, (times[at] ?? fastest) / fastest));
    return { model, weight: weight / slowness ** 2 };
  });
}

function reasonOf(
  { by }: RouteBy<'balance'>,
  model: string | undefined,
  firstByteMs: ModelHealth['firstByteMs'],
): string {
  if (by === 'weight' || model === undefined) return 'drawn by weight';
  const time = firstByteMs(model);
  return time === undefined
    ? 'drawn by latency: not measured of late'
    : `drawn by latency: ${time} ms to its first byte`;
}
