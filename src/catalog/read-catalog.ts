import { type Env, configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import type { Issue } from '../http/issue.ts';
import { catalogCacheMs } from '../limits.ts';
import { answerWithin } from '../answer-within.ts';
import { bundledCatalog } from './bundled.ts';
import { type ParsedCatalog, parseStoredCatalog } from './parse-catalog.ts';
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
  /**
   * The catalog as it was last written, from where it is kept for good, and from where it is then put into KV again.
   * Undefined where none was ever written.
   */
  readonly written: () => Promise<string | undefined>;
  /** Told when what KV holds, or that it holds nothing readable, is first met. */
  readonly onProblem: (problem: CatalogProblem) => void;
}

/** KV's copy is lost or spoilt, and whether the catalog could be had from elsewhere. */
type CopyProblem =
  | { readonly kind: 'missing'; readonly isRecovered: boolean }
  | { readonly kind: 'malformed'; readonly isRecovered: boolean; readonly issues: readonly Issue[] };

export type CatalogProblem = CopyProblem | { readonly kind: 'unreadable'; readonly error: unknown };

/** What is wrong with what KV holds. */
type Fault = { readonly kind: 'missing' } | { readonly kind: 'malformed'; readonly issues: readonly Issue[] };

/**
 * An isolate's copy of the catalog. It is asked on the path of every call, and answers at once but for the first time
 * and after a long rest. What can't be read never takes the place of what could.
 */
export class CatalogReader {
  readonly #options: CatalogReaderOptions;
  #catalog: Catalog | undefined;
  /** The text that was looked at last, whether or not it could be used. */
  #text: string | null | undefined;
  /** What is wrong with that text, where the catalog could not be had from elsewhere. */
  #fault: Fault | undefined;
  #recoveryFailedAtMs = -Infinity;
  /** What was last told of KV's copy, which is told once. */
  #told: string | undefined;
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
      cause: problem?.kind === 'unreadable' ? problem.error : undefined,
    });
  }

  async #refresh(nowMs: number, withinMs: number): Promise<CatalogProblem | undefined> {
    const { kv, onProblem } = this.#options;
    try {
      const text = await answerWithin(withinMs, kv.get(catalogKvKey, { type: 'text', cacheTtl: kvCacheS }));
      this.#readAtMs = Math.max(this.#readAtMs, nowMs);
      const fault = text === this.#text ? this.#fault : this.#take(text);
      if (text !== this.#text) this.#told = undefined;
      this.#text = text;
      this.#fault = fault;
      if (fault === undefined) return undefined;
      const pauseMs = this.#catalog === undefined ? unreadRetryMs : retryMs;
      if (nowMs - this.#recoveryFailedAtMs < pauseMs) return { ...fault, isRecovered: false };
      const problem = await this.#recover(fault, nowMs, withinMs);
      this.#tell(problem);
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

  /**
   * Has the catalog from where it is kept for good, when KV has lost or spoilt its copy. Only if none was ever written
   * does the bundled one serve: one that was written may be there to keep data from some provider.
   */
  async #recover(fault: Fault, nowMs: number, withinMs: number): Promise<CopyProblem | undefined> {
    const written = await answerWithin(withinMs, this.#options.written()).catch((error: unknown) => {
      this.#recoveryFailedAtMs = nowMs;
      throw error;
    });
    if (written === undefined && fault.kind === 'missing') {
      const wasWritten = this.#catalog !== undefined && this.#catalog.version > 0;
      this.#catalog ??= this.#options.bundled();
      this.#fault = undefined;
      // The catalog that this isolate has is all that is left of it.
      return wasWritten ? { ...fault, isRecovered: false } : undefined;
    }
    const faultOfWritten = written === undefined ? fault : this.#take(written);
    if (faultOfWritten !== undefined) {
      this.#recoveryFailedAtMs = nowMs;
      return { ...faultOfWritten, isRecovered: false };
    }
    this.#fault = undefined;
    return { ...fault, isRecovered: true };
  }

  #tell(problem: CopyProblem | undefined): void {
    const told = problem === undefined ? undefined : `${problem.kind} ${problem.isRecovered}`;
    if (problem !== undefined && told !== this.#told) this.#options.onProblem(problem);
    this.#told = told;
  }

  /** What was deleted from KV is still good. KV may answer an older read after a newer one: the version only grows. */
  #take(text: string | null): Fault | undefined {
    if (text === null) return { kind: 'missing' };
    const parsed = parseStored(text, this.#options.allowPrivateUpstreams);
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
  const parsed = parseStoredCatalog(document, { allowPrivateUpstreams });
  if (parsed.kind === 'invalid' || parsed.catalog.version > 0) return parsed;
  return { kind: 'invalid', issues: [{ path: 'version', message: 'must be a whole number above 0' }] };
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
    written: () => env.DIRECTORY.getByName('directory').catalogForReaders(),
    onProblem: logProblem,
  });
  readers.set(env.CATALOG, reader);
  return reader;
}

const issuesLoggedMax = 10;

/** The catalog to serve a request with. */
export async function readCatalog(env: Env, waitUntil: (promise: Promise<unknown>) => void): Promise<Catalog> {
  return readerOf(env).read(Date.now(), waitUntil);
}

/** After a write, so that this isolate at least shows it at once. */
export function forgetCatalog(env: Env): void {
  readerOf(env).forget();
}

function logProblem(problem: CatalogProblem): void {
  switch (problem.kind) {
    case 'missing':
      return log('error', 'catalog-missing', { isRecovered: problem.isRecovered });
    case 'malformed':
      return log('error', 'catalog-malformed', {
        isRecovered: problem.isRecovered,
        issues: problem.issues.slice(0, issuesLoggedMax),
      });
    case 'unreadable':
      return log('error', 'catalog-unreadable', { error: String(problem.error) });
  }
}
