import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { env } from 'cloudflare:workers';
import { requestIdTimeMs } from '../../../src/http/request-id.ts';
import { type Answer, chat, contentOf, eventsOf, newKey, send, standing } from '../../support/gateway.ts';
import {
  completion,
  failure,
  putCatalog,
  FakeProvider,
  model,
  replaceFetch,
  servedBy,
  usage,
} from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

const chatPath = { method: 'POST', path: '/v1/chat/completions' };
const ids = (answer: Answer) =>
  ['x-request-id', 'request-id', 'x-cfx-request-id'].map((name) => answer.headers.get(name));

describe('a chat completion', () => {
  test('is answered as the provider answered it, byte for byte', async () => {
    const [one] = await servedBy(1);
    const sent =
      '{"id":"x","choices":[{"index":0,"message":{"content":"\\u00e9"}}],\n "usage":{"prompt_tokens":1,"completion_tokens":2},"more":[1e2]}';
    one?.says(() => new Response(sent, { headers: { 'content-type': 'application/json; charset=utf-8' } }));
    const answer = await chat(await newKey(), { model: 'served' });
    expect(answer).toMatchObject({ status: 200, text: sent });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  test('goes to the provider untouched where nothing has to change', async () => {
    const fake = new FakeProvider();
    await putCatalog(
      { same: { ...model(fake), targets: [{ provider: fake.name, model: 'same' }] } },
      { [fake.name]: fake.entry() },
    );
    const body =
      ' {"model":"same" , "messages":[{"role":"user","content":"\\u00e9 é 𝄞"}],\r\n "top_p":1.0, "seed":12345678901234567890,"unheard_of":{"a":[1e-7]} }';
    await send((await newKey()).key, { ...chatPath, body });
    expect(fake.calls[0]?.body).toEqual(new TextEncoder().encode(body));
  });

  test('changes only the model, the cap and the request for usage where these have to', async () => {
    const [one] = await servedBy(1);
    one?.says(streamed(usage, 'Hi'));
    const { key } = await newKey({ limits: [{ metric: 'tokens', per: 'day', max: 5000 }] });
    const body = '{"stream": true,"model": "served","messages":[{"role":"user","content":"\\u00e9"}], "seed":1.0}';
    await send(key, { ...chatPath, body });
    expect(new TextDecoder().decode(one?.calls[0]?.body)).toBe(
      `{"stream": true,"model": "${one?.name}-model","messages":[{"role":"user","content":"\\u00e9"}], "seed":1.0,` +
        '"max_completion_tokens":1000,"stream_options":{"include_usage":true}}',
    );
  });

  test('streams the answer, hides the usage that only the gateway asked for, and tells the cost before the end', async () => {
    const [one] = await servedBy(1);
    one?.says(streamed(usage, 'Hel', 'lo'));
    const answer = await chat(await newKey(), { model: 'served', stream: true });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(contentOf(answer.text)).toBe('Hello');
    expect(answer.text).not.toContain('usage');
    expect(answer.text.endsWith(': cost_usd=0.00005\n\ndata: [DONE]\n\n')).toBe(true);
    expect(answer.headers.has('x-gateway-cost-usd')).toBe(false);
  });

  test('shows the cost in the usage chunk of a client that asked for it', async () => {
    const [one] = await servedBy(1);
    one?.says(streamed(usage, 'Hi'));
    const { text } = await chat(await newKey(), {
      model: 'served',
      stream: true,
      stream_options: { include_usage: true },
    });
    const [last, beforeLast] = eventsOf(text).toReversed();
    expect(last).toBe('[DONE]');
    expect(JSON.parse(beforeLast ?? '')).toMatchObject({ choices: [], usage: { ...usage, cost_usd: '0.00005' } });
    expect(text).not.toContain(': cost_usd');
  });

  test('is charged what the provider reported, to the nano-dollar', async () => {
    const [one] = await servedBy(1, {}, { price: { input: '0.000001', output: '1.234567' } });
    one?.says(completion({ prompt_tokens: 1, completion_tokens: 3 }));
    const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });
    const answer = await chat(key, { model: 'served' });
    // 3.703702 micro-dollars, rounded up once, at the end.
    expect(answer.headers.get('x-gateway-cost-usd')).toBe('0.000003704');
    expect(await standing(key)).toEqual({ posted: 3704, held: 0 });
  });
});

