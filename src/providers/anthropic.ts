import { betaHeader, betasIn, betasWithin } from './betas.ts';
import { type EncodedCall, type UpstreamCall, headersWith } from './openai.ts';

/** What a server that speaks Anthropic's Messages API is asked. Pure. */

export interface AnthropicUpstreamCall extends UpstreamCall {
  /** The context of the model by the catalog; undefined where the catalog names none. */
  readonly contextTokens: number | undefined;
  /** Betas that the body needs. The client may name others. */
  readonly betas?: readonly string[];
}

/** For a client that names none, as OpenAI's clients. */
const versionUnlessNamed = '2023-06-01';

export function encodeAnthropicCall(call: AnthropicUpstreamCall): EncodedCall {
  const { forwarded, provider, endpoint, credential, contextTokens } = call;
  const headers: Record<string, string> = { 'anthropic-version': versionUnlessNamed, ...headersWith(forwarded) };
  if (credential !== undefined) headers['x-api-key'] = credential;
  const betas = new Set([
    ...betasIn(forwarded.headers[betaHeader] ?? null),
    ...betasWithin(call.betas ?? [], contextTokens),
  ]);
  // They come last: a provider may want its credential or a version in another header.
  for (const [name, value] of Object.entries(provider.headers)) {
    if (name.toLowerCase() === betaHeader) for (const beta of betasIn(value)) betas.add(beta);
    else headers[name.toLowerCase()] = value;
  }
  if (betas.size > 0) headers[betaHeader] = [...betas].join(',');
  return { url: endpoint.baseUrl + call.path + forwarded.query, headers };
}
