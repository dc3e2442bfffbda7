import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Json, hello, newKey, send } from '../../support/gateway.ts';
import { replaceFetch, servedBy } from '../../support/gateway-provider.ts';

/** What a provider charges beside plain tokens, and says in odd places, is in what a call cost. */

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

async function costOf(path: string, body: Json, price: Json, answer: Json | readonly Json[]): Promise<unknown> {
  const protocols = { protocols: ['chat', 'responses'] };
  const [fake] = await servedBy(1, protocols, { price: { input: '1', output: '2', ...price } });
  const isStream = Array.isArray(answer);
  const events = isStream ? answer.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') : '';
  fake?.says(() =>
    isStream ? new Response(events, { headers: { 'content-type': 'text/event-stream' } }) : Response.json(answer),
  );
  const { key } = await newKey();
  const sent = { method: 'POST', path, body: { model: 'served', ...body, ...(isStream ? { stream: true } : {}) } };
  const { headers } = await send(key, sent);
  return (await send(key, { path: `/v1/requests/${headers.get('x-request-id')}` })).json['cost_usd'];
}

const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'weir' } };
const searched: Json = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  error: null,
  output: Array.from({ length: 5 }, () => search),
  usage: { input_tokens: 8000, output_tokens: 200, total_tokens: 8200 },
};

test.each([
  ['whole', searched],
  [
    'as a stream',
    [
      { type: 'response.created', response: { ...searched, output: [], usage: null } },
      { type: 'response.completed', response: searched },
    ],
  ],
])('a response that comes %s costs five searches beside its tokens', async (_how, answer) => {
  const body = { input: 'Search', tools: [{ type: 'web_search' }] };
  expect(await costOf('/v1/responses', body, { webSearch: '0.01' }, answer)).toBe('0.0584');
});

const written = { prompt_tokens: 1000, completion_tokens: 1, prompt_tokens_details: { cache_write_tokens: 1000 } };
const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: written,
};

test.each([
  ['short', {}, '0.001252'],
  ['long', { prompt_cache_retention: '24h' }, '0.002502'],
])('a %s cache that was asked for costs what it costs, though the usage does not tell it', async (_how, more, cost) => {
  const prices = { cacheWrite5m: '1.25', cacheWrite1h: '2.5' };
  expect(await costOf('/v1/chat/completions', { messages: hello, ...more }, prices, answer)).toBe(cost);
});

test('a tier that only the first chunk names is the one that is charged', async () => {
  const chunks = [
    { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }], service_tier: 'priority' },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage: { prompt_tokens: 1000, completion_tokens: 1000 } },
  ];
  const prices = { serviceTiers: { priority: { input: '3', output: '6' } } };
  expect(await costOf('/v1/chat/completions', { messages: hello }, prices, chunks)).toBe('0.009');
});
