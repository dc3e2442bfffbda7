import { DurableObject } from 'cloudflare:workers';
import * as v from 'valibot';
import { type Env, variable } from '../../env.ts';
import { baseUrlProblem } from '../../http/base-url.ts';
import { log } from '../../log.ts';
import { Alarm } from '../alarm.ts';
import { checkEndpoint, fetchModelList } from './ask-endpoint.ts';
import { defaultBreakerConfig, type BreakerConfig } from '../../core/breaker/breaker-config.ts';
import { outcomeOfCheck } from './check-result.ts';
import type { CooldownReason } from '../../core/breaker/credential-cooldowns.ts';
import { HealthChecks } from './health-checks.ts';
import type {
  ClaimAnswer,
  HealthDetail,
  HealthReport,
  HealthRpc,
  HealthSnapshot,
  RejectedCall,
} from './health-messages.ts';
import {
  AllStatisticsRecordSchema,
  ChecksRecordSchema,
  HealthRecordSchema,
  SiteRecordSchema,
} from './health-record.ts';
import { type EndpointInTrouble, ProviderBreakers } from './provider-breakers.ts';
import {
  type ProviderSite,
  ProviderSiteSchema,
  type SiteEndpoint,
  checkRequest,
} from '../../core/breaker/provider-site.ts';

/**
 * The only place where a provider's breakers change state: one object per provider, named after it. It reads the clock,
 * decides, writes a row if something changed that must survive an eviction, and answers. The platform holds an answer
 * back until the row is on disk. An answer to a router waits for nothing else, so that of a hundred callers at the
 * moment of recovery exactly one gets the probe. Only the alarm calls the provider itself.
 */
