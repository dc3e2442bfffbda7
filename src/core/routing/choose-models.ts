import type { Route, Stage } from '../../catalog/schema.ts';
import type { Needs } from './needs.ts';
import { type ModelHealth, balanced } from './route-balance.ts';
import { byComplexity } from './route-by-complexity.ts';
import { byStage } from './route-by-stage.ts';
import { type Offered, byCost } from './route-cheapest.ts';
import type { ChosenModels } from './route-choice.ts';
import { inOrder } from './route-fallback.ts';
import { type Subject, split } from './route-split.ts';
import type { Traits } from './traits.ts';

/** What a route may go by. */
export interface RouteRequest {
  /** The stage that the client names. */
  readonly stage: Stage | undefined;
  readonly subject: Subject;
  readonly traits: Traits;
  readonly needs: Needs;
}

/** The usable models of a route in the order in which they are to be tried, and why in that. */
export function chooseModels(
  { name, route }: { readonly name: string; readonly route: Route },
  offers: readonly Offered[],
  request: RouteRequest,
  { health, seed, nowMs }: { readonly health: ModelHealth; readonly seed: number; readonly nowMs: number },
): ChosenModels {
  const usable = new Set(offers.map(({ modelName }) => modelName));
  switch (route.strategy) {
    case 'fallback':
      return inOrder(route.models, usable);
    case 'stage':
      return byStage(route, usable, request.stage, request.traits);
    case 'complexity':
      return byComplexity(route, usable, request.traits);
    case 'cheapest':
      return byCost(offers, request.needs, route.tier, nowMs);
    case 'balance':
      return balanced(route, usable, health, seed);
    case 'split':
      return split(name, route, usable, request.subject, seed);
  }
}
