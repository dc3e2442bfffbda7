import { describe, expect, it } from 'vitest';
import { endpointsThatAreOn, providerIsOn, whyOff } from '../../../src/catalog/provider-is-on.ts';
import type { Provider } from '../../../src/catalog/schema.ts';
import type { Env } from '../../../src/env.ts';
import { catalogDocument, parsedCatalog } from '../../support/catalog.ts';

function read(provider: Record<string, unknown>): Provider {
  const document = catalogDocument();
  document.providers['under-test'] = provider;
  const parsed = parsedCatalog(document).providers.get('under-test');
  if (parsed === undefined) throw new Error('no provider');
  return parsed;
}

function isOn(provider: Record<string, unknown>, variables: Record<string, unknown>): boolean {
  return providerIsOn(env(variables), read(provider));
}

// Only its variables are asked for.
const env = (variables: Record<string, unknown>) => variables as unknown as Env;
const http = { kind: 'openai', baseUrl: 'https://api.example.com', secret: 'SOME_KEY' };

describe('a provider', () => {
  it('is on when its secret is set', () => {
    expect(isOn(http, { SOME_KEY: 'x' })).toBe(true);
    expect(isOn(http, {})).toBe(false);
    expect(isOn(http, { SOME_KEY: ' ' })).toBe(false);
    expect(isOn(http, { SOME_KEY: { bound: 'object' } })).toBe(false);
  });

  it('is on when it wants no secret', () => {
    expect(isOn({ kind: 'openai', baseUrl: 'https://api.example.com' }, {})).toBe(true);
    expect(isOn({ kind: 'echo' }, {})).toBe(true);
  });

  it('is off when the catalog or its credits say so', () => {
    expect(isOn({ ...http, enabled: false }, { SOME_KEY: 'x' })).toBe(false);
    expect(isOn(http, { SOME_KEY: 'x', CREDITS_UNDER_TEST: 'False' })).toBe(false);
    expect(isOn(http, { SOME_KEY: 'x', CREDITS_UNDER_TEST: 'true' })).toBe(true);
    expect(isOn({ kind: 'echo' }, { CREDITS_UNDER_TEST: 'false' })).toBe(false);
  });

  it.each<[Record<string, unknown>, Record<string, unknown>, string]>([
    [http, {}, 'wants SOME_KEY'],
    [http, { SOME_KEY: 'x', CREDITS_UNDER_TEST: 'false' }, 'is turned off by CREDITS_UNDER_TEST'],
    [{ ...http, enabled: false }, { SOME_KEY: 'x' }, 'is turned off in the catalog'],
    [{ kind: 'workers-ai' }, { CLOUDFLARE_ACCOUNT_ID: 'x' }, 'wants the binding AI, or CLOUDFLARE_API_TOKEN'],
    [{ kind: 'cloudflare-ai-gateway' }, { AI_GATEWAY_ID: 'x' }, 'wants AI_GATEWAY_ACCOUNT_ID'],
    [
      {
        ...http,
        secret: undefined,
        endpoints: [
          { name: 'a', secret: 'ONE_KEY' },
          { name: 'b', secret: 'TWO_KEY' },
        ],
      },
      {},
      'wants ONE_KEY or TWO_KEY',
    ],
  ])('that is off says why: %j with %j %s', (provider, variables, why) => {
    expect(whyOff(env(variables), read(provider))).toBe(why);
  });

  it('runs on the platform only where that is bound', () => {
    expect(isOn({ kind: 'workers-ai' }, {})).toBe(false);
    expect(isOn({ kind: 'workers-ai' }, { AI: {} })).toBe(true);
  });

  it('is on with those of its endpoints whose secrets are set', () => {
    const document = catalogDocument();
    document.providers['openai'] = { ...http, endpoints: [{ name: 'a' }, { name: 'b', secret: 'OTHER_KEY' }] };
    const provider = parsedCatalog(document).providers.get('openai');
    if (provider?.kind !== 'openai') throw new Error('no provider');
    expect(endpointsThatAreOn(env({ OTHER_KEY: 'x' }), provider.endpoints).map(({ name }) => name)).toEqual(['b']);
    expect(providerIsOn(env({ OTHER_KEY: 'x' }), provider)).toBe(true);
  });
});
