import { responseHeaderNames } from './response-headers.ts';

/** CORS is off unless CORS_ORIGINS names an origin: a key in a page is a key given away. */

/** Pages of these origins may read our answers. */
export type CorsOrigins = ReadonlySet<string> | 'any';

const preflightMaxAgeS = 7200;

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
