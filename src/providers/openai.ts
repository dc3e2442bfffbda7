import type { OpenAiProvider, ProviderEndpoint } from '../catalog/schema.ts';
import { providerRequestIdCharsMax } from '../limits.ts';
import type { Forwarded } from './forwarded.ts';

/** A server that speaks OpenAI's protocol, as data and pure functions: what it is to be asked, and what it said. */

export interface UpstreamCall {
  readonly provider: Pick<OpenAiProvider, 'headers'>;
  readonly endpoint: Pick<ProviderEndpoint, 'baseUrl'>;
  /** From the base URL on, such as `/chat/completions`. */
  readonly path: string;
  /** What of the client's query and headers goes with it. */
  readonly forwarded: Forwarded;
  /** Undefined for a server that wants none. */
  readonly credential: string | undefined;
}

export interface EncodedCall {
  readonly url: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

export function encodeCall(call: UpstreamCall): EncodedCall {
  const headers = headersWith(call.forwarded);
  if (call.credential !== undefined) headers['authorization'] = `Bearer ${call.credential}`;
  // Last, so that a provider that wants its credential or a version elsewhere can be described.
  for (const [name, value] of Object.entries(call.provider.headers)) headers[name.toLowerCase()] = value;
  return { url: call.endpoint.baseUrl + call.path + call.forwarded.query, headers };
}

/** What every call says, and what of the client's own headers goes with it. */
export function headersWith({ headers }: Forwarded): Record<string, string> {
  return { ...headers, 'content-type': 'application/json', 'user-agent': 'weir' };
}

/** The name by which the provider knows the call, for its support. */
export function providerRequestId(headers: Headers): string | undefined {
  const names = ['x-request-id', 'request-id', 'x-generation-id', 'cf-aig-log-id', 'cf-ai-req-id', 'cf-ray'];
  const id = names.map((name) => headers.get(name)).find((value) => value !== null) ?? undefined;
  return id?.slice(0, providerRequestIdCharsMax);
}
