import { GatewayError } from './errors.ts';
import { joinBytes } from '../join-bytes.ts';

/** Reads a body to its end, but no more of it than `bytesMax`. */
export async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  // The platform reads a body faster than we can, and holds the server to the length that it announced. To look at
  // `body` would make a stream of it first.
  if (announcedBytes(response.headers) <= bytesMax) return new Uint8Array(await response.arrayBuffer());
  const { body } = response;
  if (body === null) return new Uint8Array(0);
  // The body of a request or a response is made of bytes.
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  return readOn(reader, await reader.read(), bytesMax);
}

/** As `readBounded`, of a body whose first part has been read. */
export async function readOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: ReadableStreamReadResult<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = first; !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > bytesMax) {
      await reader.cancel();
      const message = `The provider answered more than ${bytesMax} bytes.`;
      throw new GatewayError('provider_error', message, { shouldRetry: false });
    }
    chunks.push(read.value);
  }
  return joinBytes(chunks);
}

/** Infinite where it is not known: what was compressed for the way is longer than was announced. */
function announcedBytes(headers: Headers): number {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? Number.POSITIVE_INFINITY : Number(length);
}
