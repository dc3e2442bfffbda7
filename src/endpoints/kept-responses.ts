import { inputItemsPageMax, resolvedBytesMax } from '../core/account/response-limits.ts';
import * as v from 'valibot';
import { GatewayError } from '../http/errors.ts';
import { invalidRequest, issuesOf } from '../http/issue.ts';
import { jsonResponse } from '../http/json-response.ts';
import { KeptConversations, type KeptItem } from '../protocols/responses/kept-conversation.ts';
import { ownerOfReasoning } from '../protocols/responses/owned-reasoning.ts';
import { itemType } from '../protocols/responses/request.ts';
import type { KeptResponseRequest } from '../core/account/protocol.ts';
import { type JsonRecord, asText } from '../protocols/json/json-value.ts';
import { AccountClient } from '../gateway/request/account-client.ts';
import { callerOf } from '../gateway/request/caller.ts';
import type { Incoming } from '../gateway/request/incoming.ts';

/** `GET /v1/responses/{id}`: a response that the account of the calling key keeps, as its client got it. */
export async function handleResponse(request: Request, incoming: Incoming, id: string): Promise<Response> {
  if (new URL(request.url).searchParams.get('stream') === 'true') {
    const message = "A kept response is answered whole. Leave 'stream' out.";
    throw new GatewayError('unsupported_parameter', message, { param: 'stream' });
  }
  const { account, asked } = await askingOf(request, incoming, id);
  const reply = await account.ask((actor) => actor.keptResponse(asked));
  if (reply.kind === 'none') throw noResponse(id);
  const { rest, output } = reply.response;
  // Both are texts of JSON that the gateway has written.
  const body = `${rest.slice(0, -1)},"output":${output}}`;
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

/** `DELETE /v1/responses/{id}`. */
export async function handleForgetResponse(request: Request, incoming: Incoming, id: string): Promise<Response> {
  const { account, asked } = await askingOf(request, incoming, id);
  const reply = await account.ask((actor) => actor.forgetResponse(asked));
  if (reply.kind === 'none') throw noResponse(id);
  return jsonResponse({ id, object: 'response', deleted: true });
}

/** `GET /v1/responses/{id}/input_items`: the whole input of a response, a page at a time. */
export async function handleInputItems(request: Request, incoming: Incoming, id: string): Promise<Response> {
  const { after, limit, order } = pageOf(new URL(request.url).searchParams);
  const { account, asked } = await askingOf(request, incoming, id);
  const reply = await account.ask((actor) => actor.keptTurns(asked));
  if (reply.kind !== 'kept') throw reply.kind === 'none' ? noResponse(id) : tooLargeToList(id);
  const items = new KeptConversations(reply.turns).inputOf(id);
  if (items === undefined) {
    const message = `What '${id}' builds on was deleted, or forgotten because of its age or for want of room.`;
    throw new GatewayError('not_found', message);
  }
  const named = withOwnIds(items, id);
  const listed = order === 'asc' ? named : named.toReversed();
  const from = after === undefined ? 0 : listed.findIndex((item) => item.id === after) + 1;
  if (after !== undefined && from === 0) {
    const message = `No item of this response has the id '${after}'. Take the last_id of the page before.`;
    throw new GatewayError('invalid_request', message, { param: 'after' });
  }
  const page = listed.slice(from, from + limit);
  return jsonResponse({
    object: 'list',
    data: page.map(shown),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: from + limit < listed.length,
  });
}

/** Whom to ask about a response, and what. */
async function askingOf(
  request: Request,
  { env }: Incoming,
  id: string,
): Promise<{ readonly account: AccountClient; readonly asked: KeptResponseRequest }> {
  const { accountId, secretHash } = await callerOf(request, env);
  return { account: new AccountClient(env, accountId), asked: { secretHash, id } };
}

const pageSchema = v.object({
  after: v.optional(v.string()),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}$/, 'must be a whole number'),
      v.transform(Number),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(inputItemsPageMax, `must be at most ${inputItemsPageMax}`),
    ),
  ),
  order: v.optional(v.picklist(['asc', 'desc'], 'must be asc or desc')),
});

/** OpenAI's own default. */
const pageDefault = 20;

function pageOf(query: URLSearchParams): { after: string | undefined; limit: number; order: 'asc' | 'desc' } {
  const parsed = v.safeParse(pageSchema, Object.fromEntries(query), { abortEarly: true });
  if (!parsed.success) throw invalidRequest(issuesOf(parsed.issues));
  const { after, limit = pageDefault, order = 'desc' } = parsed.output;
  return { after, limit, order };
}

/** Gives each item an id of its own, so that the next page can begin after it. */
function withOwnIds(items: readonly KeptItem[], responseId: string): readonly KeptItem[] {
  const seen = new Set<string>();
  return items.map((item, index) => {
    const id =
      item.id === undefined || seen.has(item.id) ? `item_${responseId.replace(/^resp_/, '')}_at${index}` : item.id;
    seen.add(id);
    return { ...item, id };
  });
}

/** An item as OpenAI lists it: each has an id, and the content of a message is in parts. */
function shown({ item, id }: KeptItem): JsonRecord {
  const { content, encrypted_content: encrypted } = item;
  const type = itemType(item);
  const part = item['role'] === 'assistant' ? 'output_text' : 'input_text';
  const isText = type === 'message' && typeof content === 'string';
  const owned = ownerOfReasoning(asText(encrypted) ?? '');
  return {
    ...item,
    type,
    id,
    ...(type === 'message' ? { status: item['status'] ?? 'completed' } : {}),
    ...(isText ? { content: [{ type: part, text: content, ...(part === 'output_text' ? noExtras : {}) }] } : {}),
    ...(owned === undefined ? {} : { encrypted_content: owned.encrypted }),
  };
}

const noExtras = { annotations: [], logprobs: [] };

function noResponse(id: string): GatewayError {
  const message =
    `No response '${id}' is kept by this key: it was made with store: false or by another key, was deleted, or was ` +
    'forgotten because of its age or for want of room.';
  return new GatewayError('not_found', message);
}

function tooLargeToList(id: string): GatewayError {
  const message =
    `What was said up to '${id}' is larger than ${resolvedBytesMax} bytes, and can't be listed. It is still kept: ` +
    'the response can be read, and so can those before it.';
  return new GatewayError('request_too_large', message, { shouldRetry: false });
}
