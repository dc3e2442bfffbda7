import type { LimitStanding } from '../../core/ledger/admission.ts';
import { type Endpoint, type Limit, type Metric, type ModelNames, inScope } from '../../core/ledger/limit.ts';
import { formatUsd } from '../../core/money/usd.ts';
import type { Grant } from '../../core/account/protocol.ts';
import type { LevelStanding } from '../../core/account/level.ts';
import { isoTime } from './refusal-error.ts';

/** What a call holds, or what it used. */
export interface Amounts {
  readonly tokens: number;
  readonly nanoUsd: number;
}

interface Tightest {
  readonly limit: Limit;
  readonly posted: number;
  readonly remaining: number;
  readonly resetsAtMs: number | undefined;
}

/**
 * The headers that tell a client where it stands: the tightest limit of each metric that counts this call, whosever it
 * is: the key's, or that of an account above.
 * @param ended what the call used, if that is known by now: then it takes the place of the hold
 */
export function limitHeaders(
  limits: readonly Limit[],
  grant: Amounts & Pick<Grant, 'standings' | 'above'>,
  call: ModelNames & { readonly endpoint: Endpoint; readonly atMs: number },
  ended?: Amounts,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const levels = [{ limits, standings: grant.standings }, ...(grant.above ?? [])];
  const find = (metric: Metric): Tightest | undefined => tightest(metric, levels, grant, call, ended);
  const money = find('usd');
  if (money !== undefined) {
    headers['x-gateway-usage-usd'] = formatUsd(money.posted);
    headers['x-gateway-limit-usd'] = formatUsd(money.limit.max);
    headers['x-gateway-remaining-usd'] = formatUsd(money.remaining);
  }
  for (const metric of ['requests', 'tokens'] as const) {
    const found = find(metric);
    if (found === undefined) continue;
    const resetsAtMs = Math.max(call.atMs, found.resetsAtMs ?? call.atMs);
    if (call.endpoint === 'messages') Object.assign(headers, anthropicHeaders(metric, found, resetsAtMs));
    else Object.assign(headers, openAiHeaders(metric, found, resetsAtMs - call.atMs));
  }
  return headers;
}

function openAiHeaders(metric: Metric, { limit, remaining }: Tightest, resetsInMs: number): Record<string, string> {
  return {
    [`x-ratelimit-limit-${metric}`]: String(limit.max),
    [`x-ratelimit-remaining-${metric}`]: String(remaining),
    [`x-ratelimit-reset-${metric}`]: openAiDuration(resetsInMs),
  };
}

/** Anthropic's clients expect a moment where OpenAI's expect a duration. */
function anthropicHeaders(metric: Metric, { limit, remaining }: Tightest, resetsAtMs: number): Record<string, string> {
  const resetsAt = isoTime(Math.ceil(resetsAtMs / 1000) * 1000);
  return {
    [`anthropic-ratelimit-${metric}-limit`]: String(limit.max),
    [`anthropic-ratelimit-${metric}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${metric}-reset`]: resetsAt,
  };
}

function tightest(
  metric: Metric,
  levels: readonly Pick<LevelStanding, 'limits' | 'standings'>[],
  grant: Amounts,
  call: ModelNames & { readonly endpoint: Endpoint },
  ended: Amounts | undefined,
): Tightest | undefined {
  let found: Tightest | undefined;
  for (const { limits, standings } of levels) {
    for (const [index, limit] of limits.entries()) {
      const standing = standings[index];
      if (limit.metric !== metric || standing === undefined || !inScope(limit.scope, call)) continue;
      const candidate = standingAfter(limit, standing, grant, ended);
      if (found === undefined || candidate.remaining < found.remaining) found = candidate;
    }
  }
  return found;
}

function standingAfter(
  limit: Limit,
  { posted, held, resetsAt }: LimitStanding,
  grant: Amounts,
  ended: Amounts | undefined,
): Tightest {
  const [released, spent] = ended === undefined ? [0, 0] : heldAndUsed(limit.metric, grant, ended);
  const remaining = Math.max(0, limit.max - (posted + spent) - (held - released));
  return { limit, posted: posted + spent, remaining, resetsAtMs: resetsAt };
}

function heldAndUsed(metric: Metric, held: Amounts, used: Amounts): readonly [number, number] {
  if (metric === 'usd') return [held.nanoUsd, used.nanoUsd];
  return metric === 'tokens' ? [held.tokens, used.tokens] : [1, 1];
}

/** As OpenAI writes a duration: `6m0s`, `1h2m3s`, `1s`, `17ms`. */
export function openAiDuration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
