import type { Route } from '../../catalog/schema.ts';
import { routeReasonCharsMax } from '../../limits.ts';
import { fallbackModelsField } from '../../protocols/asked-models.ts';

/** Which way a route took, and why: for the client's header and the record of the call. */
export interface RouteChoice {
  /** The route's own name. */
  readonly name: string;
  readonly strategy: Route['strategy'];
  /** What was decided, where the strategy decides between things that have names; undefined where it only orders. */
  readonly arm: string | undefined;
  readonly reason: string;
}

/** What a strategy makes of the models that can serve a call: all of them, those to try first in front. */
export interface ChosenModels {
  readonly models: readonly string[];
  readonly arm: string | undefined;
  readonly reason: string;
}

/** Of a request that lists models by itself, and so is a route of its own. */
export function listChoice(isFirst: boolean): RouteChoice {
  const reason = isFirst ? 'the first of those listed' : 'the first of those listed that can be asked';
  return { name: fallbackModelsField, strategy: 'fallback', arm: undefined, reason };
}

/** As `x-gateway-route` has it: `auto; arm=complex; reason="score 7: code, long"`. ASCII, and of bounded length. */
export function routeText({ name, arm, reason }: RouteChoice): string {
  const armText = arm === undefined ? '' : `; arm=${nameText(arm)}`;
  return `${nameText(name)}${armText}; reason=${quoted(reason.slice(0, routeReasonCharsMax))}`;
}

/** Names as they are, as long as nobody could take a part of them for the next parameter. */
function nameText(name: string): string {
  return /^[\w.:/*@+~-]+$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[^ -~]/g, '?').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The models of `order` that are usable, and what was decided, even where its own model can't serve the call. */
export function preferring(
  order: readonly string[],
  usable: ReadonlySet<string>,
  arm: string,
  reason: string,
): ChosenModels {
  const models = [...new Set(order)].filter((model) => usable.has(model));
  return { models, arm, reason: models[0] === order[0] ? reason : `${reason}; ${order[0]} doesn't suit it` };
}
