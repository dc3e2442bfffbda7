import { type CorsOrigins, corsHeaders } from './cors.ts';
import { requestIdHeaders, securityHeaders } from './response-headers.ts';

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
  const standing = { ...securityHeaders, ...corsHeaders(request, allowed), ...requestIdHeaders(requestId) };
  for (const [name, value] of Object.entries(standing)) headers.set(name, value);
  return response;
}
