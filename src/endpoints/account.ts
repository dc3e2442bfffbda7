import { GatewayError } from '../http/errors.ts';
import { jsonResponse } from '../http/json-response.ts';
import { requestIdTimeMs } from '../http/request-id.ts';
import type { Usage } from '../core/account/protocol.ts';
import { AccountClient } from '../gateway/request/account-client.ts';
import { recordView, usageView } from './account-views.ts';
import { callerOf, deniedError } from '../gateway/request/caller.ts';
import type { Incoming } from '../gateway/request/incoming.ts';
import { look } from '../gateway/request/look.ts';

/** `GET /v1/usage`: the limits and the spend of the key that asks. */
export async function handleUsage(request: Request, incoming: Incoming): Promise<Response> {
  return jsonResponse(usageView(await usageOfCaller(request, incoming)));
}

/** `GET /v1/requests/{id}`: the record of a call, for the key that made it. */
export async function handleRequestRecord(request: Request, incoming: Incoming, requestId: string): Promise<Response> {
  const { accountId, secretHash } = await callerOf(request, incoming.env);
  const namedAtMs = requestIdTimeMs(requestId);
  if (namedAtMs === undefined) {
    throw new GatewayError('invalid_request', 'A request id is what x-request-id says: req_ and 25 characters.', {
      param: 'id',
    });
  }
  const client = new AccountClient(incoming.env, accountId);
  const reply = await client.ask((actor) => actor.record({ secretHash, requestId, namedAtMs }));
  switch (reply.kind) {
    case 'denied':
      throw deniedError(reply);
    case 'none':
      throw new GatewayError(
        'not_found',
        `No ended call of this key has the id ${requestId}. A call is recorded when it ends, and kept for seven days.`,
      );
    case 'record':
      return jsonResponse(recordView(reply.record));
  }
}

/** What the actor of the calling key says of itself, now: never from a cache, so that a revoked key learns nothing. */
export async function usageOfCaller(request: Request, incoming: Incoming): Promise<Usage> {
  const caller = await callerOf(request, incoming.env);
  return look(caller, new AccountClient(incoming.env, caller.accountId));
}
