import { readCatalog } from '../catalog/read-catalog.ts';
import { asGatewayError } from '../http/error-response.ts';
import { readBody } from '../http/read-body.ts';
import { bodyBytesMax } from '../limits.ts';
import { AccountClient } from './account-client.ts';
import { answerBody } from './answer-body.ts';
import { translatedHead } from './translated-head.ts';
import { trueOutcome } from './true-usage.ts';
import type { ReportedUsage } from '../wire/reported-usage.ts';
import { admitOrReplay } from './admit-call.ts';
import { answerHeaders, withAttempts } from './answer-headers.ts';
import { AnswerKeeper } from './answer-keeper.ts';
import { CallClock } from './call-clock.ts';
import { readCallOptions } from './call-options.ts';
import { callerOf } from './caller.ts';
import { clientSignal } from './client-signal.ts';
import { deadlineOf } from './deadline.ts';
import type { Exchange } from './exchange.ts';
import { isKept, keptFailure, keptStream, keptWhole, readIdempotency, replayed } from './idempotency.ts';
import { routerHealth } from './isolate.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { CallInput } from './prepare-call.ts';
import { formatUsd } from '../ledger/units.ts';
import type { WireName } from '../wire/wire-call.ts';
import { streamWay } from './passages.ts';
import { relayStream } from './relay.ts';
import { readCall } from './wires.ts';
import { answerOutcome } from './relay-outcome.ts';
import { type Served } from './try-target.ts';
import { beginProgress } from './progress.ts';
import { runAttempts } from './run-attempts.ts';
import { type AboutCall, type Settlement, settlementOf, settlementOfFailure } from './settlement.ts';

/**
 * The endpoints that ask a provider, each in a protocol of its own. The path lives in `waitUntil` from its first line:
 * when a client leaves, the platform ends everything else, and what was begun in its name must still come to an end in
 * the ledger.
 */
export function handleCall(endpoint: WireName): (request: Request, exchange: Exchange) => Promise<Response> {
  return (request, exchange) => {
    const client = Promise.withResolvers<Response>();
    const clock = new CallClock();
    const path = serve(endpoint, request, exchange, clock, client).catch(client.reject);
    exchange.ctx.waitUntil(path.finally(() => clock.stop()));
    return client.promise;
  };
}

type Client = PromiseWithResolvers<Response>;

/** The path of a call, from its first byte to its settlement. The client is answered as soon as there is an answer. */
async function serve(
  endpoint: WireName,
  request: Request,
  exchange: Exchange,
  clock: CallClock,
  client: Client,
): Promise<void> {
  const caller = await callerOf(request, exchange.env);
  const call = readCall(endpoint, await readBody(request, bodyBytesMax));
  const idempotency = await readIdempotency(request, call.body);
  const options = readCallOptions(request.headers, call);
  const catalog = await readCatalog(exchange.env, (task) => exchange.ctx.waitUntil(task));
  const health = routerHealth(exchange, catalog);
  const input: CallInput = { request, call, options, caller, catalog, health, idempotency };
  const account = new AccountClient(exchange.env, caller.accountId, clock);
  const left = clientSignal(request, exchange.env, clock, client.promise);
  const signals = { client: left, ...deadlineOf(exchange.startedMs, options.timeoutMs), clock };
  const admitted = await admitOrReplay(input, account, exchange, signals);
  if (admitted.kind === 'replay') return client.resolve(replayed(admitted));
  const { grant, askedMs } = admitted;
  const lease = new LeaseKeeper(() => account.renew(grant.holdId), grant.leaseMs, askedMs, clock);
  const progress = beginProgress(admitted);
  // Called again after something went wrong behind it, it changes nothing: the hold has ended then.
  const settle = async (settlement: Settlement): Promise<void> => {
    if (settlement.kind === 'void') await account.voidCall(exchange.requestId);
    else await account.settle(settlement.request);
    lease.stop();
  };
  try {
    const fenced = { ...signals, fence: lease.signal };
    const context = { input, admitted, account, health, signals: fenced, exchange };
    const served = await runAttempts(context, progress);
    await pass(served, { input, admitted, progress, ...served, exchange }, settle, client);
  } catch (thrown) {
    const told = withAttempts(thrown, progress, admitted.prepared.plan.route);
    const isToKeep = isKept(idempotency, admitted.view.policy);
    const answer = isToKeep ? await keptFailure(told, request, exchange.requestId) : undefined;
    const settled = settle(settlementOfFailure(asGatewayError(thrown), input, progress, exchange, answer));
    client.reject(told);
    await settled;
  }
}

/** Passes an answer on, and settles what it came to, whether or not the client is still there to take all of it. */
async function pass(
  { call, inputTokensAbout, result, terms, report }: Served,
  about: AboutCall,
  settle: (settlement: Settlement) => Promise<void>,
  client: Client,
): Promise<void> {
  const asked = about.input.call;
  const { exchange, attempt } = about;
  const head = translatedHead(asked.wire, exchange.requestId, attempt.candidate.modelName, exchange.startedAtMs);
  const isToKeep = isKept(about.input.idempotency, about.admitted.view.policy);
  if (result.kind === 'answered') {
    const outcome = answerOutcome(result, call.wire, terms);
    const headers = answerHeaders(about, outcome);
    let body: Uint8Array | undefined;
    let settled: Promise<void>;
    try {
      body = answerBody(asked, call, result, head, outcome.reported ?? outcome);
    } finally {
      // First, so that whoever calls again the moment it is answered finds this call's slot free. Also where the
      // answer can't be put into the client's words: the provider has made it.
      const kept = isToKeep && body !== undefined ? keptWhole(result.status, result.contentType, body) : undefined;
      settled = settle(settlementOf(outcome, about, kept));
    }
    client.resolve(new Response(body, { status: result.status, headers }));
    report(outcome.health, result.firstByteMs);
    return settled;
  }
  const { spentNanoUsd } = about.progress;
  const keeper = isToKeep ? new AnswerKeeper() : undefined;
  const { choices, wordsPerToken } = terms;
  const costOf = (usage: ReportedUsage): string => formatUsd(terms.price(usage) + spentNanoUsd);
  const way = streamWay({ asked, sent: call, head, inputTokensAbout, choices, wordsPerToken, costOf });
  const relay = relayStream({
    attempt: result,
    terms,
    ...way,
    spentNanoUsd,
    requestId: about.exchange.requestId,
    keeper,
  });
  client.resolve(new Response(relay.readable, { status: result.status, headers: answerHeaders(about, undefined) }));
  const seen = await relay.outcome;
  report(seen.health, result.firstByteMs);
  const outcome = await trueOutcome(seen, terms, attempt, way.reader, exchange);
  const kept = keptStream(result.status, keeper);
  await Promise.all([settle(settlementOf(outcome, about, kept)), relay.delivered]);
}
