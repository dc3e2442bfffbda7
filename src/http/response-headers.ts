import { type CorsOrigins, corsHeaders } from './cors.ts';

/** The request id, on every answer, under each of the names that clients look for. */
export function requestIdHeaders(requestId: string): Record<string, string> {
  return { 'x-request-id': requestId, 'request-id': requestId, 'x-cfx-request-id': requestId };
}

/** Names the fields of a request that its target did not get; no header if it got all. */
export function droppedHeaders(dropped: readonly string[]): Record<string, string> {
  return dropped.length === 0 ? {} : { 'x-gateway-dropped': dropped.slice(0, droppedNamesMax).join(', ') };
}

/** A header has room for so many. */
const droppedNamesMax = 64;

/** On every answer: it is data, never a page, and never for a cache. */
const securityHeaders = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

/** The platform copies prepared headers at once, and each one that is set costs a crossing into it. */
const preparedHeaders = new Headers(securityHeaders);
const prepared = new WeakSet<Response>();

/** The answer to a call. It has the headers of every answer that are the same for all. */
export function callResponse(
  body: Uint8Array | ReadableStream<Uint8Array>,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(body, { status, headers: preparedHeaders });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  prepared.add(response);
  return response;
}

/**
 * Adds, in place, the headers that every answer carries. We must have made the answer ourselves: the headers of a
 * fetched one can't be changed.
 */
export function finishResponse(
  response: Response,
  request: Request,
  requestId: string,
  allowed: CorsOrigins,
): Response {
  const { headers } = response;
  if (!prepared.has(response)) for (const [name, value] of securityHeaders) headers.set(name, value);
  const ofRequest = { ...corsHeaders(request, allowed), ...requestIdHeaders(requestId) };
  for (const [name, value] of Object.entries(ofRequest)) headers.set(name, value);
  return response;
}
