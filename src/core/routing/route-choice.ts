import type { Arm, Route } from '../../catalog/schema.ts';
import { routeReasonCharsMax } from '../../limits.ts';
import { fallbackModelsField } from '../../protocols/asked-models.ts';

export type RouteBy<Strategy extends Route['strategy']> = Extract<Route, { strategy: Strategy }>;

/** Which way a route took, and why: for the client's header and the record of the call. */
export interface RouteChoice {
  /** The route's own name. */
  readonly name: string;
  readonly strategy: Route['strategy'];
  /** What was decided, by its name; undefined for a strategy that only orders. */
  readonly arm: string | undefined;
  readonly reason: string;
}

/** What a strategy decides about the models that can serve a call: those to try first are in front. */
export interface ChosenModels extends Pick<RouteChoice, 'arm' | 'reason'> {
  readonly models: readonly string[];
}

/** For a request that lists models itself: its list is a route. */
export function listChoice(isFirst: boolean): RouteChoice {
  const reason = isFirst ? 'the first of those listed' : 'the first of those listed that can be asked';
  return { name: fallbackModelsField, strategy: 'fallback', arm: undefined, reason };
}

/** The value of `x-gateway-route`: `auto; arm=complex; reason="score 7: code, long"`. ASCII, and of bounded length. */
export function routeText({ name, arm, reason }: RouteChoice): string {
  const armText = arm === undefined ? '' : `; arm=${nameText(arm)}`;
  return `${nameText(name)}${armText}; reason=${quoted(reason.slice(0, routeReasonCharsMax))}`;
}

/** Quotes a name if a part of it could be taken for the next parameter. */
function nameText(name: string): string {
  return /^[\w.:/*@+~-]+$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[^ -~]/g, '?').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The usable models of `order`, and what was decided, even if the decided model can't serve the call. */
export function preferring(
  order: readonly string[],
  usable: ReadonlySet<string>,
  arm: string,
  reason: string,
): ChosenModels {
  const models = [...new Set(order)].filter((model) => usable.has(model));
  return { models, arm, reason: models[0] === order[0] ? reason : `${reason}; ${order[0]} doesn't suit it` };
}

/** The arms with any weight; two of one model become one. */
export function mergedArms(arms: readonly Arm[]): Arm[] {
  const weights = new Map<string, number>();
  for (const { model, weight } of arms) {
    if (weight > 0) weights.set(model, (weights.get(model) ?? 0) + weight);
  }
  return [...weights].map(([model, weight]) => ({ model, weight }));
}
