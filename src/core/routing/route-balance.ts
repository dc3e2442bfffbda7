import type { Arm, Route } from '../../catalog/schema.ts';
import { shuffledByWeight } from './endpoint-order.ts';
import { merged } from './arms.ts';
import type { ChosenModels } from './route-choice.ts';

/** How a model is doing at the target that would be tried first. */
export interface ModelHealth {
  /** Whether no breaker or cool-down keeps calls from it. */
  readonly isAvailable: (model: string) => boolean;
  /** How long the middle one of its calls took to its first byte; undefined where nothing was measured of late. */
  readonly firstByteMs: (model: string) => number | undefined;
}

/**
 * Thought to be at most so many times slower than the fastest: so even the slowest is asked now and then, and is found
 * out when it recovers.
 */
const slownessMax = 5;

/** In random order, by weight, or by weight and speed. What can't be called now has no part in the draw and is last. */
export function balanced(
  route: Extract<Route, { strategy: 'balance' }>,
  usable: ReadonlySet<string>,
  health: ModelHealth,
  seed: number,
): ChosenModels {
  const arms = merged(route.arms).filter(({ model }) => usable.has(model));
  const up = arms.filter(({ model }) => health.isAvailable(model));
  const down = arms.filter((arm) => !up.includes(arm));
  const weighed = route.by === 'latency' ? weighedByLatency(up, health.firstByteMs) : up;
  const order = [...shuffledByWeight(weighed, seed), ...down].map(({ model }) => model);
  return { models: order, arm: order[0], reason: reasonOf(route, order[0], health.firstByteMs) };
}

/**
 * By the inverse square of the time to the first byte: what is twice as fast gets four times as much. A draw, rather
 * than always the faster of two, because every isolate sees the same measurements: all of them would run to the same
 * model, and away from it again. What was not measured of late is taken to be as fast as the fastest, so that it is
 * tried.
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
  { by }: Extract<Route, { strategy: 'balance' }>,
  model: string | undefined,
  firstByteMs: ModelHealth['firstByteMs'],
): string {
  if (by === 'weight' || model === undefined) return 'drawn by weight';
  const time = firstByteMs(model);
  return time === undefined
    ? 'drawn by latency: not measured of late'
    : `drawn by latency: ${time} ms to its first byte`;
}
