import { GatewayError } from './errors.ts';
import { joinBytes } from '../join-bytes.ts';

/** The bytes of a request. Refuses the body as soon as it is known to be too large. */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new GatewayError('invalid_request', 'The body is compressed: send it without a content-encoding.');
  }
  if (Number(request.headers.get('content-length')) > bytesMax) throw requestTooLarge(bytesMax);
  if (request.bodyUsed) throw new Error('the body of a request was read before');
  try {
    return await readBounded(request, bytesMax, requestTooLarge);
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

function requestTooLarge(bytesMax: number): GatewayError {
  return new GatewayError('request_too_large', `The body is larger than ${bytesMax} bytes.`);
}

/** The one reader of whole bodies. It reads no more than `bytesMax`, and throws `tooLarge` where there is more. */
export async function readBounded(
  message: Request | Response,
  bytesMax: number,
  tooLarge: (bytesMax: number) => Error = answerTooLarge,
): Promise<Uint8Array> {
  // The platform reads a body faster than we can, and holds the sender to the length that it announced. To look at
  // `body` would make a stream of it first.
  if (announcedBytes(message.headers) <= bytesMax) return new Uint8Array(await message.arrayBuffer());
  const { body } = message;
  if (body === null) return new Uint8Array(0);
  // The body of a request or a response is made of bytes.
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  return readOn(reader, await reader.read(), bytesMax, tooLarge);
}

/** As `readBounded`, of a body whose first part has been read. */
export async function readOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: ReadableStreamReadResult<Uint8Array>,
  bytesMax: number,
  tooLarge: (bytesMax: number) => Error = answerTooLarge,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = first; !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > bytesMax) {
      // A body that has failed by now can't be cancelled, and is too large all the same.
      await reader.cancel().catch(() => undefined);
      throw tooLarge(bytesMax);
    }
    chunks.push(read.value);
  }
  return joinBytes(chunks);
}

function answerTooLarge(bytesMax: number): GatewayError {
  const message = `The provider answered more than ${bytesMax} bytes.`;
  return new GatewayError('provider_error', message, { shouldRetry: false });
}

/** Infinite where it is not known: a compressed body grows beyond the announced length. */
function announcedBytes(headers: Headers): number {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? Number.POSITIVE_INFINITY : Number(length);
}
