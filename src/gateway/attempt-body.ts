import { GatewayError } from '../http/errors.ts';

/** A request's body that knows whether the provider can have had all of it. */
export interface TrackedBody {
  readonly stream: ReadableStream;
  /** False only if the last byte was never taken: then no provider has a complete request to answer, or to bill. */
  readonly wasSent: () => boolean;
}

/**
 * The runtime says of a refused connection just what it says of one that broke later. So the last byte is offered apart:
 * it is taken only when the bytes before it have gone to a connection that exists.
 */
export function trackBody(bytes: Uint8Array): TrackedBody {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  let sent = false;
  void write();
  return { stream: readable, wasSent: () => sent };

  async function write(): Promise<void> {
    const writer = writable.getWriter();
    const lastByte = bytes.length - 1;
    const noteLast = () => {
      sent = true;
    };
    try {
      // Not one after the other: the queue keeps their order, and turns of the event loop are saved.
      await Promise.all([
        writer.write(bytes.subarray(0, lastByte)),
        writer.write(bytes.subarray(lastByte)).then(noteLast),
        writer.close(),
      ]);
    } catch {
      // The call has failed, and says so itself.
    }
  }
}

/** Reads a body to its end, but no more of it than `bytesMax`. */
export async function readBounded(body: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax)
      throw new GatewayError('provider_error', `The provider answered more than ${bytesMax} bytes.`);
    chunks.push(chunk);
  }
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
