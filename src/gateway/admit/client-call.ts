import type { Catalog } from '../../catalog/schema.ts';
import type { Idempotency } from '../../core/account/protocol.ts';
import type { AnyCall } from '../../protocols/protocols.ts';
import type { ClientRequest } from '../../providers/forwarded.ts';
import type { RouterHealth } from '../health/router-health.ts';
import type { AccountClient } from '../request/account-client.ts';
import type { CallOptions } from '../request/call-options.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { Caller } from '../request/caller.ts';
import type { Incoming } from '../request/incoming.ts';
import type { Conversation } from '../request/resolve-conversation.ts';

/** A call as its client makes it, and what it takes to serve it. */
export interface ClientCall {
  readonly incoming: Incoming;
  readonly request: Request;
  /** What its body asks, with everything in it that it refers to. */
  readonly asked: AnyCall;
  readonly options: CallOptions;
  readonly caller: Caller;
  readonly account: AccountClient;
  readonly catalog: Catalog;
  readonly health: RouterHealth;
  /** What may end it early. */
  readonly signals: Omit<CallSignals, 'fence'>;
  /** What it builds on, if it is a call of the Responses API. */
  readonly conversation?: Conversation | undefined;
  /** The key by which the client marks repeats. */
  readonly idempotency?: Idempotency | undefined;
  /** `count` if the call only asks for its size, which costs nothing; else undefined. */
  readonly purpose?: 'count';
}

/** What the client sent beside its body. */
export function clientRequestOf({ asked, request }: ClientCall): ClientRequest {
  // The platform has parsed the URL already.
  const start = request.url.indexOf('?');
  return { protocol: asked.protocol, query: start < 0 ? '' : request.url.slice(start), headers: request.headers };
}