describe('what goes to the provider', () => {
  test('is what its protocol knows of the headers, with the credential of the gateway, and nothing else', async () => {
    const [one] = await servedBy(1, { secret: 'FAKE_KEY', headers: { 'x-title': 'weir' } });
    const { key } = await newKey();
    const headers = {
      'openai-beta': 'assistants=v2',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      cookie: 'session=1',
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'x-api-key': key,
      'api-key': key,
      'x-forwarded-for': '10.0.0.1',
      'cf-connecting-ip': '203.0.113.9',
      'proxy-authorization': 'Basic x',
      'x-gateway-user': 'ada',
      'x-gateway-metadata': '{"team":"a"}',
      'idempotency-key': 'i-1',
      'accept-encoding': 'br',
      'user-agent': 'client/1',
    };
    const body = JSON.stringify({ model: 'served', messages: [{ role: 'user', content: 'Hi' }] });
    const path = '/v1/chat/completions?api-version=2026-01-01&key=nonsense';
    const answer = await send(key, {
      method: 'POST',
      path,
      body,
      headers,
      env: { ...env, FAKE_KEY: 'sk-secret' } as never,
    });
    expect(answer.status).toBe(200);
    const [call] = one?.calls ?? [];
    expect(call?.url.href).toBe(`https://${one?.host}/v1/chat/completions`);
    expect(Object.fromEntries(call?.headers ?? [])).toEqual({
      authorization: 'Bearer sk-secret',
      'content-type': 'application/json',
      'openai-beta': 'assistants=v2',
      traceparent: headers.traceparent,
      'user-agent': 'weir',
      'x-title': 'weir',
    });
  });
});

describe('what comes back', () => {
  test('has its request id under each of three names, another one for every request', async () => {
    const key = await newKey();
    const answers = [
      await chat(key),
      await chat(key, { stream: true }),
      await send(undefined),
      await chat({ key: 'no' }),
    ];
    for (const answer of answers) {
      expect(new Set(ids(answer)).size).toBe(1);
      expect(Math.abs((requestIdTimeMs(ids(answer)[0] ?? '') ?? 0) - Date.now())).toBeLessThan(60_000);
    }
    expect(new Set(answers.map((answer) => ids(answer)[0])).size).toBe(4);
  });

  test('is not given the id that a client made up', async () => {
    const key = await newKey();
    const answer = await chat(key, {}, { headers: { 'x-request-id': 'req_mine' } });
    expect(ids(answer)).not.toContain('req_mine');
  });

  test('says who served, and by which name the provider knows the call, and nothing of the provider’s own limits', async () => {
    const [one] = await servedBy(1);
    const own = {
      'x-request-id': 'up-1',
      'x-ratelimit-remaining-requests': '7',
      'openai-organization': 'org-1',
      'set-cookie': 'a=b',
    };
    one?.says(completion(usage, 'Hi', own));
    const { headers } = await chat(await newKey(), { model: 'served' });
    expect(headers.get('x-gateway-provider')).toBe(one?.name);
    expect(headers.get('x-gateway-model')).toBe('served');
    expect(headers.get('x-gateway-attempts')).toBe('1');
    expect(headers.get('x-gateway-provider-request-id')).toBe('up-1');
    expect(headers.get('x-gateway-cost-usd')).toBe('0.00005');
    for (const name of ['x-ratelimit-remaining-requests', 'openai-organization', 'set-cookie', 'x-gateway-route']) {
      expect(headers.has(name)).toBe(false);
    }
  });

  test('names the route by which a model was found', async () => {
    const [one] = [new FakeProvider()];
    await putCatalog(
      { served: model(one) },
      { [one.name]: one.entry() },
      {
        routes: { safe: { strategy: 'fallback', models: ['served', 'echo'] } },
      },
    );
    const key = await newKey();
    const answer = await chat(key, { model: 'safe' });
    expect(answer.headers.get('x-gateway-route')).toBe('safe; reason="the first of its models"');
    expect(answer.headers.get('x-gateway-model')).toBe('served');
    one.says(failure(500));
    expect((await chat(key, { model: 'safe' })).headers.get('x-gateway-model')).toBe('echo');
  });
});
