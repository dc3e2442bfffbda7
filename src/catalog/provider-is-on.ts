import { type Env, variable } from '../env.ts';
import type { Provider, ProviderEndpoint } from './schema.ts';

/** Whether a provider can be used: the catalog enables it, it has credits, and a secret of its endpoints is set. */
export function providerIsOn(env: Env, provider: Provider): boolean {
  if (!provider.enabled) return false;
  if (variable(env, creditsVariable(provider.name))?.toLowerCase() === 'false') return false;
  switch (provider.kind) {
    case 'echo':
      return true;
    case 'workers-ai':
      return Reflect.get(env, 'AI') !== undefined || areSet(env, ['CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_API_TOKEN']);
    case 'cloudflare-ai-gateway':
      return areSet(env, [
        'AI_GATEWAY_ACCOUNT_ID',
        'AI_GATEWAY_ID',
        ...(provider.secret === undefined ? [] : [provider.secret]),
      ]);
    case 'openai':
    case 'anthropic':
      return endpointsThatAreOn(env, provider.endpoints).length > 0;
  }
}

function areSet(env: Env, names: readonly string[]): boolean {
  return names.every((name) => variable(env, name) !== undefined);
}

/** Those whose secret is set, and those that want none. */
export function endpointsThatAreOn(env: Env, endpoints: readonly ProviderEndpoint[]): readonly ProviderEndpoint[] {
  return endpoints.filter(({ secret }) => secret === undefined || variable(env, secret) !== undefined);
}

/** `workers-ai` has its credits in `CREDITS_WORKERS_AI`. */
function creditsVariable(provider: string): string {
  return `CREDITS_${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
