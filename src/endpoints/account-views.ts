import { isGauge } from '../core/ledger/limit.ts';
import { epochMs } from '../core/ledger/epoch-ms.ts';
import { formatUsd } from '../core/money/usd.ts';
import { month, periodAt, periodLeavesAt } from '../core/ledger/window.ts';
import { formatPer } from '../core/account/per.ts';
import type { CallRecord } from '../core/account/record.ts';
import type { Usage } from '../core/account/protocol.ts';
import { isoTime } from '../gateway/admit/refusal-error.ts';

/** `GET /v1/usage`: where an account stands under its limits, and what it has spent. Money is decimal text. */
export function usageView({ account, owner, atMs, standings, spend, byModel }: Usage): Record<string, unknown> {
  return {
    object: 'usage',
    key: account.id,
    limits: account.limits.map((limit, index) => {
      const { posted = 0, held = 0, resetsAt } = standings[index] ?? {};
      const amount = (value: number): string | number => (limit.metric === 'usd' ? formatUsd(value) : value);
      const monthEnds = periodLeavesAt(month, periodAt(month, epochMs(atMs)));
      const resets = limit.window.kind === 'month' ? monthEnds : resetsAt;
      return {
        ...owner,
        metric: limit.metric,
        ...(isGauge(limit.metric) ? {} : { per: formatPer(limit.window) }),
        ...limit.scope,
        max: amount(limit.max),
        posted: amount(posted),
        held: amount(held),
        free: amount(Math.max(0, limit.max - posted - held)),
        resets_at: resets === undefined ? null : isoTime(resets),
      };
    }),
    spend: {
      today_usd: formatUsd(spend.todayNanoUsd),
      month_usd: formatUsd(spend.monthNanoUsd),
      total_usd: formatUsd(spend.totalNanoUsd),
    },
    by_model: byModel.map((usage) => ({
      model: usage.model,
      requests: usage.requests,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cost_usd: formatUsd(usage.costNanoUsd),
    })),
  };
}

/** `GET /v1/requests/{id}`: who served a call, what it used and what it cost. */
export function recordView(record: CallRecord): Record<string, unknown> {
  const { facts } = record;
  return {
    object: 'request',
    id: record.requestId,
    endpoint: record.endpoint,
    stream: record.stream,
    created_at: isoTime(facts?.startedAtMs ?? record.admittedAtMs),
    ended_at: isoTime(record.endedAtMs),
    end: facts?.end ?? (record.expired ? 'expired' : 'voided'),
    status: facts?.status ?? null,
    requested_model: facts?.requestedModel ?? null,
    model: facts?.model ?? null,
    provider: facts?.provider ?? null,
    provider_model: facts?.providerModel ?? null,
    provider_request_id: facts?.providerRequestId ?? null,
    route: facts?.route ?? null,
    arm: facts?.arm ?? null,
    attempts: facts?.attempts ?? null,
    usage: {
      input_tokens: facts?.inputTokens ?? 0,
      cached_input_tokens: facts?.cachedInputTokens ?? 0,
      output_tokens: facts?.outputTokens ?? 0,
      reasoning_tokens: facts?.reasoningTokens ?? 0,
      cache_write_tokens: facts?.cacheWriteTokens ?? 0,
    },
    service_tier: facts?.serviceTier ?? null,
    provider_cost_usd: facts?.statedNanoUsd === undefined ? null : formatUsd(facts.statedNanoUsd),
    tokens: record.tokens,
    cost_usd: formatUsd(record.costNanoUsd),
    held_usd: formatUsd(record.heldNanoUsd),
    output_cap: record.outputCap === 0 ? null : record.outputCap,
    estimated: facts?.estimated ?? record.expired,
    breach: record.breach,
    expired: record.expired,
    corrected: record.corrected,
    duration_ms: facts?.durationMs ?? null,
    first_byte_ms: facts?.firstByteMs ?? null,
    user: facts?.endUser ?? null,
    session: facts?.session ?? null,
    metadata: facts?.metadata ?? {},
  };
}
