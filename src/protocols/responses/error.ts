import { type ErrorCode, type GatewayError, openAiErrorBody } from '../../http/errors.ts';
import { type JsonRecord, asRecord } from '../json/json-value.ts';
import { sseTypedText } from '../sse.ts';

/**
 * The codes on which coding agents act when a response has failed. On `context_length_exceeded` they shorten what they
 * send. On `insufficient_quota` and `usage_not_included` they show the error and stop. On `rate_limit_exceeded` they
 * come back when the message says (`Please try again in 1.5s`). On `server_is_overloaded` and `slow_down` they stop, or
 * ask for another model. On `invalid_prompt` they stop, because the same would be rejected again. On any other code, as
 * on `server_error`, they try once more.
 */
const actedOn: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'insufficient_quota',
  'usage_not_included',
  'usage_limit_reached',
  'rate_limit_exceeded',
  'server_is_overloaded',
  'slow_down',
  'invalid_prompt',
  'cyber_policy',
  'bio_policy',
]);

/** The code of an error in a stream of the Responses API. */
export function responsesErrorCode({ code, options }: GatewayError): string {
  if (options.providerCode !== undefined && actedOn.has(options.providerCode)) return options.providerCode;
  return code === 'provider_unavailable' && options.shouldRetry === true ? tryAgain : codes[code];
}

const tryAgain = 'server_error';
const refused = 'invalid_prompt';

const codes: Readonly<Record<ErrorCode, string>> = {
  invalid_request: refused,
  unbounded_cost: refused,
  model_not_allowed: refused,
  context_length_exceeded: 'context_length_exceeded',
  unsupported_parameter: refused,
  output_cap_too_small: refused,
  invalid_api_key: refused,
  revoked_api_key: refused,
  expired_api_key: refused,
  permission_denied: refused,
  account_suspended: refused,
  model_not_found: refused,
  not_found: refused,
  method_not_allowed: refused,
  idempotency_in_progress: tryAgain,
  idempotency_mismatch: refused,
  idempotency_unreplayable: refused,
  conflict: refused,
  precondition_failed: refused,
  request_too_large: refused,
  rate_limit_exceeded: 'rate_limit_exceeded',
  insufficient_quota: 'insufficient_quota',
  concurrency_limit_exceeded: 'rate_limit_exceeded',
  provider_rate_limited: 'rate_limit_exceeded',
  client_left: tryAgain,
  internal_error: tryAgain,
  configuration_error: refused,
  provider_error: tryAgain,
  provider_unavailable: 'server_is_overloaded',
  ledger_unavailable: tryAgain,
  provider_timeout: tryAgain,
};

/** What a stream has said of its response so far. */
export interface ResponseEnvelope {
  readonly response: JsonRecord;
  /** The number of the next event. */
  readonly sequence: number;
}

/**
 * The event that ends a response which can't be completed.
 * @param comment stands before the event
 */
export function failedEvent(
  { response, sequence }: ResponseEnvelope,
  error: GatewayError,
  requestId: string,
  comment?: string,
): string {
  const told = asRecord(openAiErrorBody(error, requestId)['error']) ?? {};
  const code = responsesErrorCode(error);
  const failed = {
    ...response,
    status: 'failed',
    // A failed response is not kept.
    store: false,
    error: { ...told, code, message: messageOf(error, code) },
    incomplete_details: null,
  };
  return sseTypedText('response.failed', { response: failed, sequence_number: sequence }, comment);
}

/** Agents read in the message when to come back. */
function messageOf({ message, options: { retryAfterMs } }: GatewayError, code: string): string {
  if (code !== 'rate_limit_exceeded' || retryAfterMs === undefined) return message;
  return `${message} Please try again in ${Math.ceil(retryAfterMs / 100) / 10}s.`;
}
