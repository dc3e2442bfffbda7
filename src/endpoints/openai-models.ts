import type { Candidate } from '../catalog/resolve.ts';
import { GatewayError } from '../http/errors.ts';
import type { Caller } from '../core/routing/permission.ts';
import { type Offer, servers, usableNames } from '../core/routing/usable-names.ts';

/** A model as OpenAI lists it. */
export interface ModelObject {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
}

/** When a model was made is not in the catalog, and the clients want a number. */
const created = 0;
/** Who is said to own what several providers serve in turn. */
const ownerOfRoutes = 'weir';

/** `GET /v1/models`: the models and routes that this caller may use. */
export function listModels(
  caller: Caller,
  offer: Offer,
): { readonly object: 'list'; readonly data: readonly ModelObject[] } {
  return {
    object: 'list',
    data: usableNames(caller, offer).map((name) => modelObject(name, servers(caller, offer, name), offer)),
  };
}

/** `GET /v1/models/{id}`, for whatever may stand in a request as its model: an alias and a pinned target too. */
export function showModel(caller: Caller, offer: Offer, id: string): ModelObject {
  const candidates = servers(caller, offer, id);
  if (candidates.length === 0) {
    const message = `There is no model '${id}' that this key may use. GET /v1/models lists those that there are.`;
    throw new GatewayError('model_not_found', message, { param: 'model' });
  }
  return modelObject(id, candidates, offer);
}

function modelObject(id: string, candidates: readonly Candidate[], { catalog }: Offer): ModelObject {
  const isRoute = catalog.routes.has(id) && !catalog.models.has(id);
  return {
    id,
    object: 'model',
    created,
    owned_by: isRoute ? ownerOfRoutes : (candidates[0]?.target.provider ?? ownerOfRoutes),
  };
}
