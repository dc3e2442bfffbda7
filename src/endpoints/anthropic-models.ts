import { GatewayError } from '../http/errors.ts';
import { modelsPageDefault, modelsPageMax } from '../limits.ts';
import type { Caller } from '../core/routing/permission.ts';
import { noModel } from './openai-models.ts';
import { type Offer, servers, usableNames } from '../core/routing/usable-names.ts';

/** The catalog does not say when a model was made. Anthropic, too, gives the epoch where it does not know. */
const createdAt = '1970-01-01T00:00:00Z';

/**
 * `GET /v1/models` for clients of Anthropic: a page of the models and routes that this caller may use.
 * @param query with `limit`, and `after_id` or `before_id`
 */
export function listAnthropicModels(caller: Caller, offer: Offer, query: URLSearchParams) {
  const names = usableNames(caller, offer);
  const limit = limitIn(query);
  const after = query.get('after_id');
  const before = query.get('before_id');
  if (after !== null && before !== null) {
    throw invalid('before_id', "'after_id' and 'before_id' can't both be sent. Send one of them.");
  }
  const end = before === null ? names.length : placeOf(names, before, 'before_id');
  const begin = after === null ? 0 : placeOf(names, after, 'after_id') + 1;
  const page = before === null ? names.slice(begin, begin + limit) : names.slice(Math.max(0, end - limit), end);
  return {
    data: page.map((name) => anthropicModel(name, offer)),
    // In the direction that was asked for.
    has_more: page.length < end - begin,
    first_id: page[0] ?? null,
    last_id: page.at(-1) ?? null,
  };
}

/** `GET /v1/models/{id}`, for all that a request may name as its model: an alias and a pinned target too. */
export function showAnthropicModel(caller: Caller, offer: Offer, id: string) {
  const [candidate] = servers(caller, offer, id);
  if (candidate === undefined) throw noModel(id);
  return anthropicModel(id, offer, candidate.model?.name);
}

/** A model as Anthropic lists it. Null is what is not known. */
function anthropicModel(id: string, { catalog }: Offer, modelName = id) {
  // The models of a route differ in size.
  const model = catalog.routes.has(id) && !catalog.models.has(id) ? undefined : catalog.models.get(modelName);
  return {
    type: 'model' as const,
    id,
    display_name: id,
    created_at: createdAt,
    lifecycle: 'active' as const,
    deprecated_at: null,
    retires_at: null,
    line: null,
    capabilities: null,
    max_input_tokens: model?.contextTokens ?? null,
    max_tokens: model?.maxOutputTokens ?? null,
  };
}

function limitIn(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return modelsPageDefault;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > modelsPageMax) throw invalid('limit', `'limit' must be from 1 to ${modelsPageMax}.`);
  return limit;
}

function placeOf(names: readonly string[], id: string, param: string): number {
  const place = names.indexOf(id);
  if (place < 0) throw invalid(param, `'${param}' must be the id of a model in the list. Begin again without it.`);
  return place;
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request', message, { param });
}
