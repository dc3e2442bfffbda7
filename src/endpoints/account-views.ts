import { formatUsd } from '../core/ledger/units.ts';
import { limitViews } from '../core/account/limit-view.ts';
import type { CallRecord } from '../core/account/record.ts';
import type { Usage } from '../core/account/protocol.ts';
import { isoTime } from '../gateway/admit/refusal-error.ts';

/** `GET /v1/usage`: where an account stands under its limits, and what it has spent. Money is decimal text. */
export function usageView(usage: Usage): Record<string, unknown> {
  const { account, spend, byModel } = usage;
  return {
    object: 'usage',
    key: account.id,
    limits: limitViews(account.limits, usage, (atMs) => ({ resets_at: atMs === undefined ? null : isoTime(atMs) })),
    spend: {
      today_usd: formatUsd(spend.todayNanoUsd),
      month_usd: formatUsd(spend.monthNanoUsd),
      total_usd: formatUsd(spend.totalNanoUsd),
    },
    by_model: byModel.map(({ model, requests, inputTokens, outputTokens, costNanoUsd }) => ({
      model,
      requests,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cost_usd: formatUsd(costNanoUsd),
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
