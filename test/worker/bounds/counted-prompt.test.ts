import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Answer, type Json, type TestKey, newKey, send, standing } from '../../support/gateway.ts';
import { justText } from '../../support/fakes/compose.ts';
import { messageOf } from '../../support/fakes/messages-answer.ts';
import {
  FakeProvider,
  type Reply,
  completion,
  model,
  putCatalog,
  replaceFetch,
} from '../../support/gateway-provider.ts';

/** A prompt that does not fit by its bytes is counted, and fits or not by what it really is. */

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

const prose = 'The weir measures the river, and limits it, so that nobody downstream is flooded. '.repeat(60);
const promptTokens = 960;
const messages = [{ role: 'user', content: prose }];

const usage = { input_tokens: promptTokens, output_tokens: 5 };
const message = messageOf({ id: 'msg_1', model: 'm', usage }, justText('Hi'));

const claude: Reply = ({ url }) =>
  Response.json(url.pathname.endsWith('/count_tokens') ? { input_tokens: promptTokens } : message);

interface Counted {
  readonly what: string;
  readonly path: string;
  readonly entry: (fake: FakeProvider) => Json;
  readonly more: Json;
  readonly reply: Reply;
  readonly body: Json;
  /** What the provider is asked before the call itself. */
  readonly askedFirst: readonly string[];
}

const anthropic = (fake: FakeProvider): Json => ({ kind: 'anthropic', baseUrl: `https://${fake.host}` });

const cases: readonly Counted[] = [
  {
    what: 'by the tokenizer that is known here',
    path: '/v1/chat/completions',
    entry: (fake) => fake.entry(),
    more: { tokenizer: 'o200k' },
    reply: completion({ prompt_tokens: promptTokens, completion_tokens: 5 }),
    body: { messages, max_completion_tokens: 20 },
    askedFirst: [],
  },
  {
    what: 'by the provider, which tells it for nothing',
    path: '/v1/messages',
    entry: anthropic,
    more: {},
    reply: claude,
    body: { messages, max_tokens: 20 },
    askedFirst: ['/v1/messages/count_tokens'],
  },
  {
    what: 'by the provider, also of what is translated for it',
    path: '/v1/chat/completions',
    entry: anthropic,
    more: {},
    reply: claude,
    body: { messages, max_completion_tokens: 20 },
    askedFirst: ['/v1/messages/count_tokens'],
  },
];

interface Asked {
  readonly key: TestKey;
  readonly answer: Answer;
  readonly heldNanoUsd: number;
  /** What the provider was asked, call by call. */
  readonly paths: readonly string[];
}

async function ask(counted: Counted, tokensMax: number): Promise<Asked> {
  const fake = new FakeProvider().says(counted.reply);
  await putCatalog({ served: { ...model(fake), ...counted.more } }, { [fake.name]: counted.entry(fake) });
  const key = await newKey({ limits: [{ metric: 'tokens', per: 'total', max: tokensMax }] });
  const answer = await send(key.key, {
    method: 'POST',
    path: counted.path,
    body: { model: 'served', ...counted.body },
  });
  const { json } = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
  const paths = fake.calls.map(({ url }) => url.pathname);
  return { key, answer, heldNanoUsd: Math.round(Number(json['held_usd']) * 1e9), paths };
}

describe.each(cases.map((each) => [each.what, each] as const))('counted %s', (_what, counted) => {
  test('a prompt is admitted that does not fit by its bytes, and what is held is what was counted', async () => {
    const { key, answer, heldNanoUsd, paths } = await ask(counted, 2000);
    expect(answer.status).toBe(200);
    expect(heldNanoUsd).toBeGreaterThanOrEqual(promptTokens * 1000);
    expect(heldNanoUsd).toBeLessThan(prose.length * 500);
    expect(paths.slice(0, -1)).toEqual(counted.askedFirst);
    expect(await standing(key)).toEqual({ posted: promptTokens + 5, held: 0 });
  });

  test('a prompt is refused that does not fit as it really is', async () => {
    const { key, answer, paths } = await ask(counted, 500);
    expect(answer.status).toBe(429);
    expect(paths).toEqual(counted.askedFirst);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
  });

  test('nothing is counted of a prompt that fits by its bytes', async () => {
    const { answer, heldNanoUsd, paths } = await ask(counted, 100_000);
    expect(answer.status).toBe(200);
    expect(heldNanoUsd).toBeGreaterThan(prose.length * 1000);
    expect(paths).toHaveLength(1);
  });
});

test('a provider that can not count leaves it at the bytes', async () => {
  const [, byProvider] = cases;
  if (byProvider === undefined) throw new Error('there is such a case');
  const broken: Reply = (call) =>
    call.url.pathname.endsWith('/count_tokens') ? new Response('oops', { status: 500 }) : byProvider.reply(call);
  const { answer, paths } = await ask({ ...byProvider, reply: broken }, 2000);
  expect(answer.status).toBe(429);
  expect(paths).toEqual(['/v1/messages/count_tokens']);
});

test('a count that can not be true leaves it at the bytes', async () => {
  const [, byProvider] = cases;
  if (byProvider === undefined) throw new Error('there is such a case');
  const careless: Reply = (call) =>
    call.url.pathname.endsWith('/count_tokens') ? Response.json({ input_tokens: 3 }) : byProvider.reply(call);
  const { answer, paths } = await ask({ ...byProvider, reply: careless }, 2000);
  expect(answer.status).toBe(429);
  expect(paths).toEqual(['/v1/messages/count_tokens']);
});

test('what the catalog adds to a prompt is counted with it', async () => {
  const [, byProvider] = cases;
  if (byProvider === undefined) throw new Error('there is such a case');
  const asked: string[] = [];
  const reply: Reply = (call) => {
    asked.push(JSON.stringify(call.json));
    return byProvider.reply(call);
  };
  await ask({ ...byProvider, reply, more: { params: { system: 'Mind the weir.' } } }, 2000);
  expect(asked).toHaveLength(2);
  for (const text of asked) expect(text).toContain('Mind the weir.');
});

test('nobody is asked for the size of a prompt where nothing is left', async () => {
  const [, byProvider] = cases;
  if (byProvider === undefined) throw new Error('there is such a case');
  const spender: Reply = (call) =>
    call.url.pathname.endsWith('/count_tokens')
      ? byProvider.reply(call)
      : Response.json({ ...message, usage: { input_tokens: 1990, output_tokens: 10 } });
  const fake = new FakeProvider().says(spender);
  await putCatalog({ served: model(fake) }, { [fake.name]: anthropic(fake) });
  const key = await newKey({ limits: [{ metric: 'tokens', per: 'total', max: 2000 }] });
  const request = { method: 'POST', path: byProvider.path, body: { model: 'served', messages, max_tokens: 20 } };
  expect((await send(key.key, request)).status).toBe(200);
  expect(await standing(key)).toEqual({ posted: 2000, held: 0 });
  expect((await send(key.key, request)).status).toBe(429);
  expect(fake.calls.map(({ url }) => url.pathname)).toEqual(['/v1/messages/count_tokens', '/v1/messages']);
});
