import { heartbeatMs as standardHeartbeatMs } from '../limits.ts';
import { sseComment } from '../openai/sse.ts';
import type { Upstream } from './attempt-upstream.ts';
import { SilenceTimer } from './relay-silence.ts';

/**
 * The client's side of a stream. A write waits until the client takes it, so that nothing piles up here. One that fails
 * means that the client has left, which is noticed at a write only: so a silent stream gets a comment now and then.
 */
export class ClientWriter {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #upstream: Upstream;
  readonly #heartbeat: SilenceTimer;
  #isWriting = false;
  #isClosed = false;

  constructor(upstream: Upstream, heartbeatMs: number = standardHeartbeatMs) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
    this.#upstream = upstream;
    this.#heartbeat = new SilenceTimer(heartbeatMs, () => {
      if (!this.#isWriting) void this.write(sseComment('keep-alive'));
    });
    // A client that neither takes its bytes nor goes away must not keep the call from its end.
    upstream.onChange(() => {
      if (this.#isWriting) this.abandon();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Does nothing once the stream was closed or the client has left. Never throws. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed || bytes.length === 0) return;
    if (this.#upstream.hasClientLeft) return this.abandon();
    this.#isWriting = true;
    try {
      await this.#writer.write(bytes);
    } catch {
      this.abandon();
      this.#upstream.clientLeft();
    } finally {
      this.#isWriting = false;
      this.#heartbeat.heard();
    }
  }

  /** Ends the stream as one that is complete, or says in itself why it isn't. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#heartbeat.stop();
    try {
      await this.#writer.close();
    } catch {
      // The client has left with everything but the end.
    }
  }

  /** Ends the stream so that nobody takes it for complete. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#heartbeat.stop();
    this.#writer.abort(new Error('the stream was ended')).catch(() => {});
  }
}
