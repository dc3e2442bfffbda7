import { errorResponse, errorShapeOf } from '../http/error-response.ts';
import { GatewayError } from '../http/errors.ts';
import { sha256Hex } from '../identity/sha256.ts';
import { idempotencyKeyCharsMax, keptAnswerBytesMax } from '../limits.ts';
import type { Policy } from '../tenant/policy.ts';
import type { Idempotency, IdempotencyReply, KeptAnswer, ReplayReply } from '../tenant/protocol.ts';
import type { AnswerKeeper } from './answer-keeper.ts';
import { ownMemory } from './answer-keeper.ts';

const header = 'idempotency-key';
const printable = /^[\x20-\x7e]+$/;

/** The key that the client gave, with what says whether a repeat is one; undefined where it gave none. */
export async function readIdempotency(request: Request, body: Uint8Array): Promise<Idempotency | undefined> {
  const key = request.headers.get(header);
  if (key === null) return undefined;
  if (key.length > idempotencyKeyCharsMax || !printable.test(key)) {
    const message =
      `The header ${header} must be of 1 to ${idempotencyKeyCharsMax} printable ASCII characters. ` +
      'Send a key such as a UUID, or none.';
    throw new GatewayError('invalid_request', message, { param: header });
  }
  // The query goes to the provider as the body does: another one is another request.
  const { search } = new URL(request.url);
  const bodyHash = await sha256Hex(body);
  return { key, bodyHash: search === '' ? bodyHash : await sha256Hex(`${search} ${bodyHash}`) };
}

/** Whether the answer of a call is to be kept for those who repeat it. */
export function isKept(idempotency: Idempotency | undefined, policy: Policy): boolean {
  return idempotency !== undefined && policy.idempotency !== 'charge-only';
}

/** What a client is answered that repeats a call: what it was answered then, and nothing new in any count. */
export function replayed({ callName, answer }: ReplayReply): Response {
  const { status, contentType, body } = answer;
  return new Response(body, {
    status,
    headers: {
      'content-type': contentType,
      'idempotent-replayed': 'true',
      'x-gateway-original-request-id': callName,
      'x-gateway-cost-usd': '0.00',
      // The same key gets the same failure, however often it comes.
      ...(status < 400 ? {} : { 'x-should-retry': 'false' }),
    },
  });
}

export function idempotencyError({ problem, callName }: IdempotencyReply): GatewayError {
  const headers = { 'x-gateway-original-request-id': callName };
  switch (problem) {
    case 'in_progress': {
      const message = `The request with this ${header} (${callName}) is still under way. Ask again for its answer.`;
      return new GatewayError('idempotency_in_progress', message, { headers, retryAfterMs: 1000, shouldRetry: true });
    }
    case 'mismatch': {
      const message =
        `This ${header} belongs to another request (${callName}), with another body or query. ` +
        'Send that one again, or take a new key.';
      return new GatewayError('idempotency_mismatch', message, { param: header, headers, shouldRetry: false });
    }
    case 'unreplayable': {
      const message =
        `The request with this ${header} (${callName}) was made and charged, and its answer is not there any more: ` +
        `it was lost, larger than ${keptAnswerBytesMax} bytes, or is not kept by this account's policy. It is not ` +
        'made again under this key: take a new key to have it made and charged anew.';
      return new GatewayError('idempotency_unreplayable', message, { headers, shouldRetry: false });
    }
  }
}

export function keptWhole(status: number, contentType: string, body: Uint8Array): KeptAnswer | undefined {
  return body.length > keptAnswerBytesMax ? undefined : { status, contentType, body: ownMemory(body) };
}

export function keptStream(status: number, keeper: AnswerKeeper | undefined): KeptAnswer | undefined {
  const body = keeper?.whole;
  return body && { status, contentType: streamType, body };
}

/** What a client is told of a failure. One that has left is told nothing. */
export async function keptFailure(
  thrown: unknown,
  request: Request,
  requestId: string,
): Promise<KeptAnswer | undefined> {
  if (thrown instanceof GatewayError && thrown.code === 'client_left') return undefined;
  const response = errorResponse(thrown, requestId, errorShapeOf(request));
  const body = new Uint8Array(await response.arrayBuffer());
  return keptWhole(response.status, response.headers.get('content-type') ?? 'application/json', body);
}

export const streamType = 'text/event-stream; charset=utf-8';
