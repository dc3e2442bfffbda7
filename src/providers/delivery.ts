/**
 * How the body of a request is handed to `fetch`, and what can be said of it when no answer came. The runtime says of a
 * refused connection just what it says of one that broke when the provider had the request.
 */
export interface Delivery {
  bodyOf(bytes: Uint8Array): Uint8Array | ReadableStream;
  /** Whether the server can have had the whole request. Where that is not known, it is true. */
  readonly mayHaveArrived: boolean;
}

/** The runtime copies the bytes by itself, which is by far the fastest, and tells nothing. */
export const blindDelivery: Delivery = { bodyOf: (bytes) => bytes, mayHaveArrived: true };

/**
 * The last byte is offered apart: it is taken only when the bytes before it have gone to a connection that exists. A
 * server that has not had it has not had the request, and can't have begun to answer it.
 */
export class WatchedDelivery implements Delivery {
  /** What is sent in another way than by `bodyOf` is not watched. */
  #mayHaveArrived = true;

  get mayHaveArrived(): boolean {
    return this.#mayHaveArrived;
  }

  bodyOf(bytes: Uint8Array): ReadableStream {
    const { readable, writable } = new FixedLengthStream(bytes.length);
    const writer = writable.getWriter();
    const lastByte = bytes.length - 1;
    this.#mayHaveArrived = false;
    const noteLast = (): void => {
      this.#mayHaveArrived = true;
    };
    const writes = [
      writer.write(bytes.subarray(0, lastByte)),
      writer.write(bytes.subarray(lastByte)).then(noteLast),
      writer.close(),
    ];
    // That they fail is told by `fetch`.
    Promise.all(writes).catch(() => undefined);
    return readable;
  }
}
