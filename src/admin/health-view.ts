import * as v from 'valibot';
import { namedRecord } from '../named-record.ts';
import { listOf } from './page-query.ts';

/** What `/admin/health` tells. */

const state = v.picklist(['closed', 'open', 'half-open']);

const percentiles = v.nullable(v.strictObject({ p50Ms: v.number(), p95Ms: v.number(), p99Ms: v.number() }));

const breakerView = v.strictObject({
  key: v.string(),
  state,
  retryInMs: v.number(),
  failuresInARow: v.number(),
  calls: v.number(),
  failures: v.number(),
  neutral: v.number(),
  /** Failures as a share of what was not neutral. */
  errorRate: v.number(),
  latencyMs: percentiles,
  firstByteMs: percentiles,
});

/** A credential that is left alone, by the name of its variable. */
const cooldownView = v.strictObject({
  credential: v.string(),
  reason: v.picklist(['unauthorized', 'forbidden', 'out-of-credit', 'rate-limited']),
  forMs: v.number(),
  until: v.string(),
  /** The one model that it is out for; absent where it is out for all. */
  model: v.exactOptional(v.string()),
  /** Present where only one client's calls were refused with it: only its own calls are kept away. */
  ofOneClient: v.exactOptional(v.literal(true)),
});

const checkView = v.strictObject({
  endpoint: v.string(),
  checkedAt: v.string(),
  outcome: v.picklist(['success', 'failure', 'neutral']),
  found: v.string(),
});

const modelsView = v.strictObject({
  checkedAt: v.string(),
  /** How many the provider lists, and which of the catalog's it doesn't. */
  listed: v.exactOptional(v.number()),
  missing: listOf(v.string()),
  /** Why its list could not be read the last time. */
  problem: v.exactOptional(v.string()),
});

export const providerHealthView = v.strictObject({
  /** Whether calls may go to it at all: the catalog, its credits and its secrets say so. */
  on: v.boolean(),
  /** What keeps it from being used, as a clause that follows its name; absent where nothing does. */
  offBecause: v.exactOptional(v.string()),
  /** The worst of its breakers; `unknown` while they can't be asked. */
  state: v.picklist([...state.options, 'unknown']),
  breakers: listOf(breakerView),
  cooldowns: listOf(cooldownView),
  lostReports: v.number(),
  /** The last check of each endpoint that was ever checked. */
  checks: listOf(checkView),
  /** Null where its list of models was never looked at, or can't be. */
  models: v.nullable(modelsView),
});

/** What the last attempt of a call held, and what it was charged. */
const breachView = v.strictObject({
  account: v.string(),
  requestId: v.string(),
  at: v.string(),
  provider: v.string(),
  model: v.string(),
  heldTokens: v.number(),
  chargedTokens: v.number(),
  heldUsd: v.string(),
  chargedUsd: v.string(),
});

export const ledgersView = v.strictObject({
  /** Accounts whose ledger is gone. They serve nobody until it is put back, or an admin lets them begin again. */
  lostLedgers: listOf(v.strictObject({ account: v.string(), begunAt: v.string(), since: v.string() })),
  /** Accounts whose ledger is an older copy of what it was. */
  wentBack: listOf(v.strictObject({ account: v.string(), noticedAt: v.string() })),
  /** How many calls were billed above their bound, and of how many accounts; the newest first. */
  breaches: v.strictObject({ calls: v.number(), accounts: v.number(), newest: listOf(breachView) }),
});

export const adminHealthView = v.strictObject({
  status: v.picklist(['ok', 'degraded']),
  catalogVersion: v.number(),
  providers: namedRecord(v.string(), providerHealthView),
  /** Models that retire within thirty days or have retired, the first to go first. */
  retiring: listOf(v.strictObject({ model: v.string(), retires: v.string(), isRetired: v.boolean() })),
  /** Bindings and secrets that are not set, and what does not work without them. */
  absent: listOf(v.strictObject({ name: v.string(), turnsOff: v.string() })),
  /** Changes that are stored and have not reached everyone yet. */
  undelivered: v.strictObject({ keys: v.number(), catalog: v.boolean() }),
  ...ledgersView.entries,
});

export type ProviderHealthView = v.InferOutput<typeof providerHealthView>;
export type AdminHealthView = v.InferOutput<typeof adminHealthView>;
export type LedgersView = v.InferOutput<typeof ledgersView>;
export type CooldownView = v.InferOutput<typeof cooldownView>;
export type ModelsView = v.InferOutput<typeof modelsView>;
