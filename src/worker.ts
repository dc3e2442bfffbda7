import { type Env, configuration } from './env.ts';
import { type CorsOrigins, preflight } from './http/cors.ts';
import { errorResponse, errorShapeOf } from './http/error-response.ts';
import { type ErrorCode, GatewayError } from './http/errors.ts';
import { finishResponse } from './http/response-headers.ts';
import { newRequestId } from './http/request-id.ts';
import { route } from './router.ts';
import { log } from './log.ts';
import { steadyNowMs } from './steady-time.ts';

export { Admin } from './admin/admin-entrypoint.ts';
export { Directory } from './actors/directory/directory.ts';
export { ClientWatch } from './gateway/request/client-watch.ts';
export { ProviderHealth } from './actors/provider-health/provider-health.ts';
export { TenantActor } from './actors/tenant/tenant-actor.ts';

/** If the configuration can't be read, no page may read anything. */
const noOrigins: CorsOrigins = new Set();

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const startedAtMs = Date.now();
    const requestId = newRequestId(startedAtMs);
    const incoming = { env, ctx, requestId, startedAtMs, startedMs: steadyNowMs() };
    let origins: CorsOrigins = noOrigins;
    let response: Response;
    try {
      origins = configuration(env).corsOrigins;
      response = preflight(request, origins) ?? (await route(request, incoming));
    } catch (thrown) {
      report(thrown, requestId);
      response = errorResponse(thrown, requestId, errorShapeOf(request));
    }
    if (request.method === 'HEAD') response = new Response(null, response);
    return finishResponse(response, request, requestId, origins);
  },
} satisfies ExportedHandler<Env>;

/** Errors that the operator should know of, or that no client is there to see. */
const loggedCodes: ReadonlySet<ErrorCode> = new Set(['configuration_error', 'ledger_unavailable', 'client_left']);

/** Logs what is Weir's fault, or what the operator must put right. A client's mistake is only told to the client. */
function report(thrown: unknown, requestId: string): void {
  if (!(thrown instanceof GatewayError)) {
    const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return log('error', 'internal_error', { requestId, error });
  }
  const { code, message } = thrown;
  if (!loggedCodes.has(code)) return;
  // It is nobody's fault that a client left.
  log(code === 'client_left' ? 'info' : 'error', code, { requestId, error: message });
}
