import { DurableObject } from 'cloudflare:workers';
import * as v from 'valibot';
import { defaultBreakerConfig, type BreakerConfig } from './breaker-config.ts';
import type { CooldownReason } from './credential-cooldowns.ts';
import type { ClaimAnswer, HealthDetail, HealthReport, HealthRpc, HealthSnapshot } from './health-messages.ts';
import { AllStatisticsRecordSchema, HealthRecordSchema } from './health-record.ts';
import { ProviderBreakers } from './provider-breakers.ts';

/**
 * The only place where a provider's breakers change state: one object per provider, named after it. A shell: it reads
 * the clock, decides, writes a row where something changed that must survive an eviction, and answers. There is no
 * `await` in it, so that of a hundred callers at the moment of recovery exactly one is granted the probe; and the
 * platform holds an answer back until the row is on disk.
 */
export class ProviderHealth extends DurableObject implements HealthRpc {
  readonly #sql: SqlStorage;
  readonly #breakers: ProviderBreakers;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID');
    const health = this.#load('health', HealthRecordSchema);
    const statistics = this.#load('statistics', AllStatisticsRecordSchema);
    this.#breakers = new ProviderBreakers(health, statistics, Date.now());
  }

  async report(batch: HealthReport[], lost: number, config: BreakerConfig): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#breakers.report(batch, lost, nowMs, withDefaults(config));
    return this.#saved(nowMs);
  }

  async claim(endpoint: string, model: string, config: BreakerConfig): Promise<ClaimAnswer> {
    const nowMs = Date.now();
    const decision = this.#breakers.claim(endpoint, model, crypto.randomUUID(), nowMs, withDefaults(config));
    return { decision, snapshot: this.#saved(nowMs) };
  }

  async coolDown(credential: string, forMs: number, reason: CooldownReason): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#breakers.coolDown(credential, forMs, reason, nowMs);
    return this.#saved(nowMs);
  }

  async reset(): Promise<HealthSnapshot> {
    const nowMs = Date.now();
    this.#breakers.reset(nowMs);
    return this.#saved(nowMs);
  }

  async snapshot(): Promise<HealthSnapshot> {
    return this.#breakers.snapshot(Date.now());
  }

  async describe(): Promise<HealthDetail> {
    return this.#breakers.describe(Date.now());
  }

  #saved(nowMs: number): HealthSnapshot {
    this.#save('health', this.#breakers.takeRecord(nowMs));
    this.#save('statistics', this.#breakers.takeStatistics(nowMs));
    return this.#breakers.snapshot(nowMs);
  }

  #save(name: RecordName, record: object | undefined): void {
    if (record === undefined) return;
    this.#sql.exec('INSERT OR REPLACE INTO records (name, record) VALUES (?, ?)', name, JSON.stringify(record));
  }

  /** A record that this version can't read is as good as none: health is learnt again within a few calls. */
  #load<Schema extends v.GenericSchema>(name: RecordName, schema: Schema): v.InferOutput<Schema> | undefined {
    const rows = this.#sql.exec<{ record: string }>('SELECT record FROM records WHERE name = ?', name);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), rows.toArray()[0]?.record);
    return parsed.success ? parsed.output : undefined;
  }
}

type RecordName = 'health' | 'statistics';

/** A router of the previous release may not know every setting. */
function withDefaults(config: BreakerConfig): BreakerConfig {
  return { ...defaultBreakerConfig, ...config };
}
