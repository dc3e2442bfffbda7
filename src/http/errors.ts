/**
 * All the ways in which Weir says no. The core returns refusals as values and throws nothing. An operating error is a
 * GatewayError with a code of this closed list. Anything else that is thrown is a fault of ours: `internal_error`.
 */

const errorTypes = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  409: 'conflict_error',
  412: 'invalid_request_error',
  413: 'invalid_request_error',
  429: 'rate_limit_error',
  499: 'client_closed_request',
  500: 'api_error',
  502: 'api_error',
  503: 'api_error',
  504: 'api_error',
} as const;

export const errorStatus = {
  invalid_request: 400,
  unbounded_cost: 400,
  model_not_allowed: 400,
  context_length_exceeded: 400,
  unsupported_parameter: 400,
  output_cap_too_small: 400,
  invalid_api_key: 401,
  revoked_api_key: 401,
  expired_api_key: 401,
  permission_denied: 403,
  account_suspended: 403,
  model_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  idempotency_in_progress: 409,
  idempotency_mismatch: 409,
  idempotency_unreplayable: 409,
  conflict: 409,
  precondition_failed: 412,
  request_too_large: 413,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  concurrency_limit_exceeded: 429,
  provider_rate_limited: 429,
  client_left: 499,
  internal_error: 500,
  configuration_error: 500,
  provider_error: 502,
  provider_unavailable: 503,
  ledger_unavailable: 503,
  provider_timeout: 504,
} as const satisfies Record<string, keyof typeof errorTypes>;

export type ErrorCode = keyof typeof errorStatus;

/** A limit that refused, as clients are told of it: money as decimal text, counts as numbers. */
export interface LimitDetails {
  readonly scope: 'key' | 'user' | 'organization';
  readonly id: string;
  readonly metric: string;
  readonly per?: string;
  readonly max: string | number;
  readonly posted: string | number;
  readonly held: string | number;
  readonly free: string | number;
  readonly needed: string | number;
  readonly endpoint?: string;
  readonly models?: readonly string[];
  readonly resets_at: string | null;
}

export interface ErrorOptions {
  readonly param?: string | undefined;
  readonly limit?: LimitDetails;
  /** When to come back. Becomes `retry-after` (seconds, rounded up) and `retry-after-ms`. */
  readonly retryAfterMs?: number | undefined;
  /** Becomes `x-should-retry`, which the official clients obey before anything else. */
  readonly shouldRetry?: boolean | undefined;
  /** A provider's own status for its own 4xx, instead of the code's. */
  readonly status?: number | undefined;
  /** A provider's own type and code, next to its own status. */
  readonly providerType?: string | undefined;
  readonly providerCode?: string | undefined;
  /** Fields that can't be served. The client looks here for them, and then goes on without them by itself. */
  readonly unsupported?: readonly string[];
  /** More headers for the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For `method_not_allowed`. */
  readonly allow?: readonly string[];
  readonly cause?: unknown;
}

export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly options: ErrorOptions;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return this.options.status ?? errorStatus[this.code];
  }

  /** The same error with more headers. */
  withHeaders(headers: Readonly<Record<string, string>>): GatewayError {
    return new GatewayError(this.code, this.message, {
      ...this.options,
      headers: { ...this.options.headers, ...headers },
    });
  }
}

/** The body of an error on OpenAI's endpoints, and on Weir's own. */
export function openAiErrorBody(error: GatewayError, requestId: string): Record<string, unknown> {
  const { param, limit, providerType, providerCode } = error.options;
  return {
    error: {
      type: providerType ?? errorTypes[errorStatus[error.code]],
      code: providerCode ?? error.code,
      param: param ?? null,
      message: error.message,
      ...(limit === undefined ? {} : { limit }),
      request_id: requestId,
    },
  };
}

/** The headers that an error adds to its answer. */
export function errorHeaders(error: GatewayError): Record<string, string> {
  const { retryAfterMs, shouldRetry, allow } = error.options;
  const headers: Record<string, string> = { ...error.options.headers };
  if (retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    headers['retry-after-ms'] = String(Math.ceil(retryAfterMs));
  }
  if (shouldRetry !== undefined) headers['x-should-retry'] = String(shouldRetry);
  if (allow !== undefined) headers['allow'] = allow.join(', ');
  return headers;
}
