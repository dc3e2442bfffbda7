import { gatewayVariables, workersAiVariables } from '../catalog/provider-is-on.ts';
import type { Provider, ProviderEndpoint } from '../catalog/schema.ts';
import type { ProtocolName } from '../protocols/protocol-call.ts';
import { protocols } from '../protocols/protocols.ts';
import { encodeAnthropicCall } from './anthropic.ts';
import { type CallAbout, encodeGatewayCall } from './cloudflare-ai-gateway.ts';
import { type Delivery, blindDelivery } from './delivery.ts';
import { embedAsEcho } from './echo-embedding.ts';
import { answerAsEcho } from './echo.ts';
import { type ClientRequest, forwardedTo } from './forwarded.ts';
import { type EncodedCall, encodeCall } from './openai.ts';
import { type AiBinding, askWorkersAi } from './workers-ai.ts';

/** The one place that sends anything to a provider. A pure function for each kind says what is sent. */

export interface OutgoingCall {
  readonly provider: Provider;
  /** One of the provider's; undefined for a provider without any, as `echo`. */
  readonly endpoint: ProviderEndpoint | undefined;
  /** The protocol in which the target is asked, and so the body's. */
  readonly protocol: ProtocolName;
  /** `count-tokens` asks how many tokens the body of a message is. */
  readonly purpose?: 'answer' | 'count-tokens';
  /** The provider's own name for the model. It is in the body, too. */
  readonly targetModel: string;
  /** The context of the model by the catalog; undefined where the catalog names none. */
  readonly contextTokens: number | undefined;
  /** Betas of Anthropic's that the body needs. The client may name others. */
  readonly betas?: readonly string[];
  /** What the client sent beside its body. Little of it goes on. */
  readonly clientRequest: ClientRequest;
  readonly body: Uint8Array;
  readonly delivery?: Delivery;
  readonly stream: boolean;
  /** As `credentialsFor` found it. */
  readonly credential: string | undefined;
  readonly signal: AbortSignal;
  /** The value of a variable of the environment; undefined where it is absent or empty. */
  readonly variable: (name: string) => string | undefined;
  readonly ai: AiBinding | undefined;
  readonly about: CallAbout;
}

/** Rejects as `fetch` does. It follows no redirect, which would take the credential along. */
export async function sendCall(call: OutgoingCall): Promise<Response> {
  const { provider, endpoint, body, signal } = call;
  if (provider.kind === 'echo') return call.protocol === 'embeddings' ? embedAsEcho(body) : answerAsEcho(body, signal);
  const forwarded = forwardedTo(call.protocol, call.clientRequest, call.contextTokens);
  switch (provider.kind) {
    case 'openai': {
      const { path } = protocols[call.protocol];
      return send(encodeCall({ ...call, provider, endpoint: required(endpoint), path, forwarded }), call);
    }
    case 'anthropic': {
      const path = call.purpose === 'count-tokens' ? '/v1/messages/count_tokens' : '/v1/messages';
      return send(encodeAnthropicCall({ ...call, provider, endpoint: required(endpoint), path, forwarded }), call);
    }
    case 'workers-ai': {
      const accountId = call.variable(workersAiVariables.account);
      return askWorkersAi({ ...call, model: call.targetModel, accountId, token: call.credential, forwarded });
    }
    case 'cloudflare-ai-gateway': {
      const accountId = call.variable(gatewayVariables.account) ?? '';
      const gatewayId = call.variable(gatewayVariables.gateway) ?? '';
      const token = call.variable(gatewayToken);
      return send(encodeGatewayCall({ ...call, accountId, gatewayId, token, forwarded }), call);
    }
  }
}

async function send(
  { url, headers }: EncodedCall,
  { body, signal, delivery = blindDelivery }: OutgoingCall,
): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: delivery.bodyOf(body), signal, redirect: 'manual' });
}

function required(endpoint: ProviderEndpoint | undefined): ProviderEndpoint {
  if (endpoint === undefined) throw new Error('a provider that is reached by HTTP has an endpoint');
  return endpoint;
}

const gatewayToken = 'AI_GATEWAY_TOKEN';

type Credentials =
  | {
      readonly kind: 'found';
      readonly credential: string | undefined;
      /** Every secret that is sent. No message may show one. */
      readonly secrets: readonly string[];
    }
  | { readonly kind: 'missing'; readonly message: string };

/** What a call needs before anything is sent. */
export function credentialsFor(call: Pick<OutgoingCall, 'provider' | 'endpoint' | 'variable' | 'ai'>): Credentials {
  const { provider, variable } = call;
  const needed = neededBy(call);
  const absent = needed.plain.find((name) => variable(name) === undefined);
  if (absent !== undefined) {
    return { kind: 'missing', message: `The variable ${absent}, which ${provider.name} needs, is not set.` };
  }
  const credential = needed.credential === undefined ? undefined : variable(needed.credential);
  if (needed.credential !== undefined && credential === undefined) {
    const message = `The variable ${needed.credential}, the credential for ${provider.name}, is not set.`;
    return { kind: 'missing', message };
  }
  const secrets = [credential, ...needed.optional.map(variable)].filter((value) => value !== undefined);
  return { kind: 'found', credential, secrets };
}

interface Needed {
  readonly credential: string | undefined;
  /** Variables that are not secret. */
  readonly plain: readonly string[];
  /** Secrets that are sent if they are set. */
  readonly optional: readonly string[];
}

const nothing: Needed = { credential: undefined, plain: [], optional: [] };

function neededBy({ provider, endpoint, ai }: Pick<OutgoingCall, 'provider' | 'endpoint' | 'ai'>): Needed {
  switch (provider.kind) {
    case 'echo':
      return nothing;
    case 'openai':
    case 'anthropic':
      return { ...nothing, credential: endpoint?.secret };
    case 'workers-ai': {
      const { account, token } = workersAiVariables;
      return ai === undefined ? { ...nothing, credential: token, plain: [account] } : nothing;
    }
    case 'cloudflare-ai-gateway':
      return { credential: provider.secret, plain: Object.values(gatewayVariables), optional: [gatewayToken] };
  }
}
