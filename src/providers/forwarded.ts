import type { ProtocolName } from '../protocols/protocol-call.ts';
import { betaHeader, betasIn, betasWithin } from './betas.ts';

/**
 * What of a client's query and headers goes on to a provider: what its protocol knows, and nothing else. A name that a
 * provider takes for its own, as Google does `?key=`, would let a client speak with another credential, or make the
 * gateway's own look bad.
 */

/** A client's request, beside its body. */
export interface ClientRequest {
  /** The protocol that it is in. */
  readonly protocol: ProtocolName;
  /** What stands after the question mark, with the question mark; or nothing. */
  readonly query: string;
  readonly headers: Headers;
}

export interface Forwarded {
  /** With its question mark, or nothing. */
  readonly query: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

interface KnownNames {
  /** Whole pairs: what no client of the protocol sends has no business there. */
  readonly query: readonly string[];
  readonly headers: readonly string[];
}

/** `api-version` is Azure's: the operator's business, and of no use in Azure's current API. */
const openAi: KnownNames = { query: [], headers: ['openai-beta', 'traceparent'] };

const known: Readonly<Record<ProtocolName, KnownNames>> = {
  chat: openAi,
  responses: openAi,
  embeddings: openAi,
  // Anthropic's SDKs, and Claude Code, say `?beta=true` with every beta.
  messages: { query: ['beta=true'], headers: ['anthropic-version', betaHeader, 'traceparent'] },
};

const nothing: Forwarded = { query: '', headers: {} };

/**
 * What goes on to a target that is asked in its protocol. Of a translated call nothing goes on: what a client says
 * beside its body is about its own protocol.
 * @param contextTokens what the catalog says that fits into the model; undefined where it says nothing
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
