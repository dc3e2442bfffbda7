import { errorResponse, errorShapeOf } from '../../http/error-response.ts';
import { GatewayError } from '../../http/errors.ts';
import { joinBytes } from '../../join-bytes.ts';
import { keptAnswerBytesMax } from '../../limits.ts';
import type { KeptAnswer } from '../../core/account/claim.ts';

/** What is kept of an answer for those who repeat the call. */

export function keptWhole(status: number, contentType: string, body: Uint8Array): KeptAnswer | undefined {
  return body.length > keptAnswerBytesMax ? undefined : { status, contentType, body: ownMemory(body) };
}

export function keptStream(status: number, keeper: AnswerKeeper | undefined): KeptAnswer | undefined {
  const body = keeper?.whole;
  return body && { status, contentType: streamType, body };
}

/** What a client is told about a failure. One that has left is told nothing. */
export async function keptFailure(
  thrown: unknown,
  request: Request,
  requestId: string,
): Promise<KeptAnswer | undefined> {
  if (thrown instanceof GatewayError && thrown.code === 'client_left') return undefined;
  const response = errorResponse(thrown, requestId, errorShapeOf(request));
  const body = new Uint8Array(await response.arrayBuffer());
  return keptWhole(response.status, response.headers.get('content-type') ?? 'application/json', body);
}

export const streamType = 'text/event-stream; charset=utf-8';

/**
 * Keeps what a client gets, piece by piece, for whoever repeats its call. It holds on to the very bytes that are on
 * their way anyway. If the answer grows too large it keeps nothing.
 */
export class AnswerKeeper {
  #parts: Uint8Array[] | undefined = [];
  #bytes = 0;
  #isFinished = false;
  #storeAt: number | undefined;

  add(bytes: Uint8Array): void {
    if (this.#parts === undefined || this.#isFinished) return;
    this.#bytes += bytes.length;
    if (this.#bytes > keptAnswerBytesMax) this.#parts = undefined;
    else this.#parts.push(bytes);
  }

  /**
   * Adds the end of an answer that says whether its response is kept, in both versions. It keeps the first, and the
   * place where they differ.
   */
  finishWith(kept: Uint8Array, unkept: Uint8Array): void {
    this.#storeAt = this.#bytes + firstDifference(kept, unkept);
    this.add(kept);
    this.finish();
  }

  /** Where in the answer `true` stands, if its response is kept; undefined if it does not say so. */
  get storeAt(): number | undefined {
    return this.#storeAt;
  }

  /** The answer is complete. What is added later was for nobody. */
  finish(): void {
    this.#isFinished = true;
  }

  /** The whole answer, in memory of its own; undefined if it has no end, or is too large. */
  get whole(): Uint8Array | undefined {
    if (!this.#isFinished || this.#parts === undefined) return undefined;
    return ownMemory(joinBytes(this.#parts));
  }
}

export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  return one.findIndex((byte, index) => byte !== other[index]);
}

/** Bytes that are sent to an actor take along all the memory that they lie in. */
export function ownMemory(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
