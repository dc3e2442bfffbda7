import { env } from 'cloudflare:workers';
import type { Json } from '../../support/gateway.ts';

/** Secrets that are like no others, and the providers that they are for. */

export const secrets = {
  OPEN_KEY: 'planted-open-7d1f0c',
  RESPONDING_KEY: 'planted-responding-52aa90',
  CLAUDE_KEY: 'planted-claude-9be3d4',
  BEHIND_KEY: 'planted-behind-c04e17',
  AI_GATEWAY_TOKEN: 'planted-gateway-a81b66',
  CLOUDFLARE_API_TOKEN: 'planted-cloudflare-3f97e2',
} as const;

/** The Worker's own are those of all tests. */
export const ownSecrets = ['test-admin-key', 'test-key-secret'] as const;

// Variables that the types of the bindings don't list are read by their names.
export const plantedEnv = {
  ...env,
  ...secrets,
  CLOUDFLARE_ACCOUNT_ID: 'account-1',
  AI_GATEWAY_ACCOUNT_ID: 'account-2',
  AI_GATEWAY_ID: 'gateway-1',
} as typeof env;

/** To which host each may go. */
export const homes: Readonly<Record<keyof typeof secrets, string>> = {
  OPEN_KEY: 'open.example.com',
  RESPONDING_KEY: 'responding.example.com',
  CLAUDE_KEY: 'claude.example.com',
  BEHIND_KEY: 'gateway.ai.cloudflare.com',
  AI_GATEWAY_TOKEN: 'gateway.ai.cloudflare.com',
  CLOUDFLARE_API_TOKEN: 'api.cloudflare.com',
};

const breaker = { failuresInARow: 1000, callsToJudge: 100_000 };

export const providers: Readonly<Record<string, Json>> = {
  open: { kind: 'openai', baseUrl: 'https://open.example.com/v1', secret: 'OPEN_KEY', breaker },
  responding: {
    kind: 'openai',
    baseUrl: 'https://responding.example.com/v1',
    secret: 'RESPONDING_KEY',
    protocols: ['chat', 'responses', 'embeddings'],
    breaker,
  },
  claude: { kind: 'anthropic', baseUrl: 'https://claude.example.com', secret: 'CLAUDE_KEY', breaker },
  behind: { kind: 'cloudflare-ai-gateway', secret: 'BEHIND_KEY', breaker },
  workers: { kind: 'workers-ai', breaker },
};

/** A model at each, and one of vectors. */
export const models: Readonly<Record<string, Json>> = Object.fromEntries(
  Object.keys(providers).map((provider) => [`at-${provider}`, modelAt(provider)]),
);

export const vectors: Json = { ...modelAt('responding'), endpoints: ['embeddings'] };

function modelAt(provider: string): Json {
  return {
    targets: [{ provider, model: provider === 'workers' ? '@cf/vendor/model' : 'vendor/model' }],
    price: { input: '1', output: '2' },
    contextTokens: 100_000,
    maxOutputTokens: 1000,
    defaultOutputTokens: 100,
  };
}
