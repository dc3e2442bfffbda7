import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Provider } from '../../../src/catalog/schema.ts';
import { type OutgoingCall, credentialsFor, sendCall } from '../../../src/providers/send.ts';
import { testCatalog } from '../../support/chat.ts';

const { providers } = testCatalog({
  providers: {
    openai: { kind: 'openai', baseUrl: 'https://openai.example/v1', secret: 'OPENAI_API_KEY' },
    local: { kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', headers: { 'x-title': 'Weir' } },
    anthropic: { kind: 'anthropic', baseUrl: 'https://anthropic.example', secret: 'ANTHROPIC_API_KEY' },
    'workers-ai': { kind: 'workers-ai' },
    cloudflare: { kind: 'cloudflare-ai-gateway', secret: 'OPENAI_API_KEY' },
    stored: { kind: 'cloudflare-ai-gateway' },
    echo: { kind: 'echo' },
  },
  models: {},
});

const variables: Record<string, string> = {
  OPENAI_API_KEY: 'openai-key',
  ANTHROPIC_API_KEY: 'anthropic-key',
  CLOUDFLARE_ACCOUNT_ID: 'cf-account',
  CLOUDFLARE_API_TOKEN: 'cf-token',
  AI_GATEWAY_ACCOUNT_ID: 'aig-account',
  AI_GATEWAY_ID: 'aig',
  AI_GATEWAY_TOKEN: 'aig-token',
};

function providerNamed(name: string): Provider {
  const provider = providers.get(name);
  if (provider === undefined) throw new Error(`there is no ${name}`);
  return provider;
}

function callTo(name: string, more: Partial<OutgoingCall> = {}, set: Record<string, string> = variables): OutgoingCall {
  const provider = providerNamed(name);
  const endpoint = 'endpoints' in provider ? provider.endpoints[0] : undefined;
  const variable = (wanted: string) => set[wanted];
  const found = credentialsFor({ provider, endpoint, variable, ai: more.ai });
  return {
    provider,
    endpoint,
    protocol: 'chat',
    targetModel: 'echo',
    contextTokens: undefined,
    clientRequest: {
      protocol: more.protocol ?? 'chat',
      query: '?key=theirs&beta=true',
      headers: new Headers({ 'openai-beta': 'x' }),
    },
    body: new TextEncoder().encode('{"model":"echo","messages":[{"role":"user","content":"Hi"}],"input":"Hi"}'),
    stream: false,
    credential: found.kind === 'found' ? found.credential : undefined,
    signal: new AbortController().signal,
    variable,
    ai: undefined,
    about: { requestId: 'req_1', userId: undefined, organizationId: undefined, endUser: undefined, price: undefined },
    ...more,
  };
}

/** What is sent. */
async function sent(call: OutgoingCall) {
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json({ choices: [] }));
  await sendCall(call);
  const [url, init] = fetched.mock.calls[0] ?? [];
  return {
    url: typeof url === 'string' ? url : '',
    init,
    headers: new Headers(init?.headers),
    count: fetched.mock.calls.length,
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a call', () => {
  test.each([
    ['openai', 'chat', 'https://openai.example/v1/chat/completions'],
    ['openai', 'responses', 'https://openai.example/v1/responses'],
    ['openai', 'embeddings', 'https://openai.example/v1/embeddings'],
    ['anthropic', 'messages', 'https://anthropic.example/v1/messages?beta=true'],
    ['workers-ai', 'chat', 'https://api.cloudflare.com/client/v4/accounts/cf-account/ai/v1/chat/completions'],
    ['cloudflare', 'chat', 'https://gateway.ai.cloudflare.com/v1/aig-account/aig/compat/chat/completions'],
  ] as const)('to %s in %s goes to %s', async (name, protocol, url) => {
    expect((await sent(callTo(name, { protocol }))).url).toBe(url);
  });

  test('may ask Anthropic how many tokens something is', async () => {
    const { url } = await sent(callTo('anthropic', { protocol: 'messages', purpose: 'count-tokens' }));
    expect(url).toBe('https://anthropic.example/v1/messages/count_tokens?beta=true');
  });

  test.each(['openai', 'local', 'anthropic', 'workers-ai', 'cloudflare', 'stored'])(
    'to %s follows no redirect, which would take its credential along',
    async (name) => {
      const { signal } = new AbortController();
      const { init } = await sent(callTo(name, { signal }));
      expect(init).toMatchObject({ method: 'POST', redirect: 'manual', signal });
    },
  );

  test.each([
    ['openai', 'authorization', 'Bearer openai-key'],
    ['anthropic', 'x-api-key', 'anthropic-key'],
    ['workers-ai', 'authorization', 'Bearer cf-token'],
    ['cloudflare', 'authorization', 'Bearer openai-key'],
    ['cloudflare', 'cf-aig-authorization', 'Bearer aig-token'],
    ['stored', 'cf-aig-authorization', 'Bearer aig-token'],
  ])('to %s has its credential in %s', async (name, header, value) => {
    expect((await sent(callTo(name))).headers.get(header)).toBe(value);
  });

  test.each(['local', 'stored'])('to %s has no credential of a provider', async (name) => {
    expect((await sent(callTo(name))).headers.has('authorization')).toBe(false);
  });

  test('to echo goes nowhere', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const chat = await sendCall(callTo('echo'));
    expect(await chat.json()).toMatchObject({ object: 'chat.completion' });
    const body = new TextEncoder().encode('{"model":"echo-embedding","input":"Hi"}');
    const embedded = await sendCall(callTo('echo', { protocol: 'embeddings', body }));
    expect(await embedded.json()).toMatchObject({ object: 'list' });
    expect(fetched).not.toHaveBeenCalled();
  });

  test('to Workers AI goes through the binding, where there is one', async () => {
    const models: string[] = [];
    const ai = {
      run: async (model: string) => {
        models.push(model);
        return Response.json({ response: 'Hi' });
      },
    };
    const { count } = await sent(callTo('workers-ai', { ai, targetModel: '@cf/x' }));
    expect([models, count]).toEqual([['@cf/x'], 0]);
  });
});

