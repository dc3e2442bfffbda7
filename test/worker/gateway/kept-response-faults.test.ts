import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { type Json, errorOf, newKey, send } from '../../support/gateway.ts';
import { completion, replaceFetch, servedByOne } from '../../support/gateway-provider.ts';
import {
  get,
  lastOf,
  respond,
  response,
  responseStream,
  saying,
  thinking,
  toldIn,
  native,
  user,
  money,
  idOf,
} from '../../support/gateway-responses.ts';
import { hangs } from '../../support/gateway-stream.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

/** What the settlements of a test say is to be kept. */
function watchedSettlements() {
  const kept: { readonly baseId?: string; readonly input: string }[] = [];
  const asked: string[] = [];
  const env = interceptedEnv(async ({ method, request, ask }) => {
    asked.push(method);
    const { response: said } = request as { response?: (typeof kept)[number] };
    if (method === 'settle' && said !== undefined) kept.push(said);
    return ask();
  });
  return { env, kept, asked };
}

describe('what a client is told of a response', () => {
  test('is what it was when it was cut off, whatever its provider says later, and while that is waited for', async () => {
    const fake = await servedByOne(native);
    const more = {
      type: 'response.output_text.delta',
      item_id: 'msg_a',
      output_index: 0,
      content_index: 0,
      delta: 'MORE',
    };
    fake.says(responseStream([saying('word '.repeat(400), 'msg_a')], [JSON.stringify(more), hangs]));
    const key = await newKey({ limits: [...money] });
    const { text } = await respond(key, { stream: true, max_output_tokens: 16 });
    const last = lastOf(text);
    expect(last).toMatchObject({ type: 'response.incomplete', response: { store: false } });
    expect(JSON.stringify(last.response)).not.toContain('MORE');
    expect(text.match(/response\.incomplete"/g)).toHaveLength(1);
    expect((await get(key, String(last.response['id']))).status).toBe(404);
  });

  test('is whole, though the time of its call is over while its account is waited for', async () => {
    const fake = await servedByOne(native);
    fake.says(responseStream([saying('one two', 'msg_a')]));
    const key = await newKey();
    const env = interceptedEnv(async ({ method, ask }) => {
      if (method === 'settle') await new Promise((resolve) => void setTimeout(resolve, 2500));
      return ask();
    });
    const answer = await respond(key, { stream: true }, { env, headers: { 'x-gateway-timeout-ms': '1000' } });
    expect(lastOf(answer.text)).toMatchObject({ type: 'response.completed', response: { store: true } });
  });

  test.each([true, false])('is repeated as it was, where it was not kept (stream: %s)', async (stream) => {
    const fake = await servedByOne(native);
    const big = 'x'.repeat(600_000);
    fake.says(stream ? responseStream([saying('one', 'msg_a')]) : response([saying('one', 'msg_a')]));
    const key = await newKey({ responses: { bytesMax: 1_000_000 } });
    const headers = { 'idempotency-key': 'k-1' };
    const body = { stream, input: [user(big), user(big)] };
    const [first, again] = [await respond(key, body, { headers }), await respond(key, body, { headers })];
    const told = stream ? lastOf(first.text).response : first.json;
    expect(told).toMatchObject({ store: false });
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  test('says which one it goes on from, also where it is not kept itself', async () => {
    const fake = await servedByOne(native);
    const said = [saying('1', 'msg_a')];
    fake.says(response(said), response(said), responseStream(said));
    const key = await newKey();
    const first = await respond(key, {});
    const next = { store: false, previous_response_id: idOf(first) };
    expect((await respond(key, next)).json).toMatchObject({ store: false, previous_response_id: idOf(first) });
    for (const told of toldIn((await respond(key, { ...next, stream: true })).text)) {
      expect(told).toMatchObject({ store: false, previous_response_id: idOf(first) });
    }
  });
});

describe('a conversation that is sent whole', () => {
  test('is kept once, in whatever order its client writes the fields of an item', async () => {
    const fake = await servedByOne(native);
    fake.says(response([saying('1', 'msg_a')]), response([saying('2', 'msg_b')]));
    const key = await newKey();
    const { env, kept } = watchedSettlements();
    const first = await respond(key, { input: [user('One')] }, { env });
    const [item = {}] = first.json['output'] as Json[];
    const turned = Object.fromEntries(Object.entries(item).toReversed());
    await respond(key, { input: [user('One'), turned, user('Two')] }, { env });
    expect(kept[1]).toMatchObject({ baseId: idOf(first), input: JSON.stringify([user('Two')]) });
  });

  test('reaches its provider as it was sent, and is asked about only where responses are kept', async () => {
    const fake = await servedByOne(native);
    fake.says(response([saying('1', 'msg_a')]));
    const key = await newKey({ responses: { store: false } });
    const { env, asked } = watchedSettlements();
    await respond(key, {}, { env });
    asked.length = 0;
    const body =
      '{"model":"served","input":[{"role":"user","content":"Hi","n":-1.50e0},{"id":"msg_a","type":"message","role":"assistant","content":[]}]}';
    await send(key.key, { method: 'POST', path: '/v1/responses', body, env });
    expect(asked).toEqual(['admit', 'settle']);
    expect(new TextDecoder().decode(fake.calls.at(-1)?.body)).toContain('-1.50e0');
  });

  test('holds tools as deep as any call may', async () => {
    const fake = await servedByOne(native);
    fake.says(response([saying('1', 'msg_a')]), response([saying('2', 'msg_b')]));
    const key = await newKey();
    let parameters: Json = { type: 'object' };
    for (let depth = 0; depth < 55; depth += 1) parameters = { a: parameters };
    const tools = [{ type: 'function', name: 'f', parameters }];
    const first = await respond(key, { tools });
    expect((await respond(key, { tools, previous_response_id: idOf(first) })).status).toBe(200);
  });
});

describe('what a provider is told of a conversation that was kept', () => {
  test('holds no thoughts that only a provider which had kept them could find', async () => {
    const fake = await servedByOne(native);
    const lost = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }] };
    const shown = { ...lost, id: 'rs_2', content: [{ type: 'reasoning_text', text: 'Hm' }] };
    fake.says(response([lost, shown, saying('1', 'msg_a'), thinking('gAAA', 'rs_3'), saying('2', 'msg_b')]));
    const key = await newKey();
    const first = await respond(key, { input: 'One' });
    await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    const input = fake.calls.at(-1)?.json['input'] as Json[];
    expect(input.map(({ id }) => id)).toEqual([undefined, 'rs_2', 'msg_a', 'rs_3', 'msg_b', undefined]);
  });

  test('is not guessed at, where several items have the id that is meant', async () => {
    const fake = await servedByOne(native);
    fake.says(...['1', '2', '3'].map((text) => response([saying(text, 'msg_0')])));
    const key = await newKey();
    const first = await respond(key, { input: 'One' });
    await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    const reference = { type: 'item_reference', id: 'msg_0' };
    const answer = await respond(key, { input: [user('a'), reference, user('b')] });
    expect(errorOf(answer)).toMatchObject({
      status: 400,
      param: 'input[1]',
      message: expect.stringMatching(/Several/),
    });
  });

  test('is told of by the places that its client knows, where it is refused', async () => {
    const fake = await servedByOne();
    fake.says(completion(undefined, '1'));
    const key = await newKey();
    const first = await respond(key, { input: [user('a'), user('b')] });
    const bad = { type: 'file_search_call', id: 'fs_1', queries: [] };
    const answer = await respond(key, { input: [user('c'), bad], previous_response_id: idOf(first) });
    expect(errorOf(answer)).toMatchObject({ status: 400, param: 'input[1].type' });
  });
});

test('items that share an id are listed once each, page after page', async () => {
  await servedByOne();
  const key = await newKey();
  const made = await respond(key, { input: ['a', 'b', 'c'].map((text) => ({ ...user(text), id: 'msg_same' })) });
  const seen: unknown[] = [];
  let after = '';
  for (let page = 0; page < 5; page += 1) {
    const { json } = await get(key, `${idOf(made)}/input_items?limit=1&order=asc${after}`);
    seen.push(...(json['data'] as Json[]).map(({ content }) => (content as Json[])[0]?.['text']));
    if (json['has_more'] !== true) break;
    after = `&after=${String(json['last_id'])}`;
  }
  expect(seen).toEqual(['a', 'b', 'c']);
});

test.each([
  ['POST', '/v1/responses/compact', /Ask a model for a summary/],
  ['POST', '/v1/conversations', /previous_response_id/],
  ['GET', '/v1/conversations/conv_1/items', /previous_response_id/],
])('%s %s is not here, and what to do instead is said', async (method, path, remedy) => {
  const key = await newKey();
  const answer = await send(key.key, { method, path, ...(method === 'POST' ? { body: {} } : {}) });
  expect(errorOf(answer)).toMatchObject({ status: 404, message: expect.stringMatching(remedy) });
});

test('instructions alone are counted too', async () => {
  await servedByOne();
  const key = await newKey();
  const path = '/v1/responses/input_tokens';
  const answer = await send(key.key, { method: 'POST', path, body: { model: 'served', instructions: 'Be brief.' } });
  expect(answer.json).toMatchObject({ object: 'response.input_tokens', input_tokens: expect.any(Number) });
});
