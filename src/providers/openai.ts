import type { OpenAiProvider, ProviderEndpoint } from '../catalog/schema.ts';
import { providerNameCharsMax } from '../limits.ts';
import type { Forwarded } from './forwarded.ts';

/** What a server that speaks OpenAI's protocol is asked. Pure. */

export interface UpstreamCall {
  readonly provider: Pick<OpenAiProvider, 'headers'>;
  readonly endpoint: Pick<ProviderEndpoint, 'baseUrl'>;
  /** Below the base URL, such as `/chat/completions`. */
  readonly path: string;
  readonly forwarded: Forwarded;
  /** Undefined for a server that needs none. */
  readonly credential: string | undefined;
}

export interface EncodedCall {
  readonly url: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export function encodeCall(call: UpstreamCall): EncodedCall {
  const headers = headersWith(call.forwarded);
  if (call.credential !== undefined) headers['authorization'] = `Bearer ${call.credential}`;
  // They come last: a provider may want its credential or a version in another header.
  for (const [name, value] of Object.entries(call.provider.headers)) headers[name.toLowerCase()] = value;
  return { url: call.endpoint.baseUrl + call.path + call.forwarded.query, headers };
}

/** The headers of every call, and those of the client that go on. */
export function headersWith({ headers }: Forwarded): Record<string, string> {
  return { ...headers, 'content-type': 'application/json', 'user-agent': 'weir' };
}

/** The provider's own name for the call. Its support asks for it. */
export function providerRequestId(headers: Headers): string | undefined {
  const names = ['x-request-id', 'request-id', 'x-generation-id', 'cf-aig-log-id', 'cf-ai-req-id', 'cf-ray'];
  return names
    .map((name) => headers.get(name))
    .find((value) => value !== null)
    ?.slice(0, providerNameCharsMax);
}
