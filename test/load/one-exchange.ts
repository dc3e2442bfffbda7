/** One request and its result, for a client that may leave in the middle. */

import type { Way } from './call-body.ts';
import { type Seen, seenIn } from './client-answer.ts';
import { ConnectionLost, type HttpConnection, NotConnected } from './http-connection.ts';
import { headerOf } from './response-parser.ts';

export type Exchanged =
  | {
      readonly kind: 'answered';
      readonly seen: Seen;
      readonly head: string;
      readonly body: string;
      readonly elapsedMs: number;
    }
  /** The client left, or the connection was lost. The id is known if the answer had begun. */
  | { readonly kind: 'left' | 'lost'; readonly requestId: string | undefined }
  /** There was nobody to connect to. */
  | { readonly kind: 'unsent' };

export interface Asking {
  readonly way: Way;
  readonly stream: boolean;
  readonly bytes: Buffer;
  /** When the client leaves, if it does. In a stream the time begins with the first byte, else with the request. */
  readonly leaveAfterMs: number | undefined;
}

/** No answer here is this long. */
const bodyCharsMax = 1_000_000;

export async function exchange(connection: HttpConnection, asking: Asking): Promise<Exchanged> {
  const { way, stream, bytes, leaveAfterMs } = asking;
  const parts: string[] = [];
  let chars = 0;
  const departure = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const leaveSoon = (): void => {
    timer ??= setTimeout(() => {
      departure.abort();
      connection.leave();
    }, leaveAfterMs);
  };
  const startedMs = performance.now();
  if (leaveAfterMs !== undefined && !stream) leaveSoon();
  try {
    const answer = await connection.request(bytes, (received) => {
      if (leaveAfterMs !== undefined && stream) leaveSoon();
      if (chars < bodyCharsMax) parts.push(received.toString('latin1'));
      chars += received.length;
    });
    const body = parts.join('');
    const seen = seenIn(way, stream, answer, body);
    return { kind: 'answered', seen, head: answer.head, body, elapsedMs: performance.now() - startedMs };
  } catch (error) {
    if (error instanceof NotConnected) return { kind: 'unsent' };
    if (!(error instanceof ConnectionLost)) throw error;
    const requestId = error.head.startsWith('http/1.1 200') ? headerOf(error.head, 'x-request-id') : undefined;
    return { kind: departure.signal.aborted ? 'left' : 'lost', requestId };
  } finally {
    clearTimeout(timer);
  }
}
