import { readCatalog } from '../catalog/read-catalog.ts';
import { asGatewayError } from '../http/error-response.ts';
import { readBody } from '../http/read-body.ts';
import { bodyBytesMax, callMsMax } from '../limits.ts';
import { readChatCall } from '../openai/chat-request.ts';
import { AccountClient } from './account-client.ts';
import { admitCall } from './admit-call.ts';
import { answerHeaders } from './answer-headers.ts';
import { CallClock } from './call-clock.ts';
import { readCallOptions } from './call-options.ts';
import { callerOf } from './caller.ts';
import type { Exchange } from './exchange.ts';
import { healthMemory, routerHealth } from './isolate.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { CallInput } from './prepare-call.ts';
import { relayStream } from './relay.ts';
import { answerOutcome } from './relay-outcome.ts';
import { type Progress, type Served, nothingOwed, runAttempts } from './run-attempts.ts';
import { type Settlement, settlementOf, settlementOfFailure } from './settlement.ts';

/**
 * `POST /v1/chat/completions`. The path lives in `waitUntil` from its first line: when a client leaves, the platform ends
 * everything else, and what was begun in its name must still come to an end in the ledger.
 */
export function handleChatCompletion(request: Request, exchange: Exchange): Promise<Response> {
  const client = Promise.withResolvers<Response>();
  exchange.ctx.waitUntil(serve(request, exchange, client).catch(client.reject));
  return client.promise;
}

/** The path of a call, from its first byte to its settlement. The client is answered as soon as there is an answer. */
async function serve(request: Request, exchange: Exchange, client: PromiseWithResolvers<Response>): Promise<void> {
  const caller = await callerOf(request, exchange.env);
  const call = readChatCall(await readBody(request, bodyBytesMax));
  const options = readCallOptions(request.headers, call.request);
  const catalog = await readCatalog(exchange.env, (task) => exchange.ctx.waitUntil(task));
  const input: CallInput = { call, options, caller, catalog, health: healthMemory };
  const clock = new CallClock();
  const account = new AccountClient(exchange.env, caller.accountId, clock);

  const admitted = await admitCall(input, account, exchange);
  const { grant, askedAtMs } = admitted;
  const lease = new LeaseKeeper(() => account.renew(grant.holdId), grant.leaseMs, askedAtMs, clock);
  const progress: Progress = {
    attempts: 0,
    grant,
    holdAttempt: 1,
    heldModel: admitted.prepared.attempts[0].bound.model,
    spentNanoUsd: 0,
    owed: nothingOwed,
    attempt: undefined,
    failure: undefined,
  };
  const settle = async (settlement: Settlement): Promise<void> => {
    // Where nothing was sent there is nothing to settle: the call leaves no trace in what was counted.
    if (settlement.kind === 'void') await account.voidCall(exchange.requestId);
    else await account.settle(settlement.request);
    lease.stop();
    clock.stop();
  };
  try {
    const signals = {
      client: request.signal,
      fence: lease.signal,
      deadlineAtMs: exchange.startedAtMs + (options.timeoutMs ?? callMsMax),
      clock,
    };
    const health = routerHealth(exchange, catalog);
    const context = { input, admitted, account, health, signals, request, exchange };
    const served = await runAttempts(context, progress);
    await answer(served);
  } catch (thrown) {
    const settled = settle(settlementOfFailure(asGatewayError(thrown), input, progress, exchange));
    client.reject(thrown);
    await settled;
  }

  /** Passes the answer on, and settles what it came to. */
  async function answer(served: Served): Promise<void> {
    const { attempt, result, terms } = served;
    const about = { input, admitted, progress, attempt, result, exchange };
    if (result.kind === 'answered') {
      const outcome = answerOutcome(result, terms);
      const settled = settle(settlementOf(outcome, about));
      served.report(outcome.health, result.firstByteMs);
      const headers = answerHeaders(about, outcome);
      client.resolve(new Response(result.bytes, { status: result.status, headers }));
      return settled;
    }
    const relay = relayStream({
      attempt: result,
      terms,
      choices: call.request.n ?? 1,
      usageChunk: served.wantsUsage ? 'asked' : 'hidden',
      spentNanoUsd: progress.spentNanoUsd,
      requestId: exchange.requestId,
    });
    client.resolve(new Response(relay.readable, { status: result.status, headers: answerHeaders(about, undefined) }));
    const outcome = await relay.outcome;
    served.report(outcome.health, result.firstByteMs);
    await Promise.all([settle(settlementOf(outcome, about)), relay.delivered]);
  }
}
