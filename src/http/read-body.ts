import { GatewayError } from './errors.ts';

/** The bytes of a request, refused as soon as they are known to be too many. */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new GatewayError('invalid_request', 'The body is compressed: send it without a content-encoding.');
  }
  const announced = request.headers.get('content-length');
  if (announced !== null && Number(announced) > bytesMax) throw tooLarge(bytesMax);
  if (request.bodyUsed) throw new Error('the body of a request was read before');
  try {
    // The platform holds a client to the length that it announced.
    if (announced !== null) return new Uint8Array(await request.arrayBuffer());
    return request.body === null ? new Uint8Array() : await readChunks(request.body, bytesMax);
  } catch (thrown) {
    throw thrown instanceof GatewayError ? thrown : brokenOff(request, thrown);
  }
}

async function readChunks(body: ReadableStream, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A body is bytes; the type of the platform says that it is anything.
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    length += chunk.byteLength;
    if (length > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/**
 * What a body is that can't be read to its end: only its client can be the cause. The platform tells by its words alone
 * whether the client has left or has sent what is no body.
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
