import type { Provider, Target } from '../../catalog/schema.ts';
import type { WireName } from '../../protocols/wire-call.ts';

/**
 * In which protocol a target is asked on behalf of a client that speaks `endpoint`: in the client's own where the
 * target has it, so that nothing is translated; undefined where it can't be asked at all.
 */
export function wireOf(
  endpoint: WireName,
  provider: Provider,
  target: Pick<Target, 'protocols'>,
): WireName | undefined {
  const own = protocolsOf(provider);
  const spoken = target.protocols === undefined ? own : own.filter((each) => target.protocols?.includes(each));
  if (spoken.includes(endpoint)) return endpoint;
  if (endpoint === 'embeddings') return undefined;
  return translatedInto.find((wire) => spoken.includes(wire));
}

/** What the other protocols of generation are translated into, in order of preference. */
const translatedInto: readonly WireName[] = ['messages', 'chat'];

function protocolsOf(provider: Provider): readonly WireName[] {
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
