import type { ProtocolName } from '../protocols/protocol-call.ts';
import { betaHeader, betasIn, betasWithin } from './betas.ts';

/**
 * The part of a client's query and headers that goes on to a provider: only what its protocol knows. A provider may
 * read a name as its own, as Google reads `?key=`. A client could then use another credential, or make the gateway's
 * own look bad.
 */

/** A client's request, beside its body. */
export interface ClientRequest {
  readonly protocol: ProtocolName;
  /** With its question mark, or empty. */
  readonly query: string;
  readonly headers: Headers;
}

export interface Forwarded {
  /** With its question mark, or empty. */
  readonly query: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

interface KnownNames {
  /** Whole pairs, such as the protocol's clients send. */
  readonly query: readonly string[];
  readonly headers: readonly string[];
}

/** Not Azure's `api-version`: the operator decides that, and Azure's current API does not need it. */
const openAi: KnownNames = { query: [], headers: ['openai-beta', 'traceparent'] };

const known: Readonly<Record<ProtocolName, KnownNames>> = {
  chat: openAi,
  responses: openAi,
  embeddings: openAi,
  // Anthropic's SDKs and Claude Code send `?beta=true` with every beta.
  messages: { query: ['beta=true'], headers: ['anthropic-version', betaHeader, 'traceparent'] },
};

const nothing: Forwarded = { query: '', headers: {} };

/**
 * What goes on to a target that speaks the client's protocol. If the call is translated, nothing does: what a client
 * sends beside its body is about its own protocol.
 * @param contextTokens the context of the model by the catalog; undefined where the catalog names none
 */
export function forwardedTo(
  protocol: ProtocolName,
  client: ClientRequest,
  contextTokens: number | undefined,
): Forwarded {
  if (client.protocol !== protocol) return nothing;
  const { query, headers: names } = known[protocol];
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = client.headers.get(name);
    const sent = name === betaHeader ? betasWithin(betasIn(value), contextTokens).join(',') : value;
    if (sent !== null && sent !== '') headers[name] = sent;
  }
  return { query: knownQuery(client.query, query), headers };
}

function knownQuery(query: string, pairs: readonly string[]): string {
  if (query === '' || pairs.length === 0) return '';
  const sent = query.slice(1).split('&');
  const left = pairs.filter((pair) => sent.includes(pair));
  return left.length === 0 ? '' : `?${left.join('&')}`;
}
