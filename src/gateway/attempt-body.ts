import { GatewayError } from '../http/errors.ts';

/** Reads a body to its end, but no more of it than `bytesMax`. */
export async function readBounded(body: ReadableStream | null, bytesMax: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  // The body of a request or a response is made of bytes.
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, length);
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel();
      const message = `The provider answered more than ${bytesMax} bytes.`;
      throw new GatewayError('provider_error', message, { shouldRetry: false });
    }
    chunks.push(value);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
