import type { ClientRequest } from '../../providers/forwarded.ts';
import type { WireName } from '../../protocols/wire-call.ts';

export interface Asking {
  readonly call: { readonly wire: WireName };
  readonly request: Request;
}

/** What a client sent beside its body. */
export function clientRequestOf({ call, request }: Asking): ClientRequest {
  // The platform has parsed the URL already.
  const start = request.url.indexOf('?');
  return { wire: call.wire, query: start < 0 ? '' : request.url.slice(start), headers: request.headers };
}
