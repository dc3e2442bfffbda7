import { providerIsOn } from '../catalog/provider-is-on.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { jsonResponse } from '../http/json-response.ts';
import { adminAccountId } from '../core/account/admin-account.ts';
import { version } from '../version.ts';
import { AccountClient } from '../gateway/request/account-client.ts';
import type { Incoming } from '../gateway/request/incoming.ts';
import { routerHealth } from '../gateway/health/isolate-health.ts';

/** Monitors ask for health often, and without a key: the ledger is not asked each time. */
const ledgerSeenMs = 2000;
let seenAtMs = Number.NEGATIVE_INFINITY;

/** `GET /health`: whether calls can be served at all, and how the providers are. Needs no key, and shows no rates. */
export async function handleHealth(request: Request, incoming: Incoming): Promise<Response> {
  const { env, ctx, startedMs } = incoming;
  if (startedMs - seenAtMs > ledgerSeenMs) {
    await new AccountClient(env, adminAccountId).ask((actor) => actor.renew({ holdIds: [] }));
    seenAtMs = startedMs;
  }
  const catalog = await readCatalog(env, (task) => ctx.waitUntil(task));
  const names = [...catalog.providers.values()]
    .filter((provider) => providerIsOn(env, provider))
    .map(({ name }) => name);
  const view = routerHealth(incoming, catalog).view(...names);
  const providers = Object.fromEntries(names.map((name) => [name, view.state(name)]));
  const status = Object.values(providers).every((state) => state === 'closed') ? 'ok' : 'degraded';
  return jsonResponse({ status, providers, version, colo: colo(request) });
}

function colo(request: Request): string {
  const found: unknown = request.cf?.['colo'];
  return typeof found === 'string' ? found : 'local';
}
