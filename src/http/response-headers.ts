/** All headers of Weir's own that an answer may carry. With CORS on, a page in a browser may read them. */
export const responseHeaderNames = [
  'x-request-id',
  'request-id',
  'x-cfx-request-id',
  'x-gateway-provider',
  'x-gateway-model',
  'x-gateway-route',
  'x-gateway-attempts',
  'x-gateway-provider-request-id',
  'x-gateway-dropped',
  'x-gateway-output-cap',
  'x-gateway-search-cap',
  'x-gateway-cost-usd',
  'x-gateway-original-request-id',
  'x-gateway-usage-usd',
  'x-gateway-limit-usd',
  'x-gateway-remaining-usd',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
  'anthropic-ratelimit-requests-limit',
  'anthropic-ratelimit-requests-remaining',
  'anthropic-ratelimit-requests-reset',
  'anthropic-ratelimit-tokens-limit',
  'anthropic-ratelimit-tokens-remaining',
  'anthropic-ratelimit-tokens-reset',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'idempotent-replayed',
] as const;

/** The request id, on every answer, under each of the names that clients look for. */
export function requestIdHeaders(requestId: string): Record<string, string> {
  return { 'x-request-id': requestId, 'request-id': requestId, 'x-cfx-request-id': requestId };
}

/** Says what of a client's request its target is not sent; nothing where the target is sent all of it. */
export function droppedHeaders(dropped: readonly string[]): Record<string, string> {
  return dropped.length === 0 ? {} : { 'x-gateway-dropped': dropped.slice(0, droppedNamesMax).join(', ') };
}

/** A header has room for so many. */
const droppedNamesMax = 64;

/** On every answer: it is data, never a page, and never for a cache. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
