import type { ClientRequest } from '../providers/forwarded.ts';
import type { CallInput } from './prepare-call.ts';

/** What a client sent beside its body. */
export function clientRequestOf({ call, request }: Pick<CallInput, 'call' | 'request'>): ClientRequest {
  // The platform has parsed the URL already.
  const start = request.url.indexOf('?');
  return { wire: call.wire, query: start < 0 ? '' : request.url.slice(start), headers: request.headers };
}
