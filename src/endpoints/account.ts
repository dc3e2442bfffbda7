import { GatewayError } from '../http/errors.ts';
import { jsonResponse } from '../http/json-response.ts';
import { requestIdTimeMs } from '../http/request-id.ts';
import { limitViews } from '../core/account/limit-view.ts';
import type { Usage } from '../core/account/usage.ts';
import type { CallRecord, FailedAttempt } from '../core/account/record.ts';
import type { CostParts } from '../core/money/cost-parts.ts';
import { formatUsd } from '../core/money/usd.ts';
import { isoTime } from '../gateway/admit/refusal-error.ts';
import { AccountClient } from '../gateway/request/account-client.ts';
import { callerOf } from '../gateway/request/caller.ts';
import type { Incoming } from '../gateway/request/incoming.ts';
import { askUsage } from '../gateway/request/policy-cache.ts';

/** `GET /v1/usage`: the limits and the spend of the key that asks. */
export async function handleUsage(request: Request, incoming: Incoming): Promise<Response> {
  return jsonResponse(usageView(await usageOfCaller(request, incoming)));
}

/** `GET /v1/requests/{id}`: the record of a call, for the key that made it. */
export async function handleRequestRecord(request: Request, incoming: Incoming, requestId: string): Promise<Response> {
  const { accountId, secretHash } = await callerOf(request, incoming.env);
  const namedAtMs = requestIdTimeMs(requestId);
  if (namedAtMs === undefined) {
    throw new GatewayError('invalid_request', 'A request id is what x-request-id says: req_ and 25 characters.', {
      param: 'id',
    });
  }
  const client = new AccountClient(incoming.env, accountId);
  const reply = await client.ask((actor) => actor.record({ secretHash, requestId, namedAtMs }));
  if (reply.kind === 'record') return jsonResponse(recordView(reply.record));
  throw new GatewayError(
    'not_found',
    `No ended call of this key has the id ${requestId}. A call is recorded when it ends, and kept for seven days.`,
  );
}

/** What the actor of the calling key says, now. It never comes from a cache, so that a revoked key learns nothing. */
export async function usageOfCaller(request: Request, incoming: Incoming): Promise<Usage> {
  const caller = await callerOf(request, incoming.env);
  return askUsage(caller, new AccountClient(incoming.env, caller.accountId));
}

/** Where an account stands under its limits, and what it has spent. Money is decimal text. */
function usageView(usage: Usage): Record<string, unknown> {
  const { account, spend, byModel, above = [] } = usage;
  return {
    object: 'usage',
    key: account.id,
    limits: [
      ...limitViews(account.limits, usage, resetsAtText),
      ...above.flatMap((level) => limitViews(level.limits, { ...level, owner: level, atMs: usage.atMs }, resetsAtText)),
    ],
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

function resetsAtText(atMs: number | undefined): { readonly resets_at: string | null } {
  return { resets_at: atMs === undefined ? null : isoTime(atMs) };
}

/** Who served a call, what it used and what it cost. */
function recordView(record: CallRecord): Record<string, unknown> {
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
    response_id: facts?.responseId ?? null,
    response_model: facts?.responseModel ?? null,
    finish_reason: facts?.finishReason ?? null,
    route: facts?.route ?? null,
    arm: facts?.arm ?? null,
    attempts: facts?.attempts ?? null,
    failed_attempts: facts?.failed?.map(failedView) ?? [],
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
    cost: facts?.costParts === undefined ? null : costView(facts.costParts),
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
    trace: facts?.traceparent ?? null,
    owners: record.chain ?? [],
  };
}

/** What the last attempt cost. */
function costView(parts: CostParts): Record<string, unknown> {
  return {
    input_usd: formatUsd(parts.inputNanoUsd),
    cached_input_usd: formatUsd(parts.cachedNanoUsd),
    cache_write_usd: formatUsd(parts.cacheWritesNanoUsd),
    output_usd: formatUsd(parts.outputNanoUsd),
    fees_usd: formatUsd(parts.feesNanoUsd),
  };
}

function failedView({ provider, model, endpoint, end, code, status, costNanoUsd, durationMs }: FailedAttempt) {
  const cost = { cost_usd: formatUsd(costNanoUsd), duration_ms: durationMs };
  return { provider, provider_model: model, endpoint, end, code, status: status ?? null, ...cost };
}
