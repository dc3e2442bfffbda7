import { keptAnswerBytesMax } from '../limits.ts';
import { joinBytes } from './join-bytes.ts';

/**
 * Keeps what a client is given, piece by piece, for whoever repeats its call. It holds on to the very bytes that are on
 * their way anyway; of an answer that grows too large it keeps nothing.
 */
export class AnswerKeeper {
  #parts: Uint8Array[] | undefined = [];
  #bytes = 0;
  #isFinished = false;

  add(bytes: Uint8Array): void {
    if (this.#parts === undefined || this.#isFinished) return;
    this.#bytes += bytes.length;
    if (this.#bytes > keptAnswerBytesMax) this.#parts = undefined;
    else this.#parts.push(bytes);
  }

  /** The answer has come to its end. What is added later was for nobody. */
  finish(): void {
    this.#isFinished = true;
  }

  /** All of it, in memory of its own; undefined where it has no end, or is too large. */
  get whole(): Uint8Array | undefined {
    if (!this.#isFinished || this.#parts === undefined) return undefined;
    return ownMemory(joinBytes(this.#parts));
  }
}

/** What is sent to an actor goes with all the memory that it lies in. */
export function ownMemory(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
