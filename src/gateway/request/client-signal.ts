import type { Env } from '../../env.ts';
import { clientLookMs } from '../../limits.ts';
import type { CallClock } from './call-clock.ts';
import { PlainSignal } from './plain-signal.ts';

/**
 * Calls whose answer has not begun, by the address of their client. Only where the runtime needs help to notice that a
 * client has left: see `ClientWatch`.
 */
const unanswered = new Map<string, () => void>();

/**
 * A signal that aborts when the client has left. workerd notices when a connection is reset. It does not notice a
 * closed connection before it writes, and it writes nothing before the answer begins. Until then `npm start` looks.
 */
export function clientSignal(request: Request, env: Env, clock: CallClock, answer: Promise<unknown>): PlainSignal {
  const departure = new PlainSignal();
  const { signal } = request;
  if (signal.aborted) departure.abort();
  else signal.addEventListener('abort', () => departure.abort());
  if (env.CLIENT_WATCH_KEY === undefined) return departure;
  // The news comes in another request, which has another context. A promise continues in the context of whoever waits
  // for it.
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
  return departure;
}

/**
 * These clients have closed their connections. One that nobody waits for was answered, or its call has only just begun.
 */
export function closedClients(clients: readonly string[]): void {
  for (const client of clients) {
    const address = asAddress(client);
    if (address !== undefined) unanswered.get(address)?.();
  }
}

/** An IP address and a port, in normal form. */
function asAddress(text: unknown): string | undefined {
  return typeof text === 'string' ? URL.parse(`http://${text}`)?.host : undefined;
}
