import type { Endpoint, Metric, ModelNames, Scope } from '../../src/core/ledger/limit.ts';
import type { Window } from '../../src/core/ledger/window.ts';

export interface Counted {
  readonly metric: Metric;
  readonly window: Window;
  readonly scope?: Scope | undefined;
}

/** What is counted never changes, and is asked for over and over. */
const keys = new WeakMap<Counted, string>();

export function keyOf(counted: Counted): string {
  const known = keys.get(counted);
  if (known !== undefined) return known;
  const key = writtenKey(counted);
  keys.set(counted, key);
  return key;
}

function writtenKey({ metric, window, scope }: Counted): string {
  const over = window.kind === 'sliding' ? window.ms : window.kind;
  return JSON.stringify([metric, over, scope?.endpoint, scope?.models && [...new Set(scope.models)].toSorted()]);
}

export function isStanding({ metric, window, scope }: Counted): boolean {
  if (scope !== undefined) return false;
  if (metric === 'concurrency' || metric === 'streams') return window.kind === 'total';
  return window.kind !== 'sliding' || [60_000, 3_600_000, 86_400_000].includes(window.ms);
}

export function inScope(
  scope: Scope | undefined,
  { endpoint, model, aliases = [], unlisted = false }: ModelNames & { readonly endpoint: Endpoint },
): boolean {
  if (scope?.endpoint !== undefined && scope.endpoint !== endpoint) return false;
  if (scope?.models === undefined || unlisted) return true;
  return [model, ...aliases].some((name) => scope.models?.some((pattern) => expressionOf(pattern).test(name)));
}

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const expression = expressions.get(pattern) ?? new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
  expressions.set(pattern, expression);
  return expression;
}

export function heldBy(metric: Metric, hold: { stream: boolean; tokens: number; nanoUsd: number }): number {
  const held = { requests: 1, tokens: hold.tokens, usd: hold.nanoUsd, concurrency: 1, streams: hold.stream ? 1 : 0 };
  return held[metric];
}
