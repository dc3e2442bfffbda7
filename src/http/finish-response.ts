import { type CorsOrigins, corsHeaders } from './cors.ts';
import { requestIdHeaders, securityHeaders } from './response-headers.ts';

/** Adds what every answer carries, in place. The answer must be one that we made: a fetched one can't be changed. */
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
