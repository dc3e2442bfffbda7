import { type Env, variable } from '../env.ts';
import type { Provider, ProviderEndpoint } from './schema.ts';

/** Whether a provider can be used: the catalog enables it, it has credits, and the secret of an endpoint is set. */
export function providerIsOn(env: Env, provider: Provider): boolean {
  return whyOff(env, provider) === undefined;
}

/** Why a provider can't be used, as a clause that follows its name. Undefined where it can. */
export function whyOff(env: Env, provider: Provider): string | undefined {
  if (!provider.enabled) return 'is turned off in the catalog';
  const credits = creditsVariable(provider.name);
  if (variable(env, credits)?.toLowerCase() === 'false') return `is turned off by ${credits}`;
  if (provider.kind === 'openai' || provider.kind === 'anthropic') {
    const isOn = endpointsThatAreOn(env, provider.endpoints).length > 0;
    return isOn ? undefined : `wants ${unsetVariables(env, provider).join(' or ')}`;
  }
  const unset = unsetVariables(env, provider);
  if (unset.length === 0) return undefined;
  if (provider.kind !== 'workers-ai') return `wants ${unset.join(' and ')}`;
  return Reflect.get(env, 'AI') === undefined ? `wants the binding AI, or ${unset.join(' and ')}` : undefined;
}

export const workersAiVariables = { account: 'CLOUDFLARE_ACCOUNT_ID', token: 'CLOUDFLARE_API_TOKEN' };
export const gatewayVariables = { account: 'AI_GATEWAY_ACCOUNT_ID', gateway: 'AI_GATEWAY_ID' };

/** The variables that a provider uses and that are not set. */
export function unsetVariables(env: Env, provider: Provider): readonly string[] {
  return variablesOf(provider).filter((name) => variable(env, name) === undefined);
}

function variablesOf(provider: Provider): readonly string[] {
  switch (provider.kind) {
    case 'echo':
      return [];
    case 'workers-ai':
      return Object.values(workersAiVariables);
    case 'cloudflare-ai-gateway':
      return [...Object.values(gatewayVariables), ...(provider.secret === undefined ? [] : [provider.secret])];
    case 'openai':
    case 'anthropic':
      return [...new Set(provider.endpoints.flatMap(({ secret }) => secret ?? []))];
  }
}

/** The endpoints whose secret is set, and those that need none. */
export function endpointsThatAreOn(env: Env, endpoints: readonly ProviderEndpoint[]): readonly ProviderEndpoint[] {
  return endpoints.filter(({ secret }) => secret === undefined || variable(env, secret) !== undefined);
}

/** `workers-ai` has its credits in `CREDITS_WORKERS_AI`. */
function creditsVariable(provider: string): string {
  return `CREDITS_${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
