import type { Candidate } from '../../catalog/resolve.ts';
import type { Provider, Target } from '../../catalog/schema.ts';
import type { Endpoint } from '../ledger/limit.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';

/**
 * The protocol in which a target is asked for a client that speaks `endpoint`; undefined if it can't be asked at all.
 * It is the client's own if the target has it, so that nothing is translated.
 */
export function targetProtocol(
  endpoint: ProtocolName,
  provider: Provider,
  target: Pick<Target, 'protocols'>,
): ProtocolName | undefined {
  const own = protocolsOf(provider);
  const spoken = target.protocols === undefined ? own : own.filter((each) => target.protocols?.includes(each));
  if (spoken.includes(endpoint)) return endpoint;
  if (endpoint === 'embeddings') return undefined;
  return translatedInto.find((protocol) => spoken.includes(protocol));
}

/**
 * The protocol in which a candidate is asked for a call to `endpoint`; undefined if it can't serve such calls. For
 * models that the catalog does not list, the provider decides.
 */
export function candidateProtocol(
  endpoint: Endpoint,
  provider: Provider,
  { model, target }: Pick<Candidate, 'model' | 'target'>,
): ProtocolName | undefined {
  if (model !== undefined && !model.endpoints.includes(endpoint)) return undefined;
  return targetProtocol(endpoint, provider, target);
}

/** The protocols that others are translated into, in order of preference. */
const translatedInto: readonly ProtocolName[] = ['messages', 'chat'];

function protocolsOf(provider: Provider): readonly ProtocolName[] {
  switch (provider.kind) {
    case 'openai':
      return provider.protocols;
    case 'anthropic':
      return ['messages'];
    case 'workers-ai':
    case 'cloudflare-ai-gateway':
    case 'echo':
      return ['chat', 'embeddings'];
  }
}
