import { healthInUseMs, healthInUseSaveMs, modelListEveryMs } from '../../limits.ts';
import type { BreakerConfig } from '../../core/breaker/breaker-config.ts';
import { type CheckResult, describeCheck, outcomeOfCheck } from './check-result.ts';
import type { CheckDetail, ModelsDetail } from './health-messages.ts';
import type { ChecksRecord, SiteRecord } from './health-record.ts';
import { missingFrom } from './model-list.ts';
import type { EndpointInTrouble } from './provider-breakers.ts';
import { type ProviderSite, type SiteEndpoint, listsModels } from '../../core/breaker/provider-site.ts';

interface DueChecks {
  readonly endpoints: readonly SiteEndpoint[];
  /** The endpoint whose list of models to fetch. */
  readonly list: SiteEndpoint | undefined;
}

/**
 * When to check which endpoint of a provider, when to read its list of models, and the results. Pure but for its own
 * memory: its holder passes in the wall clock's time, makes the requests, and writes the records to disk.
 *
 * Only a blocked endpoint is checked, at most as often as the catalog says. Nothing is asked while nobody uses the
 * provider. A clock that is set back makes a check come early, not late.
 */
export class HealthChecks {
  #site: SiteRecord | undefined;
  #usable: readonly SiteEndpoint[] = [];
  readonly #isUsable: (endpoint: SiteEndpoint) => boolean;
  readonly #checks = new Map<string, { atMs: number; result: CheckResult | undefined }>();
  #list: ChecksRecord['list'];
  /** When a router last asked anything, and when it last reported the end of a call. */
  #askedMs: number | undefined;
  #reportedMs: number | undefined;
  #savedMs: number | undefined;
  #siteChanged = false;
  #checksChanged = false;

  /** `isUsable` tells whether an endpoint may be asked and its secret is set. */
  constructor(
    site: SiteRecord | undefined,
    record: ChecksRecord | undefined,
    isUsable: (endpoint: SiteEndpoint) => boolean,
  ) {
    this.#isUsable = isUsable;
    this.#list = record?.list;
    this.#askedMs = record?.askedMs;
    this.#reportedMs = record?.reportedMs;
    for (const { endpoint, atMs, result } of record?.checks ?? []) this.#checks.set(endpoint, { atMs, result });
    if (site !== undefined) this.#learn(site);
  }

  get site(): ProviderSite | undefined {
    return this.#site?.site;
  }

  get everyMs(): number {
    return this.#site?.site.check?.everyMs ?? Number.POSITIVE_INFINITY;
  }

  asked(wallMs: number): void {
    this.#askedMs = wallMs;
    this.#noteUse(wallMs);
  }

