import * as v from 'valibot';
import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { formatUsd } from '../core/money/usd.ts';
import { pageSizeMax, pushBatchMax, pushWaitMs } from '../limits.ts';
import { limitViews } from '../core/account/limit-view.ts';
import { ledgerLimits } from '../core/account/policy.ts';
import type { LimitOwner } from '../core/account/level.ts';
import type { ModelUsage, Usage } from '../core/account/usage.ts';
import type { Limit } from '../core/ledger/limit.ts';
import { type AdminContext, type Answer, type RecursiveOptions, askDirectory } from './admin-context.ts';
import { invalidRequest } from '../http/issue.ts';
import { answerIfAny } from '../answer-within.ts';
import { timeText } from '../actors/directory/time-text.ts';
import type { KeyRecord, RecordPage } from '../actors/directory/directory-protocol.ts';
import { inBatches } from '../actors/directory/in-batches.ts';
import { listOf } from './page-query.ts';
import { noSuchOrganization } from './organization-operations.ts';
import { noSuchUser } from './user-operations.ts';

const spendView = v.strictObject({ todayUsd: v.string(), monthUsd: v.string(), totalUsd: v.string() });

const modelUsageView = v.strictObject({
  model: v.string(),
  requests: v.number(),
  inputTokens: v.number(),
  outputTokens: v.number(),
  costUsd: v.string(),
});

/** Money is decimal text, anything else a number. */
const decimalOrCount = v.union([v.string(), v.number()]);

const limitView = v.strictObject({
  scope: v.picklist(['key', 'user', 'organization']),
  id: v.string(),
  metric: v.string(),
  per: v.exactOptional(v.string()),
  endpoint: v.exactOptional(v.string()),
  models: v.exactOptional(listOf(v.string())),
  max: decimalOrCount,
  posted: decimalOrCount,
  held: decimalOrCount,
  free: decimalOrCount,
  resetsAt: v.nullable(v.string()),
});

export const keyUsageView = v.strictObject({
  id: v.string(),
  name: v.string(),
  limits: listOf(limitView),
  spend: spendView,
  byModel: listOf(modelUsageView),
  /** Calls that a provider billed above their bound. */
  breaches: v.number(),
});

/** What all keys below have spent together, revoked ones included. */
export const organizationUsageView = v.strictObject({
  id: v.string(),
  limits: listOf(limitView),
  spend: spendView,
  byModel: listOf(modelUsageView),
});

/** A user's spend is that of its keys, revoked ones included. Its own limits are first, and each key has its own. */
export const userUsageView = v.strictObject({
  id: v.string(),
  limits: listOf(limitView),
  spend: spendView,
  byModel: listOf(modelUsageView),
  breaches: v.number(),
  keys: listOf(keyUsageView),
});

export const resetView = v.strictObject({ id: v.string(), keysReset: v.number() });
export const organizationResetView = v.strictObject({ id: v.string(), accountsReset: v.number() });

type UserUsageView = v.InferOutput<typeof userUsageView>;
type KeyUsageView = UserUsageView['keys'][number];

interface KeyUsage {
  readonly key: KeyRecord;
  readonly usage: Pick<Usage, 'owner' | 'atMs' | 'standings' | 'spend' | 'byModel' | 'breaches'> & {
    readonly limits: Usage['account']['limits'];
  };
}

export async function userUsage({ env }: AdminContext, userId: string): Promise<Answer<UserUsageView>> {
  const user = await askDirectory(env, (directory) => directory.user(userId));
  if (user === undefined) throw noSuchUser(userId);
  const limits = ledgerLimits(user.policy.limits ?? []);
  // Without limits nothing is asked of the user's own account.
  const own = limits.length === 0 ? undefined : await usageAbove(env, { scope: 'user', id: userId }, limits);
  const keys = await allKeysOf(env, userId);
  const usages = await inBatches(keys, pushBatchMax, (key) => keyUsage(env, key));
  // A key never leaves its user: so their sum is the user's, also while the user's own account is away.
  const sum = (amount: (usage: KeyUsage['usage']) => number) =>
    usages.reduce((total, { usage }) => total + amount(usage), 0);
  const spend = {
    todayNanoUsd: sum((usage) => usage.spend.todayNanoUsd),
    monthNanoUsd: sum((usage) => usage.spend.monthNanoUsd),
    totalNanoUsd: sum((usage) => usage.spend.totalNanoUsd),
  };
  return {
    data: {
      id: userId,
      limits: own === undefined ? [] : limitViews(own.limits, own, resetsAtText),
      spend: spendOf(spend),
      byModel: sumByModel(usages.flatMap(({ usage }) => usage.byModel)).map(modelUsageOf),
      breaches: sum(({ breaches = 0 }) => breaches),
      keys: usages.map(keyUsageOf),
    },
  };
}

export async function organizationUsage(
  { env }: AdminContext,
  idOrName: string,
): Promise<Answer<v.InferOutput<typeof organizationUsageView>>> {
  const organization = await askDirectory(env, (directory) => directory.organization(idOrName));
  if ('kind' in organization) throw noSuchOrganization(idOrName, organization);
  const { id } = organization;
  const limits = ledgerLimits(organization.policy.limits ?? []);
  const usage = await usageAbove(env, { scope: 'organization', id }, limits);
  return {
    data: {
      id,
      limits: limitViews(usage.limits, usage, resetsAtText),
      spend: spendOf(usage.spend),
      byModel: usage.byModel.map(modelUsageOf),
    },
  };
}

