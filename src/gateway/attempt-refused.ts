import type { ProviderEndpoint } from '../catalog/schema.ts';
import { refusedWithinMs } from '../limits.ts';

/**
 * Whether a call that failed after `elapsedMs` can't have reached its provider. The runtime says of a refused
 * connection just what it says of one that broke when the provider had the request, and may have begun to bill it. So
 * the server is asked again, for nothing, in a way that tells the two apart: a refusal is immediate, and does not
 * pass in a second.
 */
export async function wasRefused(endpoint: ProviderEndpoint | undefined, elapsedMs: number): Promise<boolean> {
  if (endpoint === undefined || elapsedMs > refusedWithinMs) return false;
  const body = trackBody(new TextEncoder().encode('{}'));
  try {
    const signal = AbortSignal.timeout(refusedWithinMs);
    const init: RequestInit = { method: 'POST', body: body.stream, redirect: 'manual', signal };
    const response = await fetch(new URL('/', endpoint.baseUrl).href, init);
    await response.body?.cancel();
  } catch {
    // Whether it was refused, or broken off, is for the body to say.
  }
  return !body.wasTaken();
}

interface TrackedBody {
  readonly stream: ReadableStream;
  readonly wasTaken: () => boolean;
}

/** The last byte is offered apart: it is taken only when the bytes before it have gone to a connection that exists. */
function trackBody(bytes: Uint8Array): TrackedBody {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  const writer = writable.getWriter();
  const lastByte = bytes.length - 1;
  let isTaken = false;
  const noteLast = () => {
    isTaken = true;
  };
  const writes = [
    writer.write(bytes.subarray(0, lastByte)),
    writer.write(bytes.subarray(lastByte)).then(noteLast),
    writer.close(),
  ];
  Promise.all(writes).catch(() => {});
  return { stream: readable, wasTaken: () => isTaken };
}
