import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Answer, type Json, type TestKey, inspect, newKey, send } from '../../support/gateway.ts';
import { FakeProvider, type Reply, model, putCatalog, replaceFetch } from '../../support/gateway-provider.ts';
import { spoken } from '../chaos/spoken.ts';

/** Whatever a request is called, and whether or not it has `messages`, it is counted (fault 4). */

type Limit = NonNullable<Policy['limits']>[number];

interface Kind {
  readonly path: string;
  readonly body: Json;
  /** By which name limits know the endpoint. */
  readonly endpoint: 'chat' | 'responses' | 'messages' | 'embeddings';
  readonly tokens: number;
  readonly nanoUsd: number;
}

const said = { tokens: 100, nanoUsd: 40 * 1000 + 60 * 2000 };
const messages = [{ role: 'user', content: 'Hello' }];
const kinds: readonly Kind[] = [
  { path: '/v1/chat/completions', body: { messages, max_completion_tokens: 80 }, endpoint: 'chat', ...said },
  { path: '/v1/messages', body: { messages, max_tokens: 80 }, endpoint: 'messages', ...said },
  { path: '/v1/responses', body: { input: 'Hello', max_output_tokens: 80 }, endpoint: 'responses', ...said },
  {
    path: '/v1/embeddings',
    body: { model: 'vectors', input: 'Hello' },
    endpoint: 'embeddings',
    tokens: 40,
    nanoUsd: 40_000,
  },
  // What is only measured costs nothing but the request.
  { path: '/v1/messages/count_tokens', body: { messages }, endpoint: 'messages', tokens: 0, nanoUsd: 0 },
];
const named = kinds.map((kind) => [kind.path, kind] as const);

const usd: Limit = { metric: 'usd', per: 'total', max: '100' };

async function serve(): Promise<FakeProvider> {
  const fake = new FakeProvider().says(answer);
  const served = { ...model(fake), endpoints: ['chat', 'messages', 'responses'] };
  const entry = fake.entry({ protocols: ['chat', 'responses', 'embeddings'] });
  await putCatalog({ served, vectors: { ...model(fake), endpoints: ['embeddings'] } }, { [fake.name]: entry });
  return fake;
}

const answer: Reply = ({ url }) => {
  const protocol = url.pathname.endsWith('/embeddings')
    ? 'embeddings'
    : url.pathname.endsWith('/responses')
      ? 'responses'
      : 'chat';
  return Response.json(spoken[protocol].whole(spoken[protocol].usage(40, 60)));
};

async function ask({ key }: TestKey, { path, body }: Kind): Promise<Answer> {
  return send(key, { method: 'POST', path, body: { model: 'served', ...body } });
}

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

describe.each(named)('%s', (path, kind) => {
  test('is counted: as a request, and in tokens and money', async () => {
    await serve();
    const limits: Limit[] = [
      { metric: 'requests', per: 'total', max: 9 },
      { metric: 'tokens', per: 'day', max: 9000 },
      usd,
    ];
    const key = await newKey({ limits });
    for (let call = 0; call < 2; call += 1) expect(await ask(key, kind)).toMatchObject({ status: 200 });
    const { standings } = await inspect(key);
    expect(standings.map(({ posted }) => posted)).toEqual([2, 2 * kind.tokens, 2 * kind.nanoUsd]);
    expect(standings.map(({ held }) => held)).toEqual([0, 0, 0]);
  });

  test('is counted by a limit on its endpoint, and by none on another', async () => {
    await serve();
    const others = kinds.filter(({ endpoint }) => endpoint !== kind.endpoint);
    const limits: Limit[] = [kind, ...others.slice(0, 1)].map(({ endpoint }) => ({
      metric: 'requests',
      per: 'total',
      max: 1,
      endpoint,
    }));
    const key = await newKey({ limits });
    expect(await ask(key, kind)).toMatchObject({ status: 200 });
    expect(await ask(key, kind)).toMatchObject({ status: 429 });
    expect((await inspect(key)).standings.map(({ posted }) => posted)).toEqual([1, 0]);
  });

  test('is refused when the requests of the key are used up, and asks nobody', async () => {
    const fake = await serve();
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 0 }] });
    expect(await ask(key, kind)).toMatchObject({ status: 429 });
    expect(fake.arrivals).toBe(0);
  });

  test('of fifty first requests at once lets through no more than the limit (fault 3)', async () => {
    const fake = await serve();
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 5 }] });
    const answers = await Promise.all(Array.from({ length: 50 }, async () => ask(key, kind)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(45);
    expect(fake.arrivals).toBe(path.endsWith('count_tokens') ? 0 : 5);
    expect((await inspect(key)).standings).toMatchObject([{ posted: 5, held: 0 }]);
  });
});