/** Gives an organisation its room back; with `recursive`, also the organisations, users and keys below. */
export async function resetOrganizationQuota(
  { env, who }: AdminContext,
  idOrName: string,
  { recursive = false }: RecursiveOptions = {},
): Promise<Answer<v.InferOutput<typeof organizationResetView>>> {
  if (!v.is(v.boolean(), recursive)) throw invalidRequest([{ path: 'recursive', message: 'must be true or false' }]);
  const outcome = await askDirectory(env, (directory) => directory.resetOrganization(idOrName, recursive, who));
  if ('kind' in outcome) throw noSuchOrganization(idOrName, outcome);
  return { data: { id: outcome.id, accountsReset: allReset(outcome.accounts, outcome.reached) } };
}

function allReset(asked: number, reached: number): number {
  if (reached === asked) return asked;
  const message = `${reached} of ${asked} accounts were reset, the rest did not answer: repeat this to reset all.`;
  throw new GatewayError('ledger_unavailable', message, { retryAfterMs: 1000, shouldRetry: true });
}

/** Gives a user and each of its keys their room back. Its usage still shows what it spent. */
export async function resetQuota(
  { env, who }: AdminContext,
  userId: string,
): Promise<Answer<v.InferOutput<typeof resetView>>> {
  const outcome = await askDirectory(env, (directory) => directory.resetQuota(userId, who));
  if (outcome === undefined) throw noSuchUser(userId);
  allReset(outcome.accounts, outcome.reached);
  return { data: { id: userId, keysReset: outcome.keys } };
}

async function allKeysOf(env: Env, userId: string): Promise<readonly KeyRecord[]> {
  const keys: KeyRecord[] = [];
  for (let after = 0; ;) {
    const request = { limit: pageSizeMax, after };
    const page = await askDirectory<RecordPage<KeyRecord> | undefined>(env, (directory) =>
      directory.keys(userId, request),
    );
    if (page === undefined) throw noSuchUser(userId);
    keys.push(...page.records);
    if (page.next === undefined) return keys;
    after = page.next;
  }
}

/** An account that was never used has no ledger yet. Asking for it would create one, far from whoever will use it. */
export async function keyUsage(env: Env, key: KeyRecord): Promise<KeyUsage> {
  const owner = { scope: 'key', id: key.id } as const;
  if (key.activatedAtMs === undefined) return { key, usage: unused(owner, ledgerLimits(key.policy.limits ?? [])) };
  return { key, usage: await usageOfAccount(env, owner) };
}

async function usageAbove(env: Env, owner: LimitOwner, limits: readonly Limit[]): Promise<KeyUsage['usage']> {
  const isUsed = await askDirectory(env, (directory) => directory.isUsed(owner.id));
  return isUsed ? usageOfAccount(env, owner) : unused(owner, limits);
}

async function usageOfAccount(env: Env, { scope, id }: LimitOwner): Promise<KeyUsage['usage']> {
  const usage = await answerIfAny(pushWaitMs, env.TENANT.getByName(id).inspect());
  if (usage !== undefined) return { ...usage, limits: usage.account.limits };
  const message =
    `The account of ${scope} ${id} could not be reached. Try again; if its ledger is lost, ` +
    'GET /admin/health says so.';
  throw new GatewayError('ledger_unavailable', message, { retryAfterMs: 1000, shouldRetry: true });
}

function unused(owner: LimitOwner, limits: readonly Limit[]): KeyUsage['usage'] {
  const spend = { todayNanoUsd: 0, monthNanoUsd: 0, totalNanoUsd: 0 };
  return { owner, atMs: Date.now(), limits, standings: [], spend, byModel: [] };
}

function resetsAtText(atMs: number | undefined): { readonly resetsAt: string | null } {
  return { resetsAt: atMs === undefined ? null : timeText(atMs) };
}

function sumByModel(usages: readonly ModelUsage[]): readonly ModelUsage[] {
  const sums = new Map<string, ModelUsage>();
  for (const usage of usages) {
    const before = sums.get(usage.model);
    sums.set(usage.model, {
      model: usage.model,
      requests: usage.requests + (before?.requests ?? 0),
      inputTokens: usage.inputTokens + (before?.inputTokens ?? 0),
      outputTokens: usage.outputTokens + (before?.outputTokens ?? 0),
      costNanoUsd: usage.costNanoUsd + (before?.costNanoUsd ?? 0),
    });
  }
  return [...sums.values()];
}

export function keyUsageOf({ key, usage }: KeyUsage): KeyUsageView {
  return {
    id: key.id,
    name: key.name,
    limits: limitViews(usage.limits, usage, resetsAtText),
    spend: spendOf(usage.spend),
    byModel: usage.byModel.map(modelUsageOf),
    breaches: usage.breaches ?? 0,
  };
}

function spendOf({ todayNanoUsd, monthNanoUsd, totalNanoUsd }: Usage['spend']): UserUsageView['spend'] {
  return { todayUsd: formatUsd(todayNanoUsd), monthUsd: formatUsd(monthNanoUsd), totalUsd: formatUsd(totalNanoUsd) };
}

function modelUsageOf({
  model,
  requests,
  inputTokens,
  outputTokens,
  costNanoUsd,
}: ModelUsage): KeyUsageView['byModel'][number] {
  return { model, requests, inputTokens, outputTokens, costUsd: formatUsd(costNanoUsd) };
}
