import { afterEach, describe, expect, test, vi } from 'vitest';
import { ChatStream } from '../../../src/protocols/chat/stream.ts';
import { decodeUsage } from '../../../src/protocols/chat/usage.ts';
import { decodeFault } from '../../../src/protocols/chat/fault.ts';
import { readCompletion } from '../../../src/protocols/chat/read-chunk.ts';
import { lookUpGeneration } from '../../../src/providers/generation-lookup.ts';
import { credentialsFor, sendCall } from '../../../src/providers/send.ts';
import { SseScanner } from '../../../src/protocols/sse.ts';
import { testCatalog } from '../../support/chat.ts';
import { type FakeName, fakeBasePaths, fakeNames } from '../../support/fakes/fake.ts';
import { Fakes } from '../../support/fakes/fakes.ts';
import { answerFixtures } from './fixtures/chat-answers.ts';
import { streamFixtures } from './fixtures/chat-streams.ts';

describe('a whole answer', () => {
  test.each(answerFixtures)('of $provider reports its usage', ({ answer, usage }) => {
    expect(decodeUsage(answer)).toMatchObject(usage);
    expect(decodeFault(answer)).toBeUndefined();
    expect(readCompletion(answer).choices).toMatchObject([{ delta: { content: 'Hello!' }, finish_reason: 'stop' }]);
  });
});

describe('a stream', () => {
  test.each(streamFixtures)('of $provider', ({ lines, kinds, usage }) => {
    const reader = new ChatStream({ choices: 1, wordsPerToken: 1 });
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n\n`).join(''));
    const events = new SseScanner().push(bytes)?.events.map(({ data }) => reader.read(data)) ?? [];
    expect(events.map(({ kind }) => kind)).toEqual(kinds);
    if (usage === undefined) expect(reader.usageOfAll).toBeUndefined();
    else expect(reader.usageOfAll).toMatchObject(usage);
  });
});

describe('what is sent', () => {
  const hosts = new Map<string, FakeName>(fakeNames.map((name) => [`${name}.example`, name]));
  hosts.set('api.cloudflare.com', 'workers-ai').set('gateway.ai.cloudflare.com', 'cloudflare-ai-gateway');
  const variables: Record<string, string> = {
    KEY: 'key',
    CLOUDFLARE_ACCOUNT_ID: 'fake-account',
    CLOUDFLARE_API_TOKEN: 'key',
    AI_GATEWAY_ACCOUNT_ID: 'fake-account',
    AI_GATEWAY_ID: 'fake-gateway',
  };
  const { providers } = testCatalog({
    providers: {
      'workers-ai': { kind: 'workers-ai' },
      'cloudflare-ai-gateway': { kind: 'cloudflare-ai-gateway', secret: 'KEY' },
      anthropic: { kind: 'anthropic', baseUrl: 'https://anthropic.example', secret: 'KEY' },
      ...Object.fromEntries(
        (['openai', 'openrouter', 'zai', 'google', 'groq', 'deepseek', 'mistral', 'xai'] as const).map((name) => [
          name,
          { kind: 'openai', baseUrl: `https://${name}.example${fakeBasePaths[name]}`, secret: 'KEY' },
        ]),
      ),
    },
    models: {},
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Sends to the fake in place of the network, with the credential that the environment has. */
  async function send(name: FakeName, body: object, variable = (wanted: string) => variables[wanted]) {
    const provider = providers.get(name);
    if (provider === undefined) throw new Error(`there is no ${name}`);
    const endpoint = 'endpoints' in provider ? provider.endpoints[0] : undefined;
    const found = credentialsFor({ provider, endpoint, variable, ai: undefined });
    const fakes = new Fakes();
    const fetched = async (url: string, init: RequestInit) => {
      const fake = hosts.get(new URL(url).host);
      if (fake === undefined) throw new TypeError(`nobody is at ${url}`);
      return fakes.fetch(fake, new URL(url), init);
    };
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init = {}) =>
      fetched(typeof url === 'string' ? url : '', init),
    );
    const response = await sendCall({
      provider,
      endpoint,
      protocol: name === 'anthropic' ? 'messages' : 'chat',
      targetModel: 'fake',
      contextTokens: undefined,
      clientRequest: { protocol: 'chat', query: '', headers: new Headers() },
      body: new TextEncoder().encode(JSON.stringify(body)),
      stream: false,
      credential: found.kind === 'found' ? found.credential : undefined,
      signal: new AbortController().signal,
      variable,
      ai: undefined,
      about: { requestId: 'r', userId: undefined, organizationId: undefined, endUser: undefined, price: undefined },
    });
    return { response, fetched };
  }

  const modelOf = (name: FakeName) =>
    name === 'workers-ai' ? '@cf/fake' : name === 'cloudflare-ai-gateway' ? 'openai/fake' : 'fake';

  test.each(fakeNames)('to %s is taken, and its credential with it', async (name) => {
    const body = { model: modelOf(name), max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] };
    const { response } = await send(name, body);
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).toContain('I heard: Hi');
    const { response: refused } = await send(name, body, (wanted) =>
      /KEY|TOKEN/.test(wanted) ? 'bad-key' : variables[wanted],
    );
    expect(refused.status).toBeGreaterThanOrEqual(400);
  });

  test('to OpenRouter can be asked about afterwards', async () => {
    const { response, fetched } = await send('openrouter', {
      model: 'fake',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const answer = (await response.json()) as Record<string, unknown>;
    const usage = await lookUpGeneration(
      {
        baseUrl: `https://openrouter.example${fakeBasePaths.openrouter}`,
        path: '/generation',
        id: String(answer['id']),
        credential: 'key',
      },
      { fetch: fetched, wait: async () => undefined, signal: new AbortController().signal },
    );
    expect(usage?.statedNanoUsd).toBe(decodeUsage(answer)?.statedNanoUsd);
    expect(usage).toMatchObject({ inputTokens: decodeUsage(answer)?.inputTokens });
  });
});
