import { priceAt } from '../../catalog/dated-prices.ts';
import { costNanoUsd } from '../../catalog/price.ts';
import type { Candidate } from '../../catalog/resolve.ts';
import type { Route, Stage } from '../../catalog/schema.ts';
import type { Level } from './complexity.ts';
import type { Needs } from './needs.ts';
import { type ModelHealth, balanced } from './route-balance.ts';
import { type ChosenModels, type RouteBy, preferring } from './route-choice.ts';
import { type Subject, split } from './route-split.ts';
import type { Traits } from './traits.ts';

/** What the strategies decide by. */
export interface RouteRequest {
  /** The stage that the client names. */
  readonly stage: Stage | undefined;
  readonly subject: Subject;
  readonly traits: Traits;
  readonly needs: Needs;
}

export interface Offered {
  readonly modelName: string;
  /** The target that would be tried first. */
  readonly candidate: Candidate;
}

/** The usable models of a route in the order in which they are to be tried, and the reason for that order. */
export function chooseModels(
  name: string,
  route: Route,
  offers: readonly Offered[],
  request: RouteRequest,
  { health, seed, nowMs }: { readonly health: ModelHealth; readonly seed: number; readonly nowMs: number },
): ChosenModels {
  const usable = new Set(offers.map(({ modelName }) => modelName));
  switch (route.strategy) {
    case 'fallback':
      return inOrder(route.models, usable);
    case 'stage':
      return byStage(route, usable, request);
    case 'complexity':
      return byComplexity(route, usable, request);
    case 'cheapest':
      return byCost(offers, request.needs, route.tier, nowMs);
    case 'balance':
      return balanced(route, usable, health, seed);
    case 'split':
      return split(name, route, usable, request.subject, seed);
  }
}

function inOrder(models: readonly string[], usable: ReadonlySet<string>): ChosenModels {
  const left = [...new Set(models)].filter((model) => usable.has(model));
  const reason = left[0] === models[0] ? 'the first of its models' : 'the first of its models that suits';
  return { models: left, arm: undefined, reason };
}

const stages: readonly Stage[] = ['plan', 'code', 'review'];

/**
 * The stage is the one that the client names, else the one that its messages show, else the route's default. If the
 * model of the stage fails, the default's comes next, then the others.
 */
function byStage(
  route: RouteBy<'stage'>,
  usable: ReadonlySet<string>,
  { stage: named, traits }: Pick<RouteRequest, 'stage' | 'traits'>,
): ChosenModels {
  const judged = named === undefined ? traits.stage() : { stage: named, reason: 'asked for' };
  const { stage = route.default } = judged;
  const order = [stage, route.default, ...stages].map((each) => route[each]);
  return preferring(order, usable, stage, judged.stage === undefined ? 'the default' : judged.reason);
}

/** A model that can do more than the request needs is better than one that can do less. */
const levelOrders: Readonly<Record<Level, readonly Level[]>> = {
  simple: ['simple', 'medium', 'complex'],
  medium: ['medium', 'complex', 'simple'],
  complex: ['complex', 'medium', 'simple'],
};

function byComplexity(
  route: RouteBy<'complexity'>,
  usable: ReadonlySet<string>,
  { traits }: Pick<RouteRequest, 'traits'>,
): ChosenModels {
  const { level, reason } = traits.complexity();
  const order = levelOrders[level].map((each) => route[each]);
  return preferring(order, usable, level, reason);
}

/** Orders the models by their likely cost. A model without a price comes last; ties go by name. */
function byCost(offers: readonly Offered[], needs: Needs, tier: string, nowMs: number): ChosenModels {
  const costs = offers
    .map(({ modelName, candidate }) => ({ modelName, nanoUsd: expectedNanoUsd(candidate, needs, nowMs) }))
    .toSorted((one, other) => compare(one.nanoUsd, other.nanoUsd) || (one.modelName < other.modelName ? -1 : 1));
  const count = `${costs.length} of tier ${tier}`;
  return { models: costs.map(({ modelName }) => modelName), arm: costs[0]?.modelName, reason: `cheapest of ${count}` };
}

/** The length of a usual answer, if its cap is not lower. It is a guess, but the same one for all models. */
const outputTokensUsual = 800;

function expectedNanoUsd({ price, model }: Candidate, needs: Needs, nowMs: number): number {
  if (price === undefined) return Infinity;
  const cap = Math.min(needs.outputTokens ?? Infinity, model?.maxOutputTokens ?? Infinity);
  const outputTokens = needs.generates ? Math.max(0, Math.min(outputTokensUsual, cap)) : 0;
  return costNanoUsd(priceAt(price, nowMs), {
    inputTokens: needs.inputTokens,
    outputTokens,
    images: needs.media.get('image')?.count ?? 0,
  });
}

/** The difference of two infinities is not a number. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}
