import type { ClientRequest } from '../../providers/forwarded.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';

export interface Asking {
  readonly call: { readonly protocol: ProtocolName };
  readonly request: Request;
}

/** What a client sent beside its body. */
export function clientRequestOf({ call, request }: Asking): ClientRequest {
  // The platform has parsed the URL already.
  const start = request.url.indexOf('?');
  return { protocol: call.protocol, query: start < 0 ? '' : request.url.slice(start), headers: request.headers };
}
