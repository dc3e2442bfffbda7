import { GatewayError, type ErrorCode, type LimitDetails } from '../../http/errors.ts';
import { type Endpoint, type Limit, type ModelNames, isGauge } from '../../core/ledger/limit.ts';
import type { Refusal } from '../../core/ledger/refusal.ts';
import { formatUsd } from '../../core/money/usd.ts';
import { holdsOnlyRetryMs } from '../../limits.ts';
import { amountOf, limitHead } from '../../core/account/limit-view.ts';
import { formatPer } from '../../core/account/per.ts';
import type { Policy } from '../../core/account/policy.ts';
import type { LimitOwner } from '../../core/account/level.ts';

/** Clients wait as long as they are told to. For more than a minute a person would rather know than wait. */
const worthWaitingMs = 60_000;
const dayMs = 86_400_000;

interface Telling {
  readonly headers?: Readonly<Record<string, string>>;
  /** `own`: the numbers of accounts above are not for the client. */
  readonly disclose?: Policy['disclose'] | undefined;
}

/**
 * A refusal of the ledger as its client reads it: which limit, whose, how much of it, and when to come back.
 */
export function refusalError(
  { refusal, owner }: { refusal: Refusal; owner: LimitOwner },
  call: Pick<ModelNames, 'model' | 'unlisted'> & { readonly endpoint: Endpoint },
  nowMs: number,
  { headers = {}, disclose = 'all' }: Telling = {},
): GatewayError {
  const isOwn = disclose === 'all' || owner.scope === 'key';
  const whole = isOwn ? reached(refusal, owner) : `A limit of ${owner.scope} ${owner.id} is reached.`;
  const message = `${whole} ${remedy(refusal, call.endpoint)}${unlistedText(refusal.limit, call)}`;
  const backAtMs = backAt(refusal.comeBack, nowMs);
  const retryAfterMs = backAtMs === undefined ? undefined : Math.max(0, backAtMs - nowMs);
  return new GatewayError(codeOf(refusal.limit), message, {
    ...(isOwn ? { limit: limitDetails(refusal, owner) } : {}),
    headers: { ...headers, ...(isOwn ? plainHeaders(refusal, backAtMs) : {}) },
    retryAfterMs,
    shouldRetry: retryAfterMs !== undefined && retryAfterMs <= worthWaitingMs,
  });
}

/** The limit that refused, in header names that no provider owns. */
function plainHeaders({ limit, free }: Refusal, backAtMs: number | undefined): Record<string, string> {
  return {
    'x-ratelimit-limit': String(amountOf(limit, limit.max)),
    'x-ratelimit-remaining': String(amountOf(limit, Math.max(0, free))),
    ...(backAtMs === undefined ? {} : { 'x-ratelimit-reset': String(Math.ceil(backAtMs / 1000)) }),
  };
}

/** When to come back; undefined if that is of no use. */
function backAt(comeBack: Refusal['comeBack'], nowMs: number): number | undefined {
  switch (comeBack.kind) {
    case 'holds':
      return nowMs + holdsOnlyRetryMs;
    case 'at':
      return comeBack.at;
    case 'never':
      return undefined;
  }
}

function codeOf({ metric, window }: Limit): ErrorCode {
  if (isGauge(metric)) return 'concurrency_limit_exceeded';
  return window.kind === 'sliding' && window.ms < dayMs ? 'rate_limit_exceeded' : 'insufficient_quota';
}

function limitDetails(refusal: Refusal, owner: LimitOwner): LimitDetails {
  const { limit, comeBack } = refusal;
  const amount = (value: number): string | number => amountOf(limit, value, 4);
  return {
    ...limitHead(limit, owner),
    max: amountOf(limit, limit.max),
    posted: amount(refusal.posted),
    held: amount(refusal.held),
    free: amount(refusal.free),
    needed: amount(refusal.needed),
    ...limit.scope,
    resets_at: comeBack.kind === 'at' ? isoTime(comeBack.at) : null,
  };
}

function reached({ limit, posted, held, needed }: Refusal, owner: LimitOwner): string {
  const whose = `of ${owner.scope} ${owner.id}${scopeText(limit)}`;
  switch (limit.metric) {
    case 'usd':
      return (
        `${periodText(limit)} spend limit ${whose} reached: $${formatUsd(posted, 4)} spent, ` +
        `$${formatUsd(held, 4)} held, ` +
        `$${formatUsd(limit.max)} allowed; this request could cost up to $${formatUsd(needed, 4)}.`
      );
    case 'tokens':
      return (
        `${periodText(limit)} token limit ${whose} reached: ${posted} used, ${held} held, ${limit.max} allowed; ` +
        `this request could use up to ${needed}.`
      );
    case 'requests':
      return (
        `${periodText(limit)} request limit ${whose} reached: ${posted} made, ${held} in ` +
        `flight, ${limit.max} allowed.`
      );
    case 'concurrency':
      return `Concurrency limit ${whose} reached: ${held} in flight, ${limit.max} allowed.`;
    case 'streams':
      return `Limit of concurrent streams ${whose} reached: ${held} in flight, ${limit.max} allowed.`;
  }
}

function remedy({ limit, comeBack, needed }: Refusal, endpoint: Endpoint): string {
  switch (comeBack.kind) {
    case 'holds':
      return 'Only requests in flight stand in the way: try again when one has ended.';
    case 'at':
      return `Resets ${isoTime(comeBack.at)}.`;
    case 'never':
      if (needed <= limit.max) return 'This limit does not reset: ask an admin to raise it.';
      return limit.metric === 'usd' || limit.metric === 'tokens'
        ? `It can never fit under this limit: send less${capText[endpoint]}.`
        : 'This limit allows none.';
  }
}

/** Why a limit counts a model that it does not name. */
function unlistedText({ scope }: Limit, { model, unlisted }: Pick<ModelNames, 'model' | 'unlisted'>): string {
  if (unlisted !== true || scope?.models === undefined) return '';
  const why = 'which may be any model: every limit on models counts it until it is listed.';
  return ` The catalog does not list ${model}, ${why}`;
}

/** The output cap, by its name in the client's protocol. */
const capText: Readonly<Record<Endpoint, string>> = {
  chat: ', or lower max_completion_tokens',
  responses: ', or lower max_output_tokens',
  messages: ', or lower max_tokens',
  embeddings: '',
};

function periodText({ window }: Limit): string {
  switch (window.kind) {
    case 'month':
      return 'Monthly';
    case 'total':
      return 'Total';
    case 'sliding': {
      const per = formatPer(window);
      if (per === 'day') return 'Daily';
      return per === 'hour' || per === 'minute' ? (per === 'hour' ? 'Hourly' : 'Per-minute') : `Per-${per}`;
    }
  }
}

function scopeText({ scope }: Limit): string {
  if (scope === undefined) return '';
  const parts = [
    ...(scope.endpoint === undefined ? [] : [`endpoint ${scope.endpoint}`]),
    ...(scope.models === undefined ? [] : [`models ${scope.models.join(', ')}`]),
  ];
  return ` for ${parts.join(' and ')}`;
}

/** RFC 3339 in UTC, with milliseconds only if there are some. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}
