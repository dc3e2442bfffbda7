import type { Route, Stage } from '../../catalog/schema.ts';
import { type ChosenModels, preferring } from './route-choice.ts';
import type { Traits } from './traits.ts';

const stages: readonly Stage[] = ['plan', 'code', 'review'];

/**
 * The model of the stage that the client names, or else of the one that its messages tell of, or else of the route's
 * default. Should that fail, the default's, and then the others'.
 */
export function byStage(
  route: Extract<Route, { strategy: 'stage' }>,
  usable: ReadonlySet<string>,
  named: Stage | undefined,
  traits: Pick<Traits, 'stage'>,
): ChosenModels {
  const { stage, reason } = stageOf(route, named, traits);
  const order = [stage, route.default, ...stages].map((each) => route[each]);
  return preferring(order, usable, stage, reason);
}

function stageOf(
  route: Extract<Route, { strategy: 'stage' }>,
  named: Stage | undefined,
  traits: Pick<Traits, 'stage'>,
): { readonly stage: Stage; readonly reason: string } {
  if (named !== undefined) return { stage: named, reason: 'asked for' };
  const { stage, reason } = traits.stage();
  return stage === undefined ? { stage: route.default, reason: 'the default' } : { stage, reason };
}
