import { heartbeatMs as standardHeartbeatMs, lastWordsMs as standardLastWordsMs } from '../limits.ts';
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
  readonly #lastWordsMs: number;
  #isWriting = false;
  #isClosed = false;
  #callOffAbandon: (() => void) | undefined;

  constructor(
    upstream: Upstream,
    heartbeatMs: number = standardHeartbeatMs,
    lastWordsMs: number = standardLastWordsMs,
  ) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
    this.#upstream = upstream;
    this.#lastWordsMs = lastWordsMs;
    this.#heartbeat = new SilenceTimer(upstream.clock, heartbeatMs, () => {
      if (!this.#isWriting) void this.write(sseComment('keep-alive'));
    });
    upstream.onChange(() => this.#onChange());
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
      const isOurDoing = this.isClosed;
      this.abandon();
      if (!isOurDoing) this.#upstream.clientLeft();
    } finally {
      this.#isWriting = false;
      this.#heartbeat.heard();
    }
  }

  /** Ends the stream as one that is complete, or says in itself why it isn't. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#setClosed();
    try {
      await this.#writer.close();
    } catch {
      // The client has left with everything but the end.
    }
  }

  /** Ends the stream so that nobody takes it for complete. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#setClosed();
    this.#writer.abort(new Error('the stream was ended')).catch(() => {});
  }

  /** A client that neither takes its bytes nor goes away must not keep a call from its end. */
  #onChange(): void {
    if (this.#isClosed) return;
    const { hasClientLeft, interruption } = this.#upstream;
    if (hasClientLeft) {
      if (this.#isWriting) this.abandon();
    } else if (interruption === 'fenced' || interruption === 'timed-out') {
      this.#callOffAbandon ??= this.#upstream.clock.after(this.#lastWordsMs, () => this.abandon());
    }
  }

  #setClosed(): void {
    this.#isClosed = true;
    this.#heartbeat.stop();
    this.#callOffAbandon?.();
  }
}
