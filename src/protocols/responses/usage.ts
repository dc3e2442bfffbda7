import { type AnswerLabel, labelOf } from '../answer-label.ts';
import { cacheWritesOf } from '../cache-writes.ts';
import { type JsonRecord, asCount, asList, asRecord, asText, firstCount } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import type { ProviderFault } from '../provider-fault.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { searchItemsIn, searchesCounted } from '../web-searches.ts';

/**
 * The usage in a response; undefined if there is none, or none that makes sense.
 * @param itemsSeen how many items of a stream were searches: its last event may be without them
 */
export function decodeResponsesUsage(response: JsonRecord, itemsSeen = 0): ReportedUsage | undefined {
  const usage = asRecord(response['usage']);
  const inputTokens = asCount(usage?.['input_tokens']);
  const outputTokens = asCount(usage?.['output_tokens']);
  if (usage === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  // A usage that is still to come: there is always a prompt.
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  const input = asRecord(usage['input_tokens_details']);
  const output = asRecord(usage['output_tokens_details']);
  const totalTokens = asCount(usage['total_tokens']) ?? 0;
  const searchItems = Math.max(itemsSeen, searchItemsIn(asList(response['output'])));
  return present({
    inputTokens,
    cachedInputTokens: firstCount(input?.['cached_tokens']),
    ...cacheWritesOf(firstCount(input?.['cache_write_tokens']), asRecord(input?.['cache_creation'])),
    audioInputTokens: firstCount(input?.['audio_tokens']),
    outputTokens: Math.max(outputTokens, totalTokens - inputTokens),
    reasoningTokens: firstCount(output?.['reasoning_tokens']),
    audioOutputTokens: firstCount(output?.['audio_tokens']),
    webSearches: searchesCounted(usage) ?? searchesCounted(response) ?? searchItems,
    serviceTier: asText(response['service_tier']),
  });
}

/** How a response has ended: even a whole answer may have failed, or been cut short. */
type ResponseEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'incomplete'; readonly reason: string | undefined }
  | { readonly kind: 'failed'; readonly fault: ProviderFault };

export function endOfResponse(response: JsonRecord): ResponseEnd {
  const error = asRecord(response['error']);
  const { status } = response;
  if (status === 'failed' || status === 'cancelled' || error !== undefined) {
    return { kind: 'failed', fault: faultOf(error ?? { message: `The response was ${String(status)}.` }) };
  }
  if (status === 'incomplete') {
    return { kind: 'incomplete', reason: asText(asRecord(response['incomplete_details'])?.['reason']) };
  }
  return { kind: 'completed' };
}

/** Why a response ended: its status, or what it says made it incomplete. */
export function labelOfResponse(response: JsonRecord): AnswerLabel {
  const end = endOfResponse(response);
  return labelOf(response, (end.kind === 'incomplete' ? end.reason : undefined) ?? response['status']);
}

/** The error in an event that ends a stream; undefined if there is none. */
export function decodeFailedEvent(event: JsonRecord): ProviderFault | undefined {
  if (event['type'] === 'error') return faultOf(event);
  const response = event['type'] === 'response.failed' ? asRecord(event['response']) : undefined;
  const end = response === undefined ? undefined : endOfResponse(response);
  return end?.kind === 'failed' ? end.fault : undefined;
}

/** OpenAI's statuses for the codes that it also puts into a stream, whose status line says 200 already. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['server_error', 500],
  ['internal_server_error', 500],
  ['server_is_overloaded', 503],
  ['service_unavailable_error', 503],
  ['overloaded_error', 529],
  ['slow_down', 503],
  ['vector_store_timeout', 504],
  ['rate_limit_exceeded', 429],
  ['rate_limit_error', 429],
  ['rate_limit_reached', 429],
  ['insufficient_quota', 429],
  ['usage_limit_reached', 429],
  ['usage_not_included', 403],
  ['data_residency_mismatch', 403],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['context_length_exceeded', 400],
  ['invalid_request_error', 400],
  ['invalid_prompt', 400],
  ['cyber_policy', 400],
  ['bio_policy', 400],
  ['misalignment_policy_violation', 400],
]);
/** OpenAI's other codes say what is wrong with an image. */
const aboutInput = /image|file|base64|string_too_long|invalid_/;

/** The fault that an error in a response, or in an event, tells. */
export function faultOf(error: JsonRecord): ProviderFault {
  const type = asText(error['type']);
  const code = typeof error['code'] === 'number' ? String(error['code']) : asText(error['code']);
  const given = [error['status'], error['status_code'], error['code']].map(Number).find(isFailure);
  return present({
    message: asText(error['message']),
    type,
    code,
    param: asText(error['param']),
    status: given ?? statusOf(code) ?? statusOf(type),
  });
}

function statusOf(code: string | undefined): number | undefined {
  if (code === undefined) return undefined;
  return statuses.get(code) ?? (aboutInput.test(code) ? 400 : undefined);
}

function isFailure(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599;
}
