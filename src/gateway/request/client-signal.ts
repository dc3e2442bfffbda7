import type { Env } from '../../env.ts';
import { clientLookMs } from '../../limits.ts';
import type { CallClock } from './call-clock.ts';

/**
 * Calls that wait for the beginning of their answer, by the address of their client. Only where the runtime has help
 * in noticing that a client has left: see `ClientWatch`.
 */
const unanswered = new Map<string, () => void>();

/**
 * Is aborted when the client has left. workerd says so when a connection is reset. It doesn't notice one that is
 * closed before it writes to it, and before an answer begins nothing is written; until then `npm start` looks.
 */
export function clientSignal(request: Request, env: Env, clock: CallClock, answer: Promise<unknown>): AbortSignal {
  if (env.CLIENT_WATCH_KEY === undefined) return request.signal;
  const departure = new AbortController();
  // It is told in another request, whose context isn't this call's. A promise comes home to the one that waits for it.
  const closed = Promise.withResolvers<void>();
  void closed.promise.then(() => departure.abort());
  let client: string | undefined;
  // Most calls are answered before anybody looks.
  const callOff = clock.after(clientLookMs, () => {
    client = asAddress(request.cf?.['clientIp']);
    if (client !== undefined) unanswered.set(client, closed.resolve);
  });
  const stop = (): void => {
    callOff();
    if (client !== undefined && unanswered.get(client) === closed.resolve) unanswered.delete(client);
  };
  void answer.then(stop, stop);
  return AbortSignal.any([request.signal, departure.signal]);
}

/** These clients have closed their connections. Whose call isn't known has been answered, or has only begun. */
export function closedClients(clients: readonly string[]): void {
  for (const client of clients) {
    const address = asAddress(client);
    if (address !== undefined) unanswered.get(address)?.();
  }
}

/** An IP address and a port, in the one way to write them. */
function asAddress(text: unknown): string | undefined {
  return typeof text === 'string' ? URL.parse(`http://${text}`)?.host : undefined;
}
