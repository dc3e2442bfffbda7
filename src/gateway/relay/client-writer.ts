import { heartbeatMs as standardHeartbeatMs, lastWordsMs as standardLastWordsMs } from '../../limits.ts';
import type { AnswerKeeper } from './kept-answer.ts';
import { sseComment } from '../../protocols/sse.ts';
import type { Upstream } from '../attempt/upstream.ts';
import { joinBytes } from '../../join-bytes.ts';
import { SilenceTimer } from './silence.ts';

/**
 * The client's side of a stream. A write waits until the client takes it, so nothing piles up here. A failed write
 * means that the client has left. Only a write shows that, so a silent stream gets a comment now and then.
 */
export class ClientWriter {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #upstream: Upstream;
  readonly #heartbeat: SilenceTimer;
  readonly #lastWordsMs: number;
  readonly #keeper: AnswerKeeper | undefined;
  /** Bytes to be written together: each write costs more than what is in it. */
  #waiting: Uint8Array[] = [];
  #isWriting = false;
  #isClosed = false;
  #isGivenUp = false;
  #isLastAwaited = false;
  #callOffGiveUp: (() => void) | undefined;

  constructor(
    upstream: Upstream,
    heartbeatMs: number = standardHeartbeatMs,
    lastWordsMs: number = standardLastWordsMs,
    keeper?: AnswerKeeper,
  ) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
    this.#upstream = upstream;
    this.#lastWordsMs = lastWordsMs;
    this.#keeper = keeper;
    this.#heartbeat = new SilenceTimer(upstream.clock, heartbeatMs, () => {
      if (this.#isWriting) return;
      this.#write(sseComment('keep-alive'));
      void this.flush();
    });
    upstream.onChange(() => this.#onChange());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the client was there, but did not take what it was sent. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Adds bytes for the next write, and for whoever repeats the call, even if this client is gone. */
  add(bytes: Uint8Array): void {
    this.#keeper?.add(bytes);
    this.#write(bytes);
  }

  /** As `add`, for the last bytes. */
  addLast(bytes: Uint8Array): void {
    this.add(bytes);
    this.#keeper?.finish();
  }

  /**
   * As `addLast`, where the last bytes depend on whether the response is kept. Whoever repeats the call learns that
   * with the settlement. No time limit of the client runs meanwhile: it has all of its answer but this.
   */
  async addLastWhen(isKept: Promise<boolean>, kept: Uint8Array, unkept: Uint8Array): Promise<void> {
    this.#keeper?.finishWith(kept, unkept);
    this.#isLastAwaited = true;
    const last = (await isKept) ? kept : unkept;
    this.#isLastAwaited = false;
    this.#write(last);
    this.#onChange();
  }

  #write(bytes: Uint8Array): void {
    if (!this.#isClosed && bytes.length > 0) this.#waiting.push(bytes);
  }

  /** Writes what was added. Does nothing once the stream is closed or the client has left. Never throws. */
  async flush(): Promise<void> {
    const bytes = this.#take();
    if (bytes === undefined) return;
    await this.#written(this.#writer.write(bytes));
  }

  /**
   * Writes what was added and ends the stream as complete, or as one that says itself why it isn't. Returns whether the
   * client has taken all of it.
   */
  async close(): Promise<boolean> {
    const bytes = this.#take();
    if (this.#isClosed) return false;
    const writing = bytes === undefined ? Promise.resolve() : this.#writer.write(bytes);
    const closing = this.#writer.close().catch(() => {
      // The client has left, perhaps with everything but the end.
    });
    const isTaken = await this.#written(writing);
    if (isTaken) this.#setClosed();
    await closing;
    return isTaken;
  }

  /** Ends the stream so that nobody takes it for complete. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#setClosed();
    this.#writer.abort(new Error('the stream was ended')).catch(() => {});
  }

  #take(): Uint8Array | undefined {
    if (this.#upstream.hasClientLeft) this.abandon();
    if (this.#isClosed) return undefined;
    const bytes = this.#waiting.length === 0 ? undefined : joinBytes(this.#waiting);
    this.#waiting = [];
    return bytes;
  }

  async #written(writing: Promise<unknown>): Promise<boolean> {
    this.#isWriting = true;
    try {
      await writing;
      return true;
    } catch {
      const isOurDoing = this.isClosed;
      this.abandon();
      if (!isOurDoing) this.#upstream.clientLeft();
      return false;
    } finally {
      this.#isWriting = false;
      this.#heartbeat.heard();
    }
  }

  /** A client that neither takes its bytes nor leaves must not keep a call from ending. */
  #onChange(): void {
    if (this.#isClosed) return;
    const { hasClientLeft, isOverdue, interruption } = this.#upstream;
    if (hasClientLeft) {
      if (this.#isWriting) this.abandon();
    } else if (!this.#isLastAwaited && (isOverdue || interruption === 'fenced')) {
      this.#callOffGiveUp ??= this.#upstream.clock.after(this.#lastWordsMs, () => {
        this.#isGivenUp = true;
        this.abandon();
      });
    }
  }

  #setClosed(): void {
    this.#isClosed = true;
    this.#heartbeat.stop();
    this.#callOffGiveUp?.();
  }
}