export class ProviderHealth extends DurableObject<Env> implements HealthRpc {
  readonly #sql: SqlStorage;
  readonly #breakers: ProviderBreakers;
  readonly #checks: HealthChecks;
  #config: BreakerConfig;
  readonly #alarm: Alarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#alarm = new Alarm(ctx.storage);
    this.#sql.exec('CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID');
    const health = this.#load('health', HealthRecordSchema);
    const statistics = this.#load('statistics', AllStatisticsRecordSchema);
    this.#breakers = new ProviderBreakers(health, statistics, Date.now());
    const site = this.#load('site', SiteRecordSchema);
    this.#config = site?.config ?? defaultBreakerConfig;
    this.#checks = new HealthChecks(site, this.#load('checks', ChecksRecordSchema), (endpoint) =>
      this.#isUsable(endpoint),
    );
  }

  async report(
    batch: HealthReport[],
    lost: number,
    config: BreakerConfig,
    site?: ProviderSite,
  ): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#config = withDefaults(config);
    this.#checks.reported(this.#understood(site), this.#config, nowMs);
    this.#breakers.report(batch, lost, nowMs, this.#config, this.#checks.site?.endpoints.length);
    return this.#saved(nowMs);
  }

  async claim(endpoint: string, model: string, config: BreakerConfig): Promise<ClaimAnswer> {
    const nowMs = Date.now();
    this.#checks.asked(nowMs);
    const decision = this.#breakers.claim(endpoint, model, crypto.randomUUID(), nowMs, withDefaults(config));
    return { decision, snapshot: this.#saved(nowMs) };
  }

  async coolDown(
    credential: string,
    forMs: number,
    reason: CooldownReason,
    by?: RejectedCall,
  ): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#checks.asked(nowMs);
    this.#breakers.coolDown(credential, forMs, reason, nowMs, by);
    return this.#saved(nowMs);
  }

  async reset(): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#breakers.reset(nowMs);
    return this.#saved(nowMs);
  }

  async snapshot(): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#checks.asked(nowMs);
    return this.#saved(nowMs);
  }

  async describe(): Promise<HealthDetail> {
    const nowMs = Date.now();
    return { ...this.#breakers.describe(nowMs), ...this.#checks.describe(nowMs) };
  }

  /** An alarm that rings twice finds nothing to do the second time. */
  override async alarm(): Promise<void> {
    await this.#alarm.ring(
      async () => this.#check(),
      (error) => log('error', 'health-check-failed', { provider: this.ctx.id.name, error: String(error) }),
    );
  }

  /** Asks all that is due at once: a slow endpoint keeps no other waiting. */
  async #check(): Promise<void> {
    const nowMs = Date.now();
    const { site } = this.#checks;
    const suspects = this.#suspects(nowMs).map(({ endpoint }) => endpoint);
    const { endpoints, list } = this.#checks.begin(this.#toCheck(nowMs), nowMs);
    const due = endpoints.flatMap((endpoint): DueCheck[] => {
      const claim = crypto.randomUUID();
      if (this.#breakers.beginCheck(endpoint.name, claim, nowMs, this.#config)) return [{ endpoint, claim }];
      return suspects.includes(endpoint.name) ? [{ endpoint, claim: undefined }] : [];
    });
    this.#saved(nowMs);
    if (site?.check === undefined) return;
    const { path } = site.check;
    const asked = due.map(async (check) => this.#checkOne(site, check, path));
    if (list !== undefined) asked.push(this.#fetchList(site, list, path));
    await Promise.all(asked);
  }

  async #checkOne(site: ProviderSite, { endpoint, claim }: DueCheck, path: string): Promise<void> {
    const startedMs = Date.now();
    const result = await checkEndpoint(checkRequest(site, endpoint, path, this.#credential(endpoint)));
    const nowMs = Date.now();
    this.#checks.checked(endpoint.name, result, nowMs);
    this.#breakers.credentialChecked(credentialNameOf(endpoint), result, nowMs - startedMs, nowMs);
    if (claim !== undefined) {
      this.#breakers.endCheck(endpoint.name, claim, outcomeOfCheck(result), nowMs, this.#config);
    }
    this.#saved(nowMs);
  }

  async #fetchList(site: ProviderSite, endpoint: SiteEndpoint, path: string): Promise<void> {
    const list = await fetchModelList(site.kind, path, (page) =>
      checkRequest(site, endpoint, page, this.#credential(endpoint)),
    );
    const nowMs = Date.now();
    const models = this.#checks.listed(list, nowMs);
    if (models.length > 0)
      log('warn', 'models-not-listed', { provider: this.ctx.id.name, models: models.slice(0, 50) });
    this.#saved(nowMs);
  }

  /** A router's words are checked like any input: they say where a credential goes. */
  #understood(site: ProviderSite | undefined): ProviderSite | undefined {
    if (site === undefined) return undefined;
    const parsed = v.safeParse(ProviderSiteSchema, site);
    if (parsed.success) return parsed.output;
    log('warn', 'health-site-refused', { provider: this.ctx.id.name, error: v.summarize(parsed.issues) });
    return undefined;
  }

  #isUsable({ baseUrl, secret }: SiteEndpoint): boolean {
    const allowPrivate = variable(this.env, 'ALLOW_PRIVATE_UPSTREAMS')?.toLowerCase() === 'true';
    if (baseUrlProblem(baseUrl, allowPrivate) !== undefined) return false;
    return secret === undefined || variable(this.env, secret) !== undefined;
  }

  #credential({ secret }: SiteEndpoint): string | undefined {
    return secret === undefined ? undefined : variable(this.env, secret);
  }

  /** The endpoints to check, those with suspected credentials first. */
  #toCheck(nowMs: number): EndpointInTrouble[] {
    return [...this.#suspects(nowMs), ...this.#breakers.endpointsInTrouble(this.#checks.everyMs, nowMs, this.#config)];
  }

  /** One endpoint of each credential that only clients' calls were rejected with: it is checked at once. */
  #suspects(nowMs: number): EndpointInTrouble[] {
    return [...this.#breakers.suspectCredentials(nowMs)].flatMap((credential) => {
      const endpoint = this.#checks.site?.endpoints.find((each) => credentialNameOf(each) === credential);
      return endpoint === undefined ? [] : [{ endpoint: endpoint.name, checkInMs: 0 }];
    });
  }

  #saved(nowMs: number): HealthSnapshot {
    this.#save('health', this.#breakers.takeRecord(nowMs));
    this.#save('statistics', this.#breakers.takeStatistics(nowMs));
    this.#save('site', this.#checks.takeSite());
    this.#save('checks', this.#checks.takeChecks(nowMs));
    this.#arm(nowMs);
    return this.#breakers.snapshot(nowMs);
  }

  #arm(nowMs: number): void {
    const inMs = this.#checks.nextInMs(this.#toCheck(nowMs), nowMs);
    if (inMs !== undefined) this.#alarm.set(nowMs + inMs, nowMs);
  }

  #save(name: RecordName, record: object | undefined): void {
    if (record === undefined) return;
    this.#sql.exec('INSERT OR REPLACE INTO records (name, record) VALUES (?, ?)', name, JSON.stringify(record));
  }

  /** A record that this version can't read counts as none: health is learnt again within a few calls. */
  #load<Schema extends v.GenericSchema>(name: RecordName, schema: Schema): v.InferOutput<Schema> | undefined {
    const rows = this.#sql.exec<{ record: string }>('SELECT record FROM records WHERE name = ?', name);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), rows.toArray()[0]?.record);
    return parsed.success ? parsed.output : undefined;
  }
}

interface DueCheck {
  readonly endpoint: SiteEndpoint;
  /** Undefined if the endpoint's breaker is closed, and only its credential is checked. */
  readonly claim: string | undefined;
}

/** The name that routers have for the credential of an endpoint: see `attemptsAt`. */
function credentialNameOf({ name, secret }: SiteEndpoint): string {
  return secret ?? name;
}

type RecordName = 'health' | 'statistics' | 'site' | 'checks';

/** A router of the previous release may not know every setting. */
function withDefaults(config: BreakerConfig): BreakerConfig {
  return { ...defaultBreakerConfig, ...config };
}
