import { type Window, windowKey } from './window.ts';

export type Metric = 'requests' | 'tokens' | 'usd' | 'concurrency' | 'streams';
export type Endpoint = 'chat' | 'responses' | 'messages' | 'embeddings';

/** Which calls a counter counts: those of one endpoint, those of models that match one of the patterns, or both. */
export interface Scope {
  readonly endpoint?: Endpoint;
  /** Patterns in which `*` stands for any characters. */
  readonly models?: readonly string[];
}

/** A maximum over a counter: whole requests, whole tokens or nano-dollars, after `metric`. */
export interface Limit {
  readonly metric: Metric;
  /** Concurrency and streams count what is in flight and have the window `total`: nothing of theirs is ever posted. */
  readonly window: Window;
  readonly max: number;
  readonly scope?: Scope;
}

export function isGauge(metric: Metric): boolean {
  return metric === 'concurrency' || metric === 'streams';
}

export function counterKey(metric: Metric, window: Window, scope: Scope | undefined): string {
  const key = `${metric}/${windowKey(window)}`;
  if (scope === undefined) return key;
  const models = scope.models === undefined ? '*' : JSON.stringify([...new Set(scope.models)].toSorted());
  return `${key}/${scope.endpoint ?? '*'}/${models}`;
}

/** What scopes know a model by: its name, and what else it was called when the call was made. */
export interface ModelNames {
  readonly model: string;
  readonly aliases?: readonly string[];
  /** Whether nobody knows which model it is. It may be any, so that every scope of models has it. */
  readonly unlisted?: boolean;
}

/** Of what has these names among other things, them alone; without what it does not say, because they are kept. */
export function modelNames({ model, aliases, unlisted }: ModelNames): ModelNames {
  return {
    model,
    ...(aliases === undefined ? {} : { aliases }),
    ...(unlisted === undefined ? {} : { unlisted }),
  };
}

export function inScope(scope: Scope | undefined, call: ModelNames & { readonly endpoint: Endpoint }): boolean {
  if (scope === undefined) return true;
  if (scope.endpoint !== undefined && scope.endpoint !== call.endpoint) return false;
  return scope.models === undefined || call.unlisted === true || matchesAny(scope.models, call);
}

/** Whether one of the patterns matches one of the names. */
export function matchesAny(patterns: readonly string[], { model, aliases = [] }: ModelNames): boolean {
  return patterns.some(
    (pattern) => matchesPattern(pattern, model) || aliases.some((alias) => matchesPattern(pattern, alias)),
  );
}

/**
 * `*` matches any run of characters, everything else itself. Linear in time for any pattern, unlike a regular
 * expression.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const firstStar = pattern.indexOf('*');
  if (firstStar < 0) return pattern === text;
  const lastStar = pattern.lastIndexOf('*');
  const end = pattern.slice(lastStar + 1);
  if (!text.startsWith(pattern.slice(0, firstStar))) return false;
  let from = firstStar;
  for (const part of pattern.slice(firstStar, lastStar).split('*')) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - end.length >= from && text.endsWith(end);
}
