import { providerIsOn } from '../catalog/provider-is-on.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { jsonResponse } from '../http/json-response.ts';
import { listModels, showModel } from '../openai/models.ts';
import type { Offer } from '../routing/usable-names.ts';
import { usageOfCaller } from './account-endpoints.ts';
import type { Exchange } from './exchange.ts';

/** `GET /v1/models`: the models and routes that the key may use. */
export async function handleModels(request: Request, exchange: Exchange): Promise<Response> {
  const [offer, { account }] = await Promise.all([offerOf(exchange), usageOfCaller(request, exchange)]);
  return jsonResponse(listModels({ policy: account.policy, test: account.test }, offer));
}

/** `GET /v1/models/{id}`. Names have slashes in them. */
export async function handleModel(request: Request, exchange: Exchange, id: string): Promise<Response> {
  const [offer, { account }] = await Promise.all([offerOf(exchange), usageOfCaller(request, exchange)]);
  return jsonResponse(showModel({ policy: account.policy, test: account.test }, offer, id));
}

async function offerOf({ env, ctx }: Exchange): Promise<Offer> {
  const catalog = await readCatalog(env, (task) => ctx.waitUntil(task));
  return { catalog, isOn: (provider) => providerIsOn(env, provider) };
}
