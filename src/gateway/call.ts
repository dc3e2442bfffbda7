import { readCatalog } from '../catalog/read-catalog.ts';
import { asGatewayError } from '../http/error-response.ts';
import { readBody } from '../http/read-body.ts';
import { bodyBytesMax } from '../limits.ts';
import { AccountClient } from './request/account-client.ts';
import { admitOrReplay } from './admit/admit.ts';
import { withAttempts } from './relay/answer-headers.ts';
import { CallClock } from './request/call-clock.ts';
import { readCallOptions } from './request/call-options.ts';
import { callerOf } from './request/caller.ts';
import { clientSignal } from './request/client-signal.ts';
import { deadlineOf } from './request/call-signals.ts';
import type { Incoming } from './request/incoming.ts';
import { isKept, readIdempotency, replayed } from './request/idempotency.ts';
import { keptFailure } from './relay/kept-answer.ts';
import { routerHealth } from './health/isolate-health.ts';
import { LeaseKeeper } from './attempt/lease-keeper.ts';
import type { ClientCall } from './admit/client-call.ts';
import type { ProtocolName } from '../protocols/protocol-call.ts';
import { passAnswer } from './settle/pass-answer.ts';
import { protocols } from '../protocols/protocols.ts';
import { inClientsPlaces, resolveCall } from './request/resolve-conversation.ts';
import { beginProgress } from './attempt/served-call.ts';
import { runAttempts } from './attempt/run-attempts.ts';
import { type Settlement, type Settling, settlementOfFailure } from './settle/settlement.ts';

/**
 * The endpoints that ask a provider, each in its own protocol. The whole path runs in `waitUntil`: when a client
 * leaves, the platform ends everything else, and the ledger must still learn how a begun call ended.
 */
export function handleCall(endpoint: ProtocolName): (request: Request, incoming: Incoming) => Promise<Response> {
  return (request, incoming) => {
    const client = Promise.withResolvers<Response>();
    const clock = new CallClock();
    const path = serve(endpoint, request, incoming, clock, client).catch(client.reject);
    incoming.ctx.waitUntil(path.finally(() => clock.stop()));
    return client.promise;
  };
}

/** The path of a call, from its first byte to its settlement. The client is answered as soon as there is an answer. */
async function serve(
  endpoint: ProtocolName,
  request: Request,
  incoming: Incoming,
  clock: CallClock,
  client: PromiseWithResolvers<Response>,
): Promise<void> {
  const caller = await callerOf(request, incoming.env);
  const said = protocols[endpoint].read(await readBody(request, bodyBytesMax));
  const idempotency = await readIdempotency(request, said.body);
  const options = readCallOptions(request.headers, said);
  const account = new AccountClient(incoming.env, caller.accountId, clock);
  const resolved = await resolveCall(said, caller, account, { name: incoming.requestId, idempotency });
  if (resolved.kind === 'replay') return client.resolve(replayed(resolved));
  const { call: asked, conversation } = resolved;
  const catalog = await readCatalog(incoming.env, (task) => incoming.ctx.waitUntil(task));
  const health = routerHealth(incoming, catalog);
  const left = clientSignal(request, incoming.env, clock, client.promise);
  account.leavesWith(left);
  const signals = { client: left, ...deadlineOf(incoming.startedMs, options.timeoutMs), clock };
  const known = { incoming, request, options, caller, account, catalog, health };
  const call: ClientCall = { ...known, asked, conversation, idempotency, signals };
  const admitted = await admitOrReplay(call).catch((thrown: unknown) => {
    throw inClientsPlaces(thrown, conversation);
  });
  if (admitted.kind === 'replay') return client.resolve(replayed(admitted));
  const { grant, askedMs } = admitted;
  const lease = new LeaseKeeper(() => account.renew(grant.holdId), grant.leaseMs, askedMs, clock);
  const progress = beginProgress(admitted);
  // A second settlement, after something went wrong, changes nothing: the hold has ended by then.
  const settle = (settlement: Settlement, isUrgent: boolean): Settling => {
    const { departed, reply } =
      settlement.kind === 'void'
        ? { departed: undefined, reply: account.voidCall(incoming.requestId) }
        : account.settle(settlement.request, isUrgent);
    const keeps = reply.then((settled) => {
      lease.stop();
      return settled?.kept ?? false;
    });
    return { departed, keeps };
  };
  try {
    const fenced = { ...signals, fence: lease.signal };
    const served = await runAttempts({ admitted, progress, signals: fenced });
    await passAnswer(served, { settle, client, clock });
  } catch (thrown) {
    const told = withAttempts(inClientsPlaces(thrown, conversation), progress, admitted.prepared.plan.route);
    const isToKeep = isKept(idempotency, admitted.view.policy);
    const answer = isToKeep ? await keptFailure(told, request, incoming.requestId) : undefined;
    const { keeps: settled } = settle(settlementOfFailure(asGatewayError(thrown), call, progress, answer), true);
    client.reject(told);
    await settled;
  }
}
