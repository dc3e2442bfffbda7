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

/** For so long KV answers from memory near the isolate. It takes no smaller number. */
const kvCacheS = 30;
/** An older catalog is not used before KV is asked. With KV's own memory, a change shows within `catalogCacheMs`. */
const usableMs = catalogCacheMs - kvCacheS * 1000;
/** From this age on, the next request starts a refresh and does not wait for it. */
const freshMs = usableMs / 2;
/** A refresh that takes longer was cut off with its request. After one that failed, KV is left alone so long. */
const retryMs = 10_000;
/** A request with an old catalog waits so long for a new one. */
const waitMs = 2000;
const unreadRetryMs = 1000;

interface CatalogReaderOptions {
  readonly kv: Pick<KVNamespace, 'get'>;
  readonly allowPrivateUpstreams: boolean;
  readonly bundled: () => Catalog;
  /**
   * Reads the catalog from where it is kept for good, and has it copied into KV again. Undefined where none was ever
   * written.
   */
  readonly written: () => Promise<string | undefined>;
  /** Called when a problem is first met. */
  readonly onProblem: (problem: CatalogProblem) => void;
}

/** What is wrong with KV's copy. */
type Fault = { readonly kind: 'missing' } | { readonly kind: 'malformed'; readonly issues: readonly Issue[] };
/** The same, and whether the catalog was found where it is kept for good. */
type CopyProblem = Fault & { readonly isRecovered: boolean };

export type CatalogProblem = CopyProblem | { readonly kind: 'unreadable'; readonly error: unknown };

/**
 * An isolate's copy of the catalog. Every call reads it. Only the first read, and one after a long rest, waits for KV.
 * A copy that can't be read never replaces one that could.
 */
export class CatalogReader {
  readonly #options: CatalogReaderOptions;
  #catalog: Catalog | undefined;
  /** The last text from KV, usable or not. */
  #text: string | null | undefined;
  /** What is wrong with that text, until the catalog is found elsewhere. */
  #fault: Fault | undefined;
  #recoveryFailedAtMs = -Infinity;
  /** The last problem that was reported. Each is reported once. */
  #told: string | undefined;
  #readAtMs = -Infinity;
  #refreshingSinceMs = -Infinity;
  #failedAtMs = -Infinity;

  constructor(options: CatalogReaderOptions) {
    this.#options = options;
  }

  /** `waitUntil` keeps a refresh running that nobody waits for. */
  async read(nowMs: number, waitUntil: (promise: Promise<unknown>) => void): Promise<Catalog> {
    const catalog = this.#catalog;
    // A request can't wait for another's read: the platform ties a read to the request that began it.
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

  /** Makes the next request ask KV: for the isolate that has just written. */
  forget(): void {
    this.#readAtMs = -Infinity;
    this.#failedAtMs = -Infinity;
  }

  /**
   * Without a catalog no call is made: nobody knows what it may cost. The bundled catalog does not help. It may have
   * been replaced, perhaps to keep data from some provider.
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
   * Reads the catalog from where it is kept for good, after KV has lost or spoilt its copy. The bundled one serves only
   * if none was ever written: a written one may be there to keep data from some provider.
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
      // This isolate has all that is left of the catalog.
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

  /** A catalog that KV has lost is still good. KV may answer an old read after a new one: the version only grows. */
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

export async function readCatalog(env: Env, waitUntil: (promise: Promise<unknown>) => void): Promise<Catalog> {
  return readerOf(env).read(Date.now(), waitUntil);
}

/** After a write, so that at least this isolate shows it at once. */
export function forgetCatalog(env: Env): void {
  readerOf(env).forget();
}

const issuesLoggedMax = 10;

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
