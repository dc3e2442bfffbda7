/** CORS is off unless CORS_ORIGINS names an origin: a key in a page is a key given away. */

/** Pages of these origins may read our answers. */
export type CorsOrigins = ReadonlySet<string> | 'any';

const preflightMaxAgeS = 7200;

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

/** The headers that let the page behind `request` read the answer. None if its origin is not allowed. */
export function corsHeaders(request: Request, allowed: CorsOrigins): Record<string, string> {
  if (allowed !== 'any' && allowed.size === 0) return {};
  const vary = { vary: 'Origin' };
  const origin = request.headers.get('origin');
  if (origin === null || (allowed !== 'any' && !allowed.has(origin))) return vary;
  return {
    ...vary,
    'access-control-allow-origin': allowed === 'any' ? '*' : origin,
    'access-control-expose-headers': responseHeaderNames.join(', '),
    'cross-origin-resource-policy': 'cross-origin',
  };
}

/** Answers a browser that asks before it sends. Undefined if the request is no such question, or is not allowed. */
export function preflight(request: Request, allowed: CorsOrigins): Response | undefined {
  if (request.method !== 'OPTIONS' || request.headers.get('access-control-request-method') === null) return undefined;
  const headers = corsHeaders(request, allowed);
  if (headers['access-control-allow-origin'] === undefined) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      vary: 'Origin, Access-Control-Request-Headers',
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '',
      'access-control-max-age': String(preflightMaxAgeS),
    },
  });
}
