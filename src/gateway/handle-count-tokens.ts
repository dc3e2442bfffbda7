import { readCountTokensCall } from '../anthropic/messages-request.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { jsonResponse } from '../http/json-response.ts';
import { readBody } from '../http/read-body.ts';
import { bodyBytesMax } from '../limits.ts';
import { AccountClient } from './account-client.ts';
import { type AdmittedCall, admitCall } from './admit-call.ts';
import { countHeaders } from './answer-headers.ts';
import { CallClock } from './call-clock.ts';
import { readCallOptions } from './call-options.ts';
import { callerOf } from './caller.ts';
import { clientSignal } from './client-signal.ts';
import { estimateTokens } from './count-text.ts';
import { deadlineOf } from './deadline.ts';
import type { Exchange } from './exchange.ts';
import { routerHealth } from './isolate.ts';
import type { CallInput } from './prepare-call.ts';
import { beginProgress } from './progress.ts';
import { countAtProvider } from './provider-count.ts';
import { settlementOfCount } from './settlement.ts';

/**
 * `POST /v1/messages/count_tokens`: how large a message is, by its provider's own count where that gives one for
 * nothing. It counts as a request, and costs no more.
 */
export function handleCountTokens(request: Request, exchange: Exchange): Promise<Response> {
  const clock = new CallClock();
  const answered = Promise.withResolvers<void>();
  const client = clientSignal(request, exchange.env, clock, answered.promise);
  const answer = count(request, exchange, client, clock).finally(() => {
    clock.stop();
    answered.resolve();
  });
  // What was admitted is settled, whether or not its client is still there.
  exchange.ctx.waitUntil(answer.catch(() => undefined));
  return answer;
}

async function count(request: Request, exchange: Exchange, client: AbortSignal, clock: CallClock): Promise<Response> {
  const caller = await callerOf(request, exchange.env);
  const call = readCountTokensCall(await readBody(request, bodyBytesMax));
  const options = readCallOptions(request.headers, call);
  const catalog = await readCatalog(exchange.env, (task) => exchange.ctx.waitUntil(task));
  const input: CallInput = {
    request,
    call,
    options,
    caller,
    catalog,
    health: routerHealth(exchange, catalog),
    idempotency: undefined,
    purpose: 'count',
  };
  const account = new AccountClient(exchange.env, caller.accountId, clock);
  const signals = { client, ...deadlineOf(exchange.startedMs, options.timeoutMs), clock };
  const admitted = await admitCall(input, account, exchange, signals);
  try {
    const inputTokens = await countedBy(admitted, input, exchange);
    const headers = countHeaders(admitted, call.wire, exchange.startedAtMs);
    return jsonResponse({ input_tokens: inputTokens }, { headers });
  } finally {
    await account.settle(settlementOfCount(input, admitted, beginProgress(admitted), exchange));
  }
}

async function countedBy({ prepared }: AdmittedCall, input: CallInput, exchange: Exchange): Promise<number> {
  const [{ attempt, call }] = prepared.attempts;
  const told = call.wire === 'messages' ? await countAtProvider(call, attempt, exchange, input) : undefined;
  return told ?? estimateTokens(call);
}
