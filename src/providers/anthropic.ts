import { betaHeader, betasIn, betasWithin } from './betas.ts';
import { type EncodedCall, type UpstreamCall, headersWith } from './openai.ts';

/** A server that speaks Anthropic's Messages API, as data and pure functions: what it is to be asked. */

export interface AnthropicUpstreamCall extends UpstreamCall {
  /** From the base URL on: `/v1/messages` or `/v1/messages/count_tokens`. */
  readonly path: string;
  /** What the catalog says that fits into the model; undefined where it says nothing. */
  readonly contextTokens: number | undefined;
  /** Betas that the body needs, beside those that the client names itself. */
  readonly betas?: readonly string[];
}

/** Of a client that names none, as OpenAI's. */
const versionUnlessNamed = '2023-06-01';

export function encodeAnthropicCall(call: AnthropicUpstreamCall): EncodedCall {
  const { forwarded, provider, endpoint, credential, contextTokens } = call;
  const headers: Record<string, string> = { 'anthropic-version': versionUnlessNamed, ...headersWith(forwarded) };
  if (credential !== undefined) headers['x-api-key'] = credential;
  const betas = new Set([
    ...betasIn(forwarded.headers[betaHeader] ?? null),
    ...betasWithin(call.betas ?? [], contextTokens),
  ]);
  // Last, so that a provider that wants its credential or a version elsewhere can be described.
  for (const [name, value] of Object.entries(provider.headers)) {
    if (name.toLowerCase() === betaHeader) for (const beta of betasIn(value)) betas.add(beta);
    else headers[name.toLowerCase()] = value;
  }
  if (betas.size > 0) headers[betaHeader] = [...betas].join(',');
  return { url: endpoint.baseUrl + call.path + forwarded.query, headers };
}
