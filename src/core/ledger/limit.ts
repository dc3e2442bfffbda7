import { type Window, windowKey } from './window.ts';

export type Metric = 'requests' | 'tokens' | 'usd' | 'concurrency' | 'streams';
export type Endpoint = 'chat' | 'responses' | 'messages' | 'embeddings';

/** Which calls a counter counts: those to one endpoint, those with models that match a pattern, or both. */
export interface Scope {
  readonly endpoint?: Endpoint;
  /** Patterns in which `*` stands for any characters. */
  readonly models?: readonly string[];
}

/** A maximum over a counter, in whole requests, tokens or nano-dollars, as `metric` says. */
export interface Limit {
  readonly metric: Metric;
  /** `total` for concurrency and streams: they count what is in flight, and nothing of theirs is ever posted. */
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

/** The names of a model that scopes match: its own, and its aliases at the time of the call. */
export interface ModelNames {
  readonly model: string;
  readonly aliases?: readonly string[];
  /** Nobody knows which model it is. It may be any: so every scope of models counts it. */
  readonly unlisted?: boolean;
}

/** Picks the names out of a larger object. They are written to disk, so missing fields stay missing. */
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

export function matchesAny(patterns: readonly string[], { model, aliases = [] }: ModelNames): boolean {
  return patterns.some(
    (pattern) => matchesPattern(pattern, model) || aliases.some((alias) => matchesPattern(pattern, alias)),
  );
}

/** `*` matches any run of characters, everything else matches itself. Unlike a regular expression, always linear. */
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