describe('what a call needs', () => {
  const found = (name: string, ...without: readonly string[]) => {
    const { provider, endpoint } = callTo(name);
    return credentialsFor({
      provider,
      endpoint,
      variable: (wanted) => (without.includes(wanted) ? undefined : variables[wanted]),
      ai: undefined,
    });
  };

  test.each([
    ['openai', 'openai-key', ['openai-key']],
    ['local', undefined, []],
    ['echo', undefined, []],
    ['workers-ai', 'cf-token', ['cf-token']],
    ['cloudflare', 'openai-key', ['openai-key', 'aig-token']],
    ['stored', undefined, ['aig-token']],
  ])('of %s is found, and all of it that is secret', (name, credential, secrets) => {
    expect(found(name)).toEqual({ kind: 'found', credential, secrets });
  });

  test('is nothing where Workers AI is bound', () => {
    const { provider, endpoint } = callTo('workers-ai');
    const ai = { run: async () => ({}) };
    expect(credentialsFor({ provider, endpoint, variable: () => undefined, ai })).toEqual({
      kind: 'found',
      credential: undefined,
      secrets: [],
    });
  });

  test.each([
    ['openai', 'OPENAI_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['workers-ai', 'CLOUDFLARE_ACCOUNT_ID'],
    ['workers-ai', 'CLOUDFLARE_API_TOKEN'],
    ['cloudflare', 'AI_GATEWAY_ID'],
    ['cloudflare', 'AI_GATEWAY_ACCOUNT_ID'],
    ['cloudflare', 'OPENAI_API_KEY'],
  ])('of %s is %s, and said to be missing where it is', (name, wanted) => {
    expect(found(name, wanted)).toEqual({
      kind: 'missing',
      message: expect.stringMatching(new RegExp(`^The variable ${wanted}, .*${name}.* is not set\\.$`)),
    });
  });

  test('does not include the token of a gateway that lets anybody in', () => {
    expect(found('cloudflare', 'AI_GATEWAY_TOKEN')).toMatchObject({ kind: 'found', secrets: ['openai-key'] });
  });
});
