import type { ClientRequest } from '../../providers/forwarded.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';

export interface Asking {
  readonly asked: { readonly protocol: ProtocolName };
  readonly request: Request;
}

/** What a client sent beside its body. */
export function clientRequestOf({ asked, request }: Asking): ClientRequest {
  // The platform has parsed the URL already.
  const start = request.url.indexOf('?');
  return { protocol: asked.protocol, query: start < 0 ? '' : request.url.slice(start), headers: request.headers };
}
