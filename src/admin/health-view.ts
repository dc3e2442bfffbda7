import * as v from 'valibot';
import { namedRecord } from '../named-record.ts';
import { listOf } from './page-query.ts';

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
  /** The share of failures among calls that were not neutral. */
  errorRate: v.number(),
  latencyMs: percentiles,
  firstByteMs: percentiles,
});

/** A credential that is not used for now, by the name of its variable. */
const cooldownView = v.strictObject({
  credential: v.string(),
  reason: v.picklist(['unauthorized', 'forbidden', 'out-of-credit', 'rate-limited']),
  forMs: v.number(),
  until: v.string(),
  /** The only model that it is out for; absent if it is out for all. */
  model: v.exactOptional(v.string()),
  /** Present if the provider rejected it for one client only. Then only that client's calls don't use it. */
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
  /** How many models the provider lists, and which of the catalog's are missing there. */
  listed: v.exactOptional(v.number()),
  missing: listOf(v.string()),
  /** Why the list could not be read the last time. */
  problem: v.exactOptional(v.string()),
});

export const providerHealthView = v.strictObject({
  /** Whether calls may go to it at all. The catalog, its credits and its secrets decide. */
  on: v.boolean(),
  /** Why it is off, as a clause that follows its name; absent if it is on. */
  offBecause: v.exactOptional(v.string()),
  /** The state of its worst breaker; `unknown` while its breakers can't be reached. */
  state: v.picklist([...state.options, 'unknown']),
  breakers: listOf(breakerView),
  cooldowns: listOf(cooldownView),
  lostReports: v.number(),
  /** The last check of each endpoint that was ever checked. */
  checks: listOf(checkView),
  /** Null if its list of models was never read, or can't be. */
  models: v.nullable(modelsView),
});

/** What the last attempt of a call held, and what the call was charged. */
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

const ledgersView = v.strictObject({
  /** Accounts whose ledger is gone. They serve nobody until it is put back or an admin restarts it. */
  lostLedgers: listOf(v.strictObject({ account: v.string(), begunAt: v.string(), since: v.string() })),
  /** Accounts whose ledger was replaced by an older copy. */
  wentBack: listOf(v.strictObject({ account: v.string(), noticedAt: v.string() })),
  /** How many calls were billed above their bound, in how many accounts. `newest` begins with the newest. */
  breaches: v.strictObject({ calls: v.number(), accounts: v.number(), newest: listOf(breachView) }),
});

export const adminHealthView = v.strictObject({
  status: v.picklist(['ok', 'degraded']),
  catalogVersion: v.number(),
  providers: namedRecord(v.string(), providerHealthView),
  /** Models that have retired or retire within thirty days, in the order of their dates. */
  retiring: listOf(v.strictObject({ model: v.string(), retires: v.string(), isRetired: v.boolean() })),
  /** Bindings and secrets that are not set, and what does not work without them. */
  absent: listOf(v.strictObject({ name: v.string(), turnsOff: v.string() })),
  /** Changes that are stored but have not reached everyone yet. */
  undelivered: v.strictObject({ keys: v.number(), accounts: v.number(), catalog: v.boolean() }),
  ...ledgersView.entries,
});

export type ProviderHealthView = v.InferOutput<typeof providerHealthView>;
export type AdminHealthView = v.InferOutput<typeof adminHealthView>;
export type LedgersView = v.InferOutput<typeof ledgersView>;
