import type { Candidate } from '../catalog/resolve.ts';
import { GatewayError } from '../http/errors.ts';
import type { Caller } from '../core/routing/permission.ts';
import { type Offer, servers, usableNames } from '../core/routing/usable-names.ts';

/** The catalog does not say when a model was made, and the clients want a number. */
const created = 0;
/** The owner of a route, which several providers serve in turn. */
const ownerOfRoutes = 'weir';

export function listModels(caller: Caller, offer: Offer) {
  const data = usableNames(caller, offer).map((name) => modelObject(name, servers(caller, offer, name), offer));
  return { object: 'list' as const, data };
}

/** For all that a request may name as its model: an alias and a pinned target too. */
export function showModel(caller: Caller, offer: Offer, id: string) {
  const candidates = servers(caller, offer, id);
  if (candidates.length === 0) throw noModel(id);
  return modelObject(id, candidates, offer);
}

export function noModel(id: string): GatewayError {
  const message = `There is no model '${id}' that this key may use. GET /v1/models lists those that there are.`;
  return new GatewayError('model_not_found', message, { param: 'model' });
}

function modelObject(id: string, candidates: readonly Candidate[], { catalog }: Offer) {
  const isRoute = catalog.routes.has(id) && !catalog.models.has(id);
  return {
    id,
    object: 'model' as const,
    created,
    owned_by: isRoute ? ownerOfRoutes : (candidates[0]?.target.provider ?? ownerOfRoutes),
  };
}
