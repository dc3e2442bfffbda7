import { anthropicErrorBody, anthropicStatus } from './anthropic-error.ts';
import { GatewayError, errorHeaders, openAiErrorBody } from './errors.ts';
import { jsonResponse } from './json-response.ts';
import { mistakenPath } from './mistaken-path.ts';
import { requestIdHeaders } from './response-headers.ts';

/** Whose way of writing errors an endpoint keeps to. Weir's own endpoints keep to OpenAI's. */
export type ErrorShape = 'openai' | 'anthropic';

const bodies: Readonly<Record<ErrorShape, (error: GatewayError, requestId: string) => Record<string, unknown>>> = {
  openai: openAiErrorBody,
  anthropic: anthropicErrorBody,
};

/**
 * Anthropic's endpoints, and those that both have, or nobody, where the client says that it is one of Anthropic's. A
 * client whose base URL is wrong is still one of those that ask such an endpoint.
 */
export function errorShapeOf(request: Request): ErrorShape {
  const url = new URL(request.url);
  const isMessages = /^(?:\/v1)?\/messages(?:\/|$)/.test(url.pathname);
  if (isMessages || mistakenPath(url)?.protocol === 'anthropic') return 'anthropic';
  const isShared = /\/models(?:\/|$)/.test(url.pathname);
  return isShared && request.headers.has('anthropic-version') ? 'anthropic' : 'openai';
}

/** The one place where something thrown becomes an answer. */
export function errorResponse(thrown: unknown, requestId: string, shape: ErrorShape = 'openai'): Response {
  const error = asGatewayError(thrown);
  const headers = { ...errorHeaders(error), ...requestIdHeaders(requestId) };
  const status = shape === 'anthropic' ? anthropicStatus(error) : error.status;
  return jsonResponse(bodies[shape](error, requestId), { status, headers });
}

/** What is not ours to explain is a fault of ours: its text may hold anything, so none of it is passed on. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const message = 'Something went wrong inside the gateway. The request id finds it in the log.';
  return new GatewayError('internal_error', message, { cause: thrown });
}
