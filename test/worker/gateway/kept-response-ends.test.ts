import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { type Json, changeKey, errorOf, newKey, send, standing } from '../../support/gateway.ts';
import { replaceFetch, servedByOne } from '../../support/gateway-provider.ts';
import {
  get,
  lastOf,
  respond,
  response,
  responseStream,
  saying,
  native,
  user,
  money,
  idOf,
} from '../../support/gateway-responses.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

describe('what is not kept', () => {
  test.each([
    ['previous_response_id', { previous_response_id: 'resp_none' }, /Send the whole conversation/],
    ['input[1]', { input: [user('Hi'), { type: 'item_reference', id: 'msg_none' }] }, /Send the item itself/],
  ])('is said to be, where %s names it', async (param, body, remedy) => {
    const fake = await servedByOne();
    const key = await newKey();
    expect(errorOf(await respond(key, body))).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param,
      message: expect.stringMatching(remedy),
    });
    expect(fake.calls).toEqual([]);
  });

  test('is another key’s', async () => {
    await servedByOne();
    const [mine, other] = [await newKey(), await newKey()];
    const id = idOf(await respond(mine, {}));
    expect((await get(mine, id)).status).toBe(200);
    for (const method of ['GET', 'DELETE']) expect((await get(other, id, method)).status).toBe(404);
    expect(errorOf(await respond(other, { previous_response_id: id }))).toMatchObject({ status: 400 });
  });

  test('is what its client wants not kept', async () => {
    await servedByOne();
    const key = await newKey();
    const answer = await respond(key, { store: false });
    expect(answer.json['store']).toBe(false);
    expect((await get(key, idOf(answer))).status).toBe(404);
  });

  test('is anything, where the policy says so, and what was kept is forgotten', async () => {
    await servedByOne();
    const key = await newKey();
    const before = await respond(key, {});
    await changeKey(key, { responses: { store: false } });
    const after = await respond(key, { store: true });
    expect(after.json['store']).toBe(false);
    for (const answer of [before, after]) expect((await get(key, idOf(answer))).status).toBe(404);
  });

  test('is a stream that has failed', async () => {
    const fake = await servedByOne(native);
    fake.says(responseStream([saying('half', 'msg_a')], ['{"type":"error","message":"broken","code":"server_error"}']));
    const key = await newKey();
    const { text } = await respond(key, { stream: true });
    const last = lastOf(text);
    expect(last).toMatchObject({ type: 'response.failed', response: { store: false } });
    expect((await get(key, String(last.response['id']))).status).toBe(404);
  });

  test.each([true, false])('is told as not kept where its account does not answer (stream: %s)', async (stream) => {
    const fake = await servedByOne(native);
    fake.says(stream ? responseStream([saying('one', 'msg_a')]) : response([saying('one', 'msg_a')]));
    const key = await newKey();
    const env = interceptedEnv(async ({ method, request, ask }) => {
      if (method !== 'settle') return ask();
      // As if there had been no room for it.
      Reflect.deleteProperty(request as object, 'response');
      return ask();
    });
    const { text, json } = await respond(key, { stream }, { env });
    const told = stream ? lastOf(text).response : json;
    expect(told).toMatchObject({ status: 'completed', store: false });
    expect((await get(key, String(told['id']))).status).toBe(404);
  });
});

