import { GatewayError } from '../../http/errors.ts';
import { sha256Hex } from '../../identity/sha256.ts';
import { idempotencyKeyCharsMax, keptAnswerBytesMax } from '../../limits.ts';
import type { Policy } from '../../core/account/policy.ts';
import type { Idempotency, IdempotencyReply, ReplayReply } from '../../core/account/protocol.ts';

const header = 'idempotency-key';
const printable = /^[\x20-\x7e]+$/;

/** The key that the client sent, with a hash that tells whether a repeat is one. Undefined if it sent none. */
export async function readIdempotency(request: Request, body: Uint8Array): Promise<Idempotency | undefined> {
  const key = request.headers.get(header);
  if (key === null) return undefined;
  if (key.length > idempotencyKeyCharsMax || !printable.test(key)) {
    const message =
      `The header ${header} must be of 1 to ${idempotencyKeyCharsMax} printable ASCII characters. ` +
      'Send a key such as a UUID, or none.';
    throw new GatewayError('invalid_request', message, { param: header });
  }
  // The query goes to the provider like the body: another query makes another request.
  const { search } = new URL(request.url);
  const bodyHash = await sha256Hex(body);
  return { key, bodyHash: search === '' ? bodyHash : await sha256Hex(`${search} ${bodyHash}`) };
}

/** Whether the answer of a call is kept for those who repeat it. */
export function isKept(idempotency: Idempotency | undefined, policy: Policy): boolean {
  return idempotency !== undefined && policy.idempotency !== 'charge-only';
}

/** The answer to a client that repeats a call: the same as the first time, and nothing new is counted. */
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
