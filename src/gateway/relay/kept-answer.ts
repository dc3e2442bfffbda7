import { errorResponse, errorShapeOf } from '../../http/error-response.ts';
import { GatewayError } from '../../http/errors.ts';
import { keptAnswerBytesMax } from '../../limits.ts';
import type { KeptAnswer } from '../../core/account/claim.ts';
import { type AnswerKeeper, ownMemory } from './answer-keeper.ts';

/** What is kept of an answer for those who repeat the call. */

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
