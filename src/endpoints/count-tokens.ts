import { readCountTokensCall } from '../protocols/messages/request.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { jsonResponse } from '../http/json-response.ts';
import { readBody } from '../http/read-body.ts';
import { bodyBytesMax } from '../limits.ts';
import { AccountClient } from '../gateway/request/account-client.ts';
import { readInputTokensCall } from '../protocols/responses/request.ts';
import { type AdmittedCall, admitCall } from '../gateway/admit/admit.ts';
import { countHeaders } from '../gateway/relay/answer-headers.ts';
import { CallClock } from '../gateway/request/call-clock.ts';
import { readCallOptions } from '../gateway/request/call-options.ts';
import { callerOf } from '../gateway/request/caller.ts';
import { clientSignal } from '../gateway/request/client-signal.ts';
import { estimateTokens } from '../gateway/bound/count-text.ts';
import { deadlineOf } from '../gateway/request/deadline.ts';
import type { Exchange } from '../gateway/request/exchange.ts';
import { routerHealth } from '../gateway/health/isolate-health.ts';
import type { CallInput } from '../gateway/admit/plan-call.ts';
import { beginProgress } from '../gateway/attempt/progress.ts';
import { countAtProvider } from '../gateway/admit/provider-count.ts';
import { callToCount } from '../gateway/request/resolve-conversation.ts';
import { settlementOfCount } from '../gateway/settle/settlement.ts';
import type { AnyCall } from '../protocols/protocols.ts';

/**
 * `POST /v1/messages/count_tokens`: how large a message is, by its provider's own count where that gives one for
 * nothing. It counts as a request, and costs no more.
 */
export const handleCountTokens = handleCount(readCountTokensCall, (inputTokens) => ({ input_tokens: inputTokens }));

/** `POST /v1/responses/input_tokens`: the same of a response, with all that it builds on. */
export const handleInputTokens = handleCount(readInputTokensCall, (inputTokens) => ({
  object: 'response.input_tokens',
  input_tokens: inputTokens,
}));

type ReadCall = (body: Uint8Array) => AnyCall;
type Told = (inputTokens: number) => object;

function handleCount(read: ReadCall, told: Told): (request: Request, exchange: Exchange) => Promise<Response> {
  return (request, exchange) => countAnswered(request, exchange, read, told);
}

function countAnswered(request: Request, exchange: Exchange, read: ReadCall, told: Told): Promise<Response> {
  const clock = new CallClock();
  const answered = Promise.withResolvers<void>();
  const client = clientSignal(request, exchange.env, clock, answered.promise);
  const answer = count(request, exchange, { read, told, client, clock }).finally(() => {
    clock.stop();
    answered.resolve();
  });
  // What was admitted is settled, whether or not its client is still there.
  exchange.ctx.waitUntil(answer.catch(() => undefined));
  return answer;
}

interface Counting {
  readonly read: ReadCall;
  readonly told: Told;
  readonly client: AbortSignal;
  readonly clock: CallClock;
}

async function count(request: Request, exchange: Exchange, { read, told, client, clock }: Counting): Promise<Response> {
  const caller = await callerOf(request, exchange.env);
  const asked = read(await readBody(request, bodyBytesMax));
  const options = readCallOptions(request.headers, asked);
  const account = new AccountClient(exchange.env, caller.accountId, clock);
  const call = await callToCount(asked, caller, account, exchange.requestId);
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
  const signals = { client, ...deadlineOf(exchange.startedMs, options.timeoutMs), clock };
  const admitted = await admitCall(input, account, exchange, signals);
  try {
    const inputTokens = await countedBy(admitted, input, exchange);
    const headers = countHeaders(admitted, call.protocol, exchange.startedAtMs);
    return jsonResponse(told(inputTokens), { headers });
  } finally {
    await account.settle(settlementOfCount(input, admitted, beginProgress(admitted), exchange));
  }
}

async function countedBy({ prepared }: AdmittedCall, input: CallInput, exchange: Exchange): Promise<number> {
  const [{ attempt, call }] = prepared.attempts;
  const told = call.protocol === 'messages' ? await countAtProvider(call, attempt, exchange, input) : undefined;
  return told ?? estimateTokens(call);
}