describe('a kept response', () => {
  test('is answered as it was told, and forgotten when its client says so', async () => {
    await servedByOne();
    const key = await newKey();
    const made = await respond(key, { metadata: { job: '7' } });
    const found = await get(key, idOf(made));
    expect(found.json).toEqual(made.json);
    expect(found.headers.get('content-type')).toBe('application/json');
    expect((await get(key, idOf(made), 'HEAD')).status).toBe(200);
    const gone = await get(key, idOf(made), 'DELETE');
    expect(gone.json).toEqual({ id: idOf(made), object: 'response', deleted: true });
    for (const method of ['GET', 'HEAD', 'DELETE']) expect((await get(key, idOf(made), method)).status).toBe(404);
    expect(errorOf(await respond(key, { previous_response_id: idOf(made) }))).toMatchObject({ status: 400 });
  });

  test('of a stream is what its last event told', async () => {
    await servedByOne(native).then((fake) => fake.says(responseStream([saying('one', 'msg_a')])));
    const key = await newKey();
    const { response: told } = lastOf((await respond(key, { stream: true })).text);
    expect((await get(key, String(told['id']))).json).toEqual(told);
  });

  test('that was cut off at its hold is incomplete, and can be gone on from', async () => {
    const fake = await servedByOne(native);
    fake.says(responseStream([saying('word '.repeat(400), 'msg_a')]), response([saying('more', 'msg_b')]));
    const key = await newKey({ limits: [...money] });
    const { text } = await respond(key, { stream: true, max_output_tokens: 16 });
    const last = lastOf(text);
    expect(last).toMatchObject({ type: 'response.incomplete', response: { store: true, status: 'incomplete' } });
    const id = String(last.response['id']);
    expect((await get(key, id)).json).toEqual(last.response);
    expect((await respond(key, { input: 'Go on', previous_response_id: id })).status).toBe(200);
    expect((await standing(key)).held).toBe(0);
  });

  test('has its input listed, newest first, a page at a time', async () => {
    await servedByOne();
    const key = await newKey();
    const first = await respond(key, { input: [user('One'), user('Two')] });
    const second = await respond(key, { input: 'Three', previous_response_id: idOf(first) });
    const page = async (query: string) => (await get(key, `${idOf(second)}/input_items${query}`)).json;
    const whole = await page('?order=asc');
    const items = whole['data'] as Json[];
    expect(items.map(({ role, content }) => [role, (content as Json[])[0]?.['text']])).toEqual([
      ['user', 'One'],
      ['user', 'Two'],
      ['assistant', 'Hi'],
      ['user', 'Three'],
    ]);
    expect(whole).toMatchObject({
      object: 'list',
      has_more: false,
      first_id: items[0]?.['id'],
      last_id: items[3]?.['id'],
    });
    const newest = await page('?limit=3');
    expect(newest['data']).toEqual(items.toReversed().slice(0, 3));
    expect(newest['has_more']).toBe(true);
    expect(await page(`?limit=3&after=${String(newest['last_id'])}`)).toMatchObject({
      data: [items[0]],
      has_more: false,
    });
    for (const [query, param] of [
      ['?limit=0', 'limit'],
      ['?limit=101', 'limit'],
      ['?order=up', 'order'],
      ['?after=x', 'after'],
    ]) {
      expect(errorOf(await get(key, `${idOf(second)}/input_items${query}`))).toMatchObject({ status: 400, param });
    }
  });

  test('is said to be too large to be listed, and not to be gone', async () => {
    await servedByOne();
    const key = await newKey();
    const made = await respond(key, {});
    const tooLarge = interceptedEnv(async ({ method, ask }) =>
      method === 'keptTurns' ? { kind: 'too-large' } : ask(),
    );
    const listed = await send(key.key, {
      method: 'GET',
      path: `/v1/responses/${idOf(made)}/input_items`,
      env: tooLarge,
    });
    const message = expect.stringContaining('is larger than 15728640 bytes');
    expect(errorOf(listed)).toMatchObject({ status: 413, code: 'request_too_large', message });
  });

  test('is not answered as a stream', async () => {
    await servedByOne();
    const key = await newKey();
    const made = await respond(key, {});
    expect(errorOf(await get(key, `${idOf(made)}?stream=true`))).toMatchObject({ status: 400, param: 'stream' });
  });

  test('is not made again by a repeat of its call, which is answered from the first, also when what it built on is gone', async () => {
    const fake = await servedByOne(native);
    fake.says(response([saying('1', 'msg_a')]), responseStream([saying('2', 'msg_b')]));
    const key = await newKey();
    const first = await respond(key, {});
    const again = { input: 'Two', stream: true, previous_response_id: idOf(first) };
    const headers = { 'idempotency-key': 'turn-2' };
    const second = await respond(key, again, { headers });
    expect(lastOf(second.text).response).toMatchObject({ store: true });
    await get(key, idOf(first), 'DELETE');
    const repeat = await respond(key, again, { headers });
    expect(repeat.text).toBe(second.text);
    expect(fake.calls).toHaveLength(2);
    const id = String(lastOf(second.text).response['id']);
    expect((await get(key, id)).json).toEqual(lastOf(second.text).response);
  });
});

test('what a response would put in is counted with all that it goes on from', async () => {
  await servedByOne();
  const key = await newKey();
  const first = await respond(key, { input: 'word '.repeat(1000) });
  const count = async (body: Json) => {
    const path = '/v1/responses/input_tokens';
    return (await respond(key, { max_output_tokens: undefined, ...body }, { path })).json;
  };
  expect(await count({ input: 'Hi' })).toMatchObject({ object: 'response.input_tokens' });
  const alone = Number((await count({ input: 'Hi' }))['input_tokens']);
  const after = Number((await count({ input: 'Hi', previous_response_id: idOf(first) }))['input_tokens']);
  expect(after - alone).toBeGreaterThan(1000);
});

describe('a call asks its account', () => {
  const questionsOf = async (run: (env: ReturnType<typeof interceptedEnv>) => Promise<unknown>): Promise<string[]> => {
    const asked: string[] = [];
    await run(
      interceptedEnv(async ({ method, ask }) => {
        asked.push(method);
        return ask();
      }),
    );
    return asked;
  };

  test('twice where it goes on from nothing, and once more where it does', async () => {
    await servedByOne();
    const key = await newKey({ limits: [...money] });
    const first = await respond(key, {});
    for (const body of [{}, { store: false }, { input: [user('Hi'), { role: 'assistant', content: 'Hi' }] }]) {
      expect(await questionsOf(async (env) => respond(key, body, { env }))).toEqual(['admit', 'settle']);
    }
    const previous = { previous_response_id: idOf(first) };
    expect(await questionsOf(async (env) => respond(key, previous, { env }))).toEqual(['resolve', 'admit', 'settle']);
  });
});
