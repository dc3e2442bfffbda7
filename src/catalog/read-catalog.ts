import { type Env, configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import type { Issue } from '../http/issue.ts';
import { catalogCacheMs } from '../limits.ts';
import { bundledCatalog } from './bundled.ts';
import { type ParsedCatalog, parseCatalog } from './parse-catalog.ts';
import type { Catalog } from './schema.ts';
import { log } from '../log.ts';

/** The key of the catalog in KV. */
export const catalogKvKey = 'catalog';

/** KV answers from memory near the isolate for so long: the least that it lets one ask for. */
const kvCacheS = 30;
/**
 * A catalog older than this is not used until KV has been asked. With KV's own memory, a change shows in
 * `catalogCacheMs`.
 */
const usableMs = catalogCacheMs - kvCacheS * 1000;
/** From this age on, the next request has it refreshed behind its back. */
const freshMs = usableMs / 2;
/**
 * A refresh that has not ended by then was cut off with its request; and after one that failed, KV is left alone so
 * long.
 */
const retryMs = 10_000;
/** A request that has an old catalog waits no longer than this for a new one. */
const waitMs = 2000;
const unreadRetryMs = 1000;

export interface CatalogReaderOptions {
  readonly kv: Pick<KVNamespace, 'get'>;
  readonly allowPrivateUpstreams: boolean;
  readonly bundled: () => Catalog;
  /** Told when what KV holds, or that it holds nothing readable, is first met. */
  readonly onProblem: (problem: CatalogProblem) => void;
}

export type CatalogProblem =
  | { readonly kind: 'malformed'; readonly issues: readonly Issue[] }
  | { readonly kind: 'unreadable'; readonly error: unknown };

/**
 * An isolate's copy of the catalog. It is asked on the path of every call, and answers at once but for the first time
 * and after a long rest. What can't be read never takes the place of what could.
 */
export class CatalogReader {
  readonly #options: CatalogReaderOptions;
  #catalog: Catalog | undefined;
  /** The text that was looked at last, whether or not it could be used. */
  #text: string | null | undefined;
  #problem: CatalogProblem | undefined;
  #readAtMs = -Infinity;
  #refreshingSinceMs = -Infinity;
  #failedAtMs = -Infinity;

  constructor(options: CatalogReaderOptions) {
    this.#options = options;
  }

  /** `waitUntil` keeps a refresh going that nobody waits for. */
  async read(nowMs: number, waitUntil: (promise: Promise<unknown>) => void): Promise<Catalog> {
    const catalog = this.#catalog;
    // Requests can't wait for one another's reads: the platform ties a read to the request that began it.
    if (catalog === undefined) return this.#first(nowMs);
    const ageMs = nowMs - this.#readAtMs;
    if (ageMs < freshMs || nowMs - this.#failedAtMs < retryMs) return catalog;
    if (ageMs >= usableMs) {
      await this.#refresh(nowMs, waitMs);
      return this.#catalog ?? catalog;
    }
    if (nowMs - this.#refreshingSinceMs >= retryMs) {
      this.#refreshingSinceMs = nowMs;
      waitUntil(this.#refresh(nowMs, retryMs));
    }
    return catalog;
  }

  /** Has the next request ask KV: for the isolate that has just written. */
  forget(): void {
    this.#readAtMs = -Infinity;
    this.#failedAtMs = -Infinity;
  }

  /**
   * Without a catalog, nobody can say what a call may cost, or that the bundled one was not replaced, perhaps to keep
   * data from some provider: so no call is made.
   */
  async #first(nowMs: number): Promise<Catalog> {
    const problem = await this.#refresh(nowMs, retryMs);
    if (this.#catalog !== undefined) return this.#catalog;
    if (problem?.kind === 'malformed') {
      const [issue] = problem.issues;
      const message =
        `The catalog in KV is not valid: ${issue?.path ?? ''} ${issue?.message ?? ''}. ` +
        `Write it again, through the admin API.`;
      throw new GatewayError('configuration_error', message);
    }
    throw new GatewayError('provider_unavailable', 'The catalog of models could not be read: try again.', {
      retryAfterMs: unreadRetryMs,
      shouldRetry: true,
      cause: problem?.error,
    });
  }

  async #refresh(nowMs: number, withinMs: number): Promise<CatalogProblem | undefined> {
    const { kv, onProblem } = this.#options;
    try {
      const text = await answerWithin(withinMs, kv.get(catalogKvKey, { type: 'text', cacheTtl: kvCacheS }));
      this.#readAtMs = Math.max(this.#readAtMs, nowMs);
      const problem = text === this.#text ? this.#problem : this.#take(text);
      if (problem !== undefined && text !== this.#text) onProblem(problem);
      this.#text = text;
      this.#problem = problem;
      return problem;
    } catch (error) {
      this.#failedAtMs = nowMs;
      const problem = { kind: 'unreadable', error } as const;
      onProblem(problem);
      return problem;
    } finally {
      this.#refreshingSinceMs = -Infinity;
    }
  }

  /** What was deleted from KV is still good. KV may answer an older read after a newer one: the version only grows. */
  #take(text: string | null): CatalogProblem | undefined {
    const { allowPrivateUpstreams, bundled } = this.#options;
    if (text === null) {
      this.#catalog ??= bundled();
      return undefined;
    }
    const parsed = parseStored(text, allowPrivateUpstreams);
    if (parsed.kind === 'invalid') return { kind: 'malformed', issues: parsed.issues };
    if (this.#catalog === undefined || parsed.catalog.version >= this.#catalog.version) this.#catalog = parsed.catalog;
    return undefined;
  }
}

function parseStored(text: string, allowPrivateUpstreams: boolean): ParsedCatalog {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: 'invalid', issues: [{ path: '', message: 'is not JSON' }] };
  }
  const parsed = parseCatalog(document, { allowPrivateUpstreams });
  if (parsed.kind === 'invalid' || parsed.catalog.version > 0) return parsed;
  return { kind: 'invalid', issues: [{ path: 'version', message: 'must be a whole number above 0' }] };
}

async function answerWithin<Answer>(limitMs: number, answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const readers = new WeakMap<KVNamespace, CatalogReader>();

function readerOf(env: Env): CatalogReader {
  const known = readers.get(env.CATALOG);
  if (known !== undefined) return known;
  const { allowPrivateUpstreams } = configuration(env);
  const reader = new CatalogReader({
    kv: env.CATALOG,
    allowPrivateUpstreams,
    bundled: bundledCatalog,
    onProblem: logProblem,
  });
  readers.set(env.CATALOG, reader);
  return reader;
}

/** The catalog to serve a request with. */
export async function readCatalog(env: Env, waitUntil: (promise: Promise<unknown>) => void): Promise<Catalog> {
  return readerOf(env).read(Date.now(), waitUntil);
}

/** After a write, so that this isolate at least shows it at once. */
export function forgetCatalog(env: Env): void {
  readerOf(env).forget();
}

function logProblem(problem: CatalogProblem): void {
  const detail =
    problem.kind === 'malformed' ? { issues: problem.issues.slice(0, 10) } : { error: String(problem.error) };
  log('error', `catalog-${problem.kind}`, detail);
}
