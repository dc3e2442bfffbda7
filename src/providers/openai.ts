import type { OpenAiProvider, ProviderEndpoint } from '../catalog/schema.ts';
import { providerRequestIdCharsMax } from '../limits.ts';
import { betaHeader, betasIn, betasWithin } from './betas.ts';

/** A server that speaks OpenAI's protocol, as data and pure functions: what it is to be asked, and what it said. */

export interface UpstreamCall {
  readonly provider: Pick<OpenAiProvider, 'headers'>;
  readonly endpoint: Pick<ProviderEndpoint, 'baseUrl'>;
  /** From the base URL on, such as `/chat/completions`. */
  readonly path: string;
  /** What the client had after the question mark, with the question mark; or nothing. */
  readonly query: string;
  /** What the client sent. Only what `forwardedHeaders` names goes on. */
  readonly clientHeaders: Headers;
  /** What the catalog says that fits into the model; undefined where it says nothing. */
  readonly contextTokens?: number | undefined;
  /** Undefined for a server that wants none. */
  readonly credential: string | undefined;
}

/** Never credentials, cookies, organisations, or what is between two hops. */
const forwardedHeaders = ['anthropic-version', 'openai-beta', 'traceparent'];

export interface EncodedCall {
  readonly url: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

export function encodeCall(call: UpstreamCall): EncodedCall {
  const headers = forwardedFrom(call);
  if (call.credential !== undefined) headers['authorization'] = `Bearer ${call.credential}`;
  // Last, so that a provider that wants its credential or a version elsewhere can be described.
  for (const [name, value] of Object.entries(call.provider.headers)) headers[name.toLowerCase()] = value;
  return { url: call.endpoint.baseUrl + call.path + call.query, headers };
}

/** What every call says, and what of the client's own headers goes with it. */
export function forwardedFrom({
  clientHeaders,
  contextTokens,
}: Pick<UpstreamCall, 'clientHeaders' | 'contextTokens'>): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': 'weir' };
  for (const name of forwardedHeaders) {
    const value = clientHeaders.get(name);
    if (value !== null) headers[name] = value;
  }
  const betas = betasWithin(betasIn(clientHeaders.get(betaHeader)), contextTokens);
  if (betas.length > 0) headers[betaHeader] = betas.join(',');
  return headers;
}

/** The name by which the provider knows the call, for its support. */
export function providerRequestId(headers: Headers): string | undefined {
  const names = ['x-request-id', 'request-id', 'x-generation-id', 'cf-aig-log-id', 'cf-ai-req-id', 'cf-ray'];
  const id = names.map((name) => headers.get(name)).find((value) => value !== null) ?? undefined;
  return id?.slice(0, providerRequestIdCharsMax);
}
