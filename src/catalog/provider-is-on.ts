import { type Env, variable } from '../env.ts';
import type { Provider, ProviderEndpoint } from './schema.ts';

/** Whether a provider can be used: the catalog enables it, it has credits, and a secret of its endpoints is set. */
export function providerIsOn(env: Env, provider: Provider): boolean {
  return whyOff(env, provider) === undefined;
}

/** What keeps a provider from being used, as a clause that follows its name; undefined where nothing does. */
export function whyOff(env: Env, provider: Provider): string | undefined {
  if (!provider.enabled) return 'is turned off in the catalog';
  const credits = creditsVariable(provider.name);
  if (variable(env, credits)?.toLowerCase() === 'false') return `is turned off by ${credits}`;
  switch (provider.kind) {
    case 'echo':
      return undefined;
    case 'workers-ai': {
      const unset = unsetVariables(env, provider);
      const isBound = Reflect.get(env, 'AI') !== undefined;
      return isBound || unset.length === 0 ? undefined : `wants the binding AI, or ${unset.join(' and ')}`;
    }
    case 'cloudflare-ai-gateway': {
      const unset = unsetVariables(env, provider);
      return unset.length === 0 ? undefined : `wants ${unset.join(' and ')}`;
    }
    case 'openai':
    case 'anthropic':
      return endpointsThatAreOn(env, provider.endpoints).length > 0
        ? undefined
        : `wants ${unsetVariables(env, provider).join(' or ')}`;
  }
}

/** The variables that a provider has use for and that are not set. */
export function unsetVariables(env: Env, provider: Provider): readonly string[] {
  return variablesOf(provider).filter((name) => variable(env, name) === undefined);
}

function variablesOf(provider: Provider): readonly string[] {
  switch (provider.kind) {
    case 'echo':
      return [];
    case 'workers-ai':
      return ['CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_API_TOKEN'];
    case 'cloudflare-ai-gateway':
      return ['AI_GATEWAY_ACCOUNT_ID', 'AI_GATEWAY_ID', ...(provider.secret === undefined ? [] : [provider.secret])];
    case 'openai':
    case 'anthropic':
      return [...new Set(provider.endpoints.flatMap(({ secret }) => secret ?? []))];
  }
}

/** Those whose secret is set, and those that want none. */
export function endpointsThatAreOn(env: Env, endpoints: readonly ProviderEndpoint[]): readonly ProviderEndpoint[] {
  return endpoints.filter(({ secret }) => secret === undefined || variable(env, secret) !== undefined);
}

/** `workers-ai` has its credits in `CREDITS_WORKERS_AI`. */
function creditsVariable(provider: string): string {
  return `CREDITS_${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
