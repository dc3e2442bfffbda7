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
import type { Signal } from '../gateway/request/plain-signal.ts';
import { readCallOptions } from '../gateway/request/call-options.ts';
import { callerOf } from '../gateway/request/caller.ts';
import { clientSignal } from '../gateway/request/client-signal.ts';
import { estimateTokens } from '../gateway/bound/count-text.ts';
import { deadlineOf } from '../gateway/request/call-signals.ts';
import type { Incoming } from '../gateway/request/incoming.ts';
import { routerHealth } from '../gateway/health/isolate-health.ts';
import { beginProgress } from '../gateway/attempt/served-call.ts';
import { countAtProvider } from '../gateway/admit/provider-count.ts';
import { callToCount } from '../gateway/request/resolve-conversation.ts';
import { settlementOfCount } from '../gateway/settle/settlement.ts';
import type { AnyCall } from '../protocols/protocols.ts';

/**
 * `POST /v1/messages/count_tokens`: how large a message is, by its provider's own count where that is free. It counts
 * as a request, and costs no more.
 */
export const handleCountTokens = handleCount(readCountTokensCall, (inputTokens) => ({ input_tokens: inputTokens }));

/** `POST /v1/responses/input_tokens`: the same for a response, with all that it builds on. */
export const handleInputTokens = handleCount(readInputTokensCall, (inputTokens) => ({
  object: 'response.input_tokens',
  input_tokens: inputTokens,
}));

type ReadCall = (body: Uint8Array) => AnyCall;
type Told = (inputTokens: number) => object;

function handleCount(read: ReadCall, told: Told): (request: Request, incoming: Incoming) => Promise<Response> {
  return (request, incoming) => {
    const clock = new CallClock();
    const answered = Promise.withResolvers<void>();
    const client = clientSignal(request, incoming.env, clock, answered.promise);
    const answer = count(request, incoming, read, told, client, clock).finally(() => {
      clock.stop();
      answered.resolve();
    });
    // An admitted call is settled, whether or not its client is still there.
    incoming.ctx.waitUntil(answer.catch(() => undefined));
    return answer;
  };
}

async function count(
  request: Request,
  incoming: Incoming,
  read: ReadCall,
  told: Told,
  client: Signal,
  clock: CallClock,
): Promise<Response> {
  const caller = await callerOf(request, incoming.env);
  const said = read(await readBody(request, bodyBytesMax));
  const options = readCallOptions(request.headers, said);
  const account = new AccountClient(incoming.env, caller.accountId, clock);
  const asked = await callToCount(said, caller, account, incoming.requestId);
  const catalog = await readCatalog(incoming.env, (task) => incoming.ctx.waitUntil(task));
  const health = routerHealth(incoming, catalog);
  const signals = { client, ...deadlineOf(incoming.startedMs, options.timeoutMs), clock };
  const known = { incoming, request, options, caller, account, catalog, health };
  const admitted = await admitCall({ ...known, asked, signals, purpose: 'count' });
  try {
    return jsonResponse(told(await countedBy(admitted)), { headers: countHeaders(admitted) });
  } finally {
    await account.settle(settlementOfCount(admitted, beginProgress(admitted))).reply;
  }
}

async function countedBy({ prepared, call }: AdmittedCall): Promise<number> {
  const [{ attempt, call: sent }] = prepared.attempts;
  const told = sent.protocol === 'messages' ? await countAtProvider(sent, attempt, call) : undefined;
  return told ?? estimateTokens(sent);
}
