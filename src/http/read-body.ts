import { readBounded } from './bounded-body.ts';
import { GatewayError } from './errors.ts';

/** The bytes of a request. Refuses the body as soon as it is known to be too large. */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new GatewayError('invalid_request', 'The body is compressed: send it without a content-encoding.');
  }
  if (Number(request.headers.get('content-length')) > bytesMax) throw tooLarge(bytesMax);
  if (request.bodyUsed) throw new Error('the body of a request was read before');
  try {
    return await readBounded(request, bytesMax, tooLarge);
  } catch (thrown) {
    throw thrown instanceof GatewayError ? thrown : brokenOff(request, thrown);
  }
}

/**
 * Why a body can't be read to its end: only its client can be the cause. Only the platform's words tell whether the
 * client has left or has sent a broken body.
 */
function brokenOff({ signal }: Request, cause: unknown): GatewayError {
  const hasLeft = signal.aborted || /connection lost|disconnect|abort/i.test(String(cause));
  return hasLeft
    ? new GatewayError('client_left', 'The client left before it had sent its request.', { cause })
    : new GatewayError('invalid_request', 'The body breaks off, or its transfer encoding is wrong.', { cause });
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('request_too_large', `The body is larger than ${bytesMax} bytes.`);
}
