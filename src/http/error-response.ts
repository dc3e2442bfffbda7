import { anthropicErrorBody, anthropicStatus } from './anthropic-error.ts';
import { GatewayError, errorHeaders, openAiErrorBody } from './errors.ts';
import { jsonResponse } from './json-response.ts';
import { mistakenPath } from './mistaken-path.ts';
import { requestIdHeaders } from './response-headers.ts';

/** Who defines how errors look. Weir's own endpoints follow OpenAI. */
type ErrorShape = 'openai' | 'anthropic';

/**
 * Anthropic's shape is for Anthropic's endpoints, even under a wrong base URL, and for shared endpoints whose client
 * says that it is one of Anthropic's.
 */
export function errorShapeOf(request: Request): ErrorShape {
  const url = new URL(request.url);
  const isMessages = /^(?:\/v1)?\/messages(?:\/|$)/.test(url.pathname);
  if (isMessages || mistakenPath(url)?.protocol === 'anthropic') return 'anthropic';
  const isShared = /\/models(?:\/|$)/.test(url.pathname);
  return isShared && request.headers.has('anthropic-version') ? 'anthropic' : 'openai';
}

/** The one place that turns something thrown into an answer. */
export function errorResponse(thrown: unknown, requestId: string, shape: ErrorShape = 'openai'): Response {
  const error = asGatewayError(thrown);
  const headers = { ...errorHeaders(error), ...requestIdHeaders(requestId) };
  return shape === 'anthropic'
    ? jsonResponse(anthropicErrorBody(error, requestId), { status: anthropicStatus(error), headers })
    : jsonResponse(openAiErrorBody(error, requestId), { status: error.status, headers });
}

/** Any other thrown value is a fault of ours. Its text may hold anything, so none of it is passed on. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const message = 'Something went wrong inside the gateway. The request id finds it in the log.';
  return new GatewayError('internal_error', message, { cause: thrown });
}
