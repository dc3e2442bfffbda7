import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ownedReasoning } from '../../../src/protocols/responses/owned-reasoning.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { type Json, errorOf, newKey, standing } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  model,
  putCatalog,
  replaceFetch,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { justText } from '../../support/fakes/compose.ts';
import { messageOf } from '../../support/fakes/messages-answer.ts';
import {
  get,
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

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

const messagesIn = ({ calls }: FakeProvider): readonly Json[] => (calls.at(-1)?.json['messages'] ?? []) as Json[];

/** Models at a server of each protocol, with one name each. */
async function everyProtocol(): Promise<Record<'chat' | 'messages' | 'responses', FakeProvider>> {
  const fakes = { chat: new FakeProvider(), messages: new FakeProvider(), responses: new FakeProvider() };
  await putCatalog(
    Object.fromEntries(Object.entries(fakes).map(([name, fake]) => [name, { ...model(fake), reasoning: true }])),
    {
      [fakes.chat.name]: fakes.chat.entry(),
      [fakes.messages.name]: { kind: 'anthropic', baseUrl: `https://${fakes.messages.host}` },
      [fakes.responses.name]: fakes.responses.entry(native),
    },
  );
  fakes.responses.says(response([saying('By responses', 'msg_r')]));
  const usage = { input_tokens: 10, output_tokens: 20 };
  fakes.messages.says(() => Response.json(messageOf({ id: 'msg_m', model: 'm', usage }, justText('By messages'))));
  fakes.chat.says(completion({ prompt_tokens: 10, completion_tokens: 20 }, 'By chat'));
  return fakes;
}

describe('a response that is kept', () => {
  test.each([{}, { store: true }, { store: null }])('is told as kept, and can be gone on from (%j)', async (store) => {
    const fake = await servedByOne();
    const key = await newKey({ limits: [...money] });
    const first = await respond(key, { input: 'One', ...store });
    expect(first.json).toMatchObject({ store: true, previous_response_id: null, id: expect.stringMatching(/^resp_/) });
    const second = await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    expect(second.json).toMatchObject({ store: true, previous_response_id: idOf(first), status: 'completed' });
    expect(fake.calls.at(-1)?.json['messages']).toEqual([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'Two' },
    ]);
  });

  test('is its account’s and not its provider’s, which is sent everything and keeps nothing', async () => {
    const fake = await servedByOne(native);
    fake.says(response([saying('1', 'msg_a')]), response([saying('2', 'msg_b')]));
    const key = await newKey();
    const first = await respond(key, { input: 'One' });
    expect(first.json).toMatchObject({ store: true, previous_response_id: null });
    expect(idOf(first)).not.toBe('resp_theirs');
    const second = await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    expect(second.json).toMatchObject({ store: true, previous_response_id: idOf(first) });
    expect(fake.calls.at(-1)?.json).toMatchObject({
      store: false,
      input: [user('One'), saying('1', 'msg_a'), { ...user('Two') }],
    });
    expect(fake.calls.at(-1)?.json).not.toHaveProperty('previous_response_id');
  });

  test('can be gone on from as soon as its stream has ended, and is told so from the first event on', async () => {
    const fake = await servedByOne(native);
    fake.says(responseStream([saying('one two three', 'msg_a')]), response([saying('four', 'msg_b')]));
    const key = await newKey();
    const streamed = await respond(key, { input: 'One', stream: true }, { unsettled: true });
    const told = toldIn(streamed.text);
    expect(told).toHaveLength(3);
    for (const each of told) expect(each).toMatchObject({ id: told[0]?.['id'], store: true });
    const second = await respond(key, { input: 'Two', previous_response_id: told[0]?.['id'] });
    expect(second.status).toBe(200);
    expect(fake.calls.at(-1)?.json['input']).toEqual([user('One'), saying('one two three', 'msg_a'), user('Two')]);
  });

  test('is the beginning of as many conversations as there are calls that go on from it', async () => {
    const fake = await servedByOne();
    fake.says(completion(undefined, '1'), completion(undefined, '2'), completion(undefined, '3'));
    const key = await newKey();
    const first = await respond(key, { input: 'One' });
    await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    const branch = await respond(key, { input: 'Or', previous_response_id: idOf(first) });
    await respond(key, { input: 'So', previous_response_id: idOf(branch) });
    const contents = messagesIn(fake).map(({ content }) => content);
    expect(contents).toEqual(['One', '1', 'Or', '3', 'So']);
  });

  test('goes on at any target, whatever protocol each turn was made in', async () => {
    const fakes = await everyProtocol();
    const key = await newKey({ limits: [...money] });
    let previous: Json = {};
    for (const name of ['chat', 'responses', 'messages', 'chat', 'messages', 'responses']) {
      const turn = await respond(key, { model: name, input: `To ${name}`, ...previous });
      expect(turn.status).toBe(200);
      previous = { previous_response_id: idOf(turn) };
    }
    const said = ['To chat', 'By chat', 'To responses', 'By responses', 'To messages', 'By messages'];
    const all = [...said, 'To chat', 'By chat', 'To messages', 'By messages', 'To responses'];
    const input = fakes.responses.calls.at(-1)?.json['input'] as Json[];
    const textOf = ({ content }: Json) =>
      typeof content === 'string' ? content : String((content as Json[])[0]?.['text']);
    expect(input.map(textOf)).toEqual(all);
    const messages = fakes.messages.calls.at(-1)?.json['messages'] as Json[];
    expect(messages.map(textOf)).toEqual(all.slice(0, 9));
  });

  test('holds tool calls, which are answered by their output alone', async () => {
    const fake = await servedByOne();
    const calls = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }];
    fake.says((call) =>
      Response.json({
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: call.json['model'],
        choices: [
          { index: 0, message: { role: 'assistant', content: null, tool_calls: calls }, finish_reason: 'tool_calls' },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
    const key = await newKey();
    const tools = [{ type: 'function', name: 'f', parameters: { type: 'object' } }];
    const first = await respond(key, { input: 'Use f', tools });
    const output = { type: 'function_call_output', call_id: 'call_1', output: 'done' };
    await respond(key, { input: [output], tools, previous_response_id: idOf(first) });
    expect(fake.calls.at(-1)?.json['messages']).toEqual([
      { role: 'user', content: 'Use f' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'call_1', content: 'done' },
    ]);
  });

  test('does not hand its instructions on', async () => {
    const fake = await servedByOne();
    const key = await newKey();
    const first = await respond(key, { input: 'One', instructions: 'Be brief.' });
    expect(fake.calls[0]?.json['messages']).toContainEqual({ role: 'system', content: 'Be brief.' });
    await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    expect(JSON.stringify(fake.calls.at(-1)?.json)).not.toContain('Be brief.');
  });

  test('is bounded and charged as all that is sent for it', async () => {
    await servedByOne();
    const key = await newKey({ limits: [{ metric: 'tokens', per: 'total', max: 6000 }] });
    const first = await respond(key, { input: 'x'.repeat(4000), max_output_tokens: 100 });
    expect(first.status).toBe(200);
    const long = await respond(key, {
      input: 'y'.repeat(3000),
      max_output_tokens: 100,
      previous_response_id: idOf(first),
    });
    expect(errorOf(long)).toMatchObject({ status: 429 });
    expect((await respond(key, { input: 'y'.repeat(3000), max_output_tokens: 100 })).status).toBe(200);
    expect((await standing(key)).held).toBe(0);
  });

  test('sends what was hidden of its reasoning to whoever made it, and to nobody else', async () => {
    const fakes = [new FakeProvider(), new FakeProvider()] as const;
    await putCatalog(
      Object.fromEntries(fakes.map((fake, index) => [`m${index}`, { ...model(fake), reasoning: true }])),
      Object.fromEntries(fakes.map((fake) => [fake.name, fake.entry(native)])),
    );
    const thought = thinking('gAAA', 'rs_1');
    for (const fake of fakes) fake.says(response([thought, saying('Hm', 'msg_1')]));
    const key = await newKey();
    const first = await respond(key, { model: 'm0', input: 'One' });
    expect(first.json['output']).toEqual([thought, saying('Hm', 'msg_1')]);
    for (const name of ['m0', 'm1']) {
      await respond(key, { model: name, input: 'Two', previous_response_id: idOf(first) });
    }
    expect(fakes[0].calls.at(-1)?.json['input']).toEqual([user('One'), thought, saying('Hm', 'msg_1'), user('Two')]);
    expect(fakes[1].calls.at(-1)?.json['input']).toEqual([user('One'), saying('Hm', 'msg_1'), user('Two')]);
    expect(JSON.stringify(fakes.flatMap(({ calls }) => calls.map(({ json }) => json)))).not.toContain(
      ownedReasoning('', '').slice(0, 6),
    );
  });
});

describe('items are referred to by their ids', () => {
  test('whoever made them, and also those that a client has put in', async () => {
    const fake = await servedByOne();
    const key = await newKey();
    const first = await respond(key, { input: 'One' });
    const [said] = first.json['output'] as Json[];
    const listed = await get(key, `${idOf(first)}/input_items`);
    const [given] = listed.json['data'] as Json[];
    const input = [
      { type: 'item_reference', id: given?.['id'] },
      { type: 'item_reference', id: said?.['id'] },
      user('Two'),
    ];
    const second = await respond(key, { input });
    expect(second.json).toMatchObject({ previous_response_id: null, store: true });
    expect(fake.calls.at(-1)?.json['messages']).toEqual([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'Two' },
    ]);
  });

  test('whatever has become of what was said before them', async () => {
    const fake = await servedByOne();
    const key = await newKey();
    const first = await respond(key, { input: 'One' });
    const second = await respond(key, { input: 'Two', previous_response_id: idOf(first) });
    await get(key, idOf(first), 'DELETE');
    const [said] = second.json['output'] as Json[];
    const given = `msg_${idOf(second).replace('resp_', '')}_in0`;
    const input = [...[given, said?.['id']].map((id) => ({ type: 'item_reference', id })), user('Three')];
    expect((await respond(key, { input })).status).toBe(200);
    expect(messagesIn(fake)).toEqual([
      { role: 'user', content: 'Two' },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'Three' },
    ]);
  });

  test('and are kept once, however often the whole conversation is sent', async () => {
    const fake = await servedByOne(native);
    fake.says(...[0, 1, 2, 3, 4].map((turn) => response([saying(`Said ${turn}`, `msg_${turn}`)])));
    const key = await newKey();
    const asked: { response?: { baseId?: string; input: string } }[] = [];
    const watched = interceptedEnv(async ({ method, request, ask }) => {
      if (method === 'settle') asked.push(request as (typeof asked)[number]);
      return ask();
    });
    const conversation: Json[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      conversation.push(user(`Turn ${turn}`));
      const answer = await respond(key, { input: conversation }, { env: watched });
      conversation.push(...(answer.json['output'] as Json[]));
    }
    expect(asked.map(({ response: kept }) => JSON.parse(kept?.input ?? 'null') as unknown)).toEqual(
      [0, 1, 2, 3, 4].map((turn) => [user(`Turn ${turn}`)]),
    );
    expect(asked.map(({ response: kept }) => kept?.baseId !== undefined)).toEqual([false, true, true, true, true]);
  });
});
