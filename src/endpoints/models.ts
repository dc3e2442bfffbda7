import { providerIsOn } from '../catalog/provider-is-on.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { listAnthropicModels, showAnthropicModel } from './anthropic-models.ts';
import { errorShapeOf } from '../http/error-response.ts';
import { jsonResponse } from '../http/json-response.ts';
import { listModels, showModel } from './openai-models.ts';
import type { Caller } from '../core/routing/permission.ts';
import type { Offer } from '../core/routing/usable-names.ts';
import { usageOfCaller } from './account.ts';
import type { Incoming } from '../gateway/request/incoming.ts';

/** `GET /v1/models`: the models and routes that the key may use, in the shape of the client's protocol. */
export async function handleModels(request: Request, incoming: Incoming): Promise<Response> {
  const [offer, caller] = await offerTo(request, incoming);
  if (errorShapeOf(request) === 'openai') return jsonResponse(listModels(caller, offer));
  return jsonResponse(listAnthropicModels(caller, offer, new URL(request.url).searchParams));
}

/** `GET /v1/models/{id}`. The names have slashes in them. */
export async function handleModel(request: Request, incoming: Incoming, id: string): Promise<Response> {
  const [offer, caller] = await offerTo(request, incoming);
  const show = errorShapeOf(request) === 'openai' ? showModel : showAnthropicModel;
  return jsonResponse(show(caller, offer, id));
}

async function offerTo(request: Request, incoming: Incoming): Promise<[Offer, Caller]> {
  const { env, ctx } = incoming;
  const [catalog, { account }] = await Promise.all([
    readCatalog(env, (task) => ctx.waitUntil(task)),
    usageOfCaller(request, incoming),
  ]);
  return [{ catalog, isOn: (provider) => providerIsOn(env, provider) }, account];
}
