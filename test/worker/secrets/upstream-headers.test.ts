import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type TestKey, newKey, send } from '../../support/gateway.ts';
import { putCatalog } from '../../support/gateway-provider.ts';
import { models, plantedEnv, providers } from './planted.ts';

/** Of a client's headers only those reach a provider that are about what is asked, and never about who asks. */

/** All that a client, a browser, or a proxy before us might send. */
const sentByClient = {
  accept: 'text/event-stream',
  'accept-language': 'cy',
  'anthropic-beta': 'files-api-2025-04-14',
  'anthropic-dangerous-direct-browser-access': 'true',
  'anthropic-version': '2023-06-01',
  'cf-connecting-ip': '203.0.113.7',
  'cf-aig-authorization': 'Bearer of-the-client',
  'cf-aig-cache-ttl': '60',
  'cf-aig-metadata': '{"team":"theirs"}',
  cookie: 'session=of-the-client',
  forwarded: 'for=203.0.113.7',
  'http-referer': 'https://client.example',
  'openai-beta': 'responses=v1',
  'openai-organization': 'org-of-the-client',
  'openai-project': 'proj-of-the-client',
  origin: 'https://client.example',
  'proxy-authorization': 'Basic of-the-client',
  referer: 'https://client.example/page',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'user-agent': 'ClientSDK/9',
  via: '1.1 client',
  'x-cfx-stage': 'plan',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-host': 'client.example',
  'x-gateway-metadata': '{"team":"theirs"}',
  'x-gateway-timeout-ms': '60000',
  'x-gateway-user': 'ada',
  'x-real-ip': '203.0.113.7',
  'x-stainless-lang': 'js',
  'x-title': 'client',
};

const always = ['content-type', 'user-agent'];
const byOpenAi = ['openai-beta', 'traceparent'];
const byAnthropic = ['anthropic-beta', 'anthropic-version', 'traceparent'];

/** What each kind of provider is told in headers beside the client's. */
const ours: Readonly<Record<string, readonly string[]>> = {
  open: ['authorization'],
  responding: ['authorization'],
  claude: ['anthropic-version', 'x-api-key'],
  behind: ['authorization', 'cf-aig-authorization', 'cf-aig-custom-cost', 'cf-aig-max-attempts', 'cf-aig-metadata'],
  workers: ['authorization'],
};

/** What of the client's goes on, and nothing else does: nothing where the call is translated. */
function theirs(provider: string, path: string): readonly string[] {
  switch (path) {
    case '/v1/chat/completions':
      return provider === 'claude' ? [] : byOpenAi;
    case '/v1/responses':
      return provider === 'responding' ? byOpenAi : [];
    default:
      return provider === 'claude' ? byAnthropic : [];
  }
}

const messages = [{ role: 'user', content: 'Hello' }];
const calls = [
  ['/v1/chat/completions', { messages, max_completion_tokens: 20 }],
  ['/v1/messages', { messages, max_tokens: 20 }],
  ['/v1/messages/count_tokens', { messages }],
  ['/v1/responses', { input: 'Hello', max_output_tokens: 20 }],
] as const;

let key: TestKey;
const seen: Request[] = [];

beforeAll(async () => {
  await putCatalog({ ...models }, providers);
  key = await newKey();
});
beforeEach(() => {
  seen.length = 0;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    seen.push(new Request(input, init));
    return Promise.resolve(Response.json({ error: { message: 'No.' } }, { status: 422 }));
  });
});
afterEach(() => void vi.restoreAllMocks());

test.each(Object.keys(ours).flatMap((provider) => calls.map(([path, body]) => [provider, path, body] as const)))(
  '%s is told by %s what is asked, and not who asks',
  async (provider, path, body) => {
    const query = '?key=nonsense&beta=true&api-version=2';
    const sending = { method: 'POST', path: path + query, headers: sentByClient, env: plantedEnv };
    await send(key.key, { ...sending, body: { model: `at-${provider}`, ...body } });
    const isCountedHere = path.endsWith('count_tokens') && provider !== 'claude';
    expect(seen).toHaveLength(isCountedHere ? 0 : 1);
    for (const { url, headers } of seen) {
      const forwarded = theirs(provider, path);
      const expected = new Set([...always, ...(ours[provider] ?? []), ...forwarded]);
      expect([...headers.keys()].toSorted()).toEqual([...expected].toSorted());
      expect(new URL(url).search).toBe(forwarded === byAnthropic ? '?beta=true' : '');
      expect(headers.get('user-agent')).toBe('weir');
      expect(JSON.stringify([...headers])).not.toMatch(/of-the-client|theirs|203\.0\.113|client\.example/);
    }
  },
);
