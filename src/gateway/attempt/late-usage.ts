import type { SseScanner } from '../../protocols/sse.ts';
import type { StreamReader } from '../../protocols/stream-reader.ts';
import type { Upstream } from './upstream.ts';

/**
 * Some providers say what a failed answer used only after they have said that it failed, as OpenAI's `error` comes
 * before its `response.failed`. This listens for a while. None of it goes to the client.
 */
export async function readLateUsage(
  { upstream, reader }: { readonly upstream: Upstream; readonly reader: ReadableStreamDefaultReader<Uint8Array> },
  scanner: SseScanner,
  stream: StreamReader,
  waitMs: number,
): Promise<void> {
  upstream.after(waitMs, 'finished');
  try {
    while (stream.finalUsage === undefined && upstream.interruption === undefined) {
      const { done, value } = await reader.read();
      const block = done ? scanner.end() : scanner.push(value);
      for (const { data } of block?.events ?? []) stream.read(data);
      if (done) return;
    }
  } catch {
    // The provider has said the worst already. What it did not say is estimated.
  }
}
