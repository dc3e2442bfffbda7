import type { AnthropicProvider } from '../catalog/schema.ts';
import type { EncodedCall, UpstreamCall } from './openai.ts';

/** A server that speaks Anthropic's Messages API, as data and pure functions: what it is to be asked. */

export interface AnthropicUpstreamCall extends Omit<UpstreamCall, 'provider'> {
  readonly provider: Pick<AnthropicProvider, 'headers'>;
  /** From the base URL on: `/v1/messages` or `/v1/messages/count_tokens`. */
  readonly path: string;
  /** What the catalog says that fits into the model; undefined where it says nothing. */
  readonly contextTokens: number | undefined;
  /** Betas that the body needs, beside those that the client names itself. */
  readonly betas?: readonly string[];
}

/** Of a client that names none, as OpenAI's. */
const versionUnlessNamed = '2023-06-01';

const betaHeader = 'anthropic-beta';

export function encodeAnthropicCall(call: AnthropicUpstreamCall): EncodedCall {
  const { clientHeaders, provider, endpoint, credential, contextTokens } = call;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': 'weir' };
  headers['anthropic-version'] = clientHeaders.get('anthropic-version') ?? versionUnlessNamed;
  const traceparent = clientHeaders.get('traceparent');
  if (traceparent !== null) headers['traceparent'] = traceparent;
  if (credential !== undefined) headers['x-api-key'] = credential;
  const betas = new Set(
    [...namesIn(clientHeaders.get(betaHeader)), ...(call.betas ?? [])].filter((beta) => isWithin(beta, contextTokens)),
  );
  // Last, so that a provider that wants its credential or a version elsewhere can be described.
  for (const [name, value] of Object.entries(provider.headers)) {
    if (name.toLowerCase() === betaHeader) for (const beta of namesIn(value)) betas.add(beta);
    else headers[name.toLowerCase()] = value;
  }
  if (betas.size > 0) headers[betaHeader] = [...betas].join(',');
  return { url: endpoint.baseUrl + call.path + call.query, headers };
}

function namesIn(list: string | null): string[] {
  return (list ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

/** A beta may make the context larger than the one that was reckoned with, and what is put in more than that. */
function isWithin(beta: string, contextTokens: number | undefined): boolean {
  const [, count, unit] = /^context-(\d+)([km])-/.exec(beta) ?? [];
  if (count === undefined || contextTokens === undefined) return true;
  return Number(count) * (unit === 'm' ? 1_000_000 : 1000) <= contextTokens;
}
