/**
 * How `fetch` gets the body of a request, and what is known of it if no answer comes. The runtime's error is the same
 * for a refused connection and for one that broke when the provider already had the request.
 */
export interface Delivery {
  bodyOf(bytes: Uint8Array): Uint8Array | ReadableStream;
  /** Whether the server may have the whole request. True where that is not known. */
  readonly mayHaveArrived: boolean;
}

/** The runtime copies the bytes by itself. That is by far the fastest, and tells nothing. */
export const blindDelivery: Delivery = { bodyOf: (bytes) => bytes, mayHaveArrived: true };

/**
 * It offers the last byte separately. The runtime takes that byte only after the others have gone to a connection that
 * exists. A server without the last byte does not have the request, and can't have begun to answer it.
 */
export class WatchedDelivery implements Delivery {
  /** True until `bodyOf` is called: a body that is sent in another way is not watched. */
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
    // If they fail, `fetch` fails, too.
    Promise.all(writes).catch(() => undefined);
    return readable;
  }
}