  /** A router has reported how calls ended, and now and then also where the provider is. */
  reported(site: ProviderSite | undefined, config: BreakerConfig, wallMs: number): void {
    this.#askedMs = wallMs;
    this.#reportedMs = wallMs;
    const isOlder = (site?.catalogVersion ?? 0) < (this.#site?.site.catalogVersion ?? 0);
    if (site !== undefined && !isOlder) this.#relearn({ version: 1, site, config });
    this.#noteUse(wallMs);
  }

  /** What to ask now. It counts as done: nobody else is told to ask it. */
  begin(troubled: readonly EndpointInTrouble[], wallMs: number): DueChecks {
    const endpoints = this.#usable.filter(({ name }) => this.#checkInMs(name, troubled, wallMs) === 0);
    for (const { name } of endpoints) {
      this.#checks.set(name, { atMs: wallMs, result: this.#checks.get(name)?.result });
      this.#checksChanged = true;
    }
    const isListDue = this.#listInMs(troubled, wallMs) === 0;
    if (!isListDue) return { endpoints, list: undefined };
    this.#list = { missing: [], listed: undefined, problem: undefined, ...this.#list, atMs: wallMs };
    this.#checksChanged = true;
    return { endpoints, list: this.#endpointToList(troubled) };
  }

  checked(endpoint: string, result: CheckResult, wallMs: number): void {
    this.#checks.set(endpoint, { atMs: this.#checks.get(endpoint)?.atMs ?? wallMs, result });
    this.#checksChanged = true;
  }

  /** Returns the names that are newly missing. A list that could not be read changes none. */
  listed(list: { readonly names: readonly string[] } | { readonly problem: string }, wallMs: number): string[] {
    const before = this.#list?.missing ?? [];
    const atMs = this.#list?.atMs ?? wallMs;
    this.#checksChanged = true;
    if ('problem' in list) {
      this.#list = { atMs, missing: before, listed: this.#list?.listed, problem: list.problem };
      return [];
    }
    const missing = missingFrom(list.names, this.#site?.site.models ?? []);
    this.#list = { atMs, missing, listed: list.names.length, problem: undefined };
    return missing.filter((name) => !before.includes(name));
  }

  /** In how long there will be something to ask; undefined if nothing is known to come. */
  nextInMs(troubled: readonly EndpointInTrouble[], wallMs: number): number | undefined {
    const waits = this.#usable.flatMap(({ name }) => this.#checkInMs(name, troubled, wallMs) ?? []);
    const listInMs = this.#listInMs(troubled, wallMs);
    if (listInMs !== undefined) waits.push(listInMs);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Only endpoints and models that the provider still has. */
  describe(wallMs: number): { checks: CheckDetail[]; models: ModelsDetail | undefined } {
    const site = this.#site?.site;
    const checks = (site?.endpoints ?? []).flatMap(({ name }): CheckDetail[] => {
      const check = this.#checks.get(name);
      if (check?.result === undefined) return [];
      const { result, atMs } = check;
      return [{ endpoint: name, agoMs: wallMs - atMs, outcome: outcomeOfCheck(result), found: describeCheck(result) }];
    });
    const list = this.#list;
    if (list === undefined || (list.listed === undefined && list.problem === undefined)) {
      return { checks, models: undefined };
    }
    const missing = list.missing.filter((name) => site?.models.includes(name));
    return {
      checks,
      models: {
        agoMs: wallMs - list.atMs,
        missing,
        ...(list.listed === undefined ? {} : { listed: list.listed }),
        ...(list.problem === undefined ? {} : { problem: list.problem }),
      },
    };
  }

  /** What to write to disk; undefined if nothing has changed. */
  takeSite(): SiteRecord | undefined {
    const changed = this.#siteChanged ? this.#site : undefined;
    this.#siteChanged = false;
    return changed;
  }

  takeChecks(wallMs: number): ChecksRecord | undefined {
    if (!this.#checksChanged) return undefined;
    this.#checksChanged = false;
    this.#savedMs = wallMs;
    return {
      version: 1,
      askedMs: this.#askedMs,
      reportedMs: this.#reportedMs,
      checks: [...this.#checks].map(([endpoint, check]) => ({ endpoint, ...check })),
      list: this.#list,
    };
  }

  #relearn(record: SiteRecord): void {
    const known = this.#site;
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(record)) return;
    const isSameList = JSON.stringify(known?.site.models) === JSON.stringify(record.site.models);
    // Whoever has just put a model into the catalog wants to know about it now.
    if (known !== undefined && !isSameList) this.#list = undefined;
    this.#learn(record);
    this.#siteChanged = true;
    this.#checksChanged = true;
  }

  #learn(record: SiteRecord): void {
    this.#site = record;
    this.#usable = record.site.endpoints.filter(this.#isUsable);
    const names = new Set(record.site.endpoints.map(({ name }) => name));
    for (const name of this.#checks.keys()) if (!names.has(name)) this.#checks.delete(name);
  }

  /** After an eviction the object must know whether its provider is in use. */
  #noteUse(wallMs: number): void {
    if (this.#site !== undefined && hasPassed(healthInUseSaveMs, this.#savedMs, wallMs)) this.#checksChanged = true;
  }

  #checkInMs(name: string, troubled: readonly EndpointInTrouble[], wallMs: number): number | undefined {
    const trouble = troubled.find(({ endpoint }) => endpoint === name);
    if (trouble === undefined || this.#site?.site.check === undefined) return undefined;
    if (hasPassed(healthInUseMs, this.#askedMs, wallMs)) return undefined;
    return Math.max(trouble.checkInMs, leftOf(this.everyMs, this.#checks.get(name)?.atMs, wallMs));
  }

  #listInMs(troubled: readonly EndpointInTrouble[], wallMs: number): number | undefined {
    const site = this.#site?.site;
    if (site?.check === undefined || !listsModels(site.check.path) || site.models.length === 0) return undefined;
    if (hasPassed(healthInUseMs, this.#reportedMs, wallMs)) return undefined;
    if (this.#endpointToList(troubled) === undefined) return undefined;
    return leftOf(modelListEveryMs, this.#list?.atMs, wallMs);
  }

  /** The first that is well: all endpoints of a provider should have the same models. */
  #endpointToList(troubled: readonly EndpointInTrouble[]): SiteEndpoint | undefined {
    return this.#usable.find(({ name }) => !troubled.some(({ endpoint }) => endpoint === name));
  }
}

function hasPassed(ms: number, sinceMs: number | undefined, nowMs: number): boolean {
  return leftOf(ms, sinceMs, nowMs) === 0;
}

/** The rest of a time that began at `sinceMs`; 0 if it never began, or the clock was set far back. */
function leftOf(ms: number, sinceMs: number | undefined, nowMs: number): number {
  return sinceMs === undefined ? 0 : Math.max(0, ms - Math.abs(nowMs - sinceMs));
}
