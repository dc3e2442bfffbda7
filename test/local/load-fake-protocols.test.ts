import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeProvider, steady } from '../load/fake-provider.ts';
import { type Json, parseRecord } from '../support/fakes/json.ts';

const provider = new FakeProvider({
  steady: { ...steady, outputTokens: 5 },
  failing: { ...steady, failEvery: 1 },
  cut: { ...steady, cutEvery: 1 },
  deaf: { ...steady, ignoresCap: true },
});
let origin = '';

beforeAll(async () => {
  origin = new URL(await provider.listen()).origin;
});
afterAll(async () => {
  await provider.close();
});

function ask(path: string, body: object): Promise<Response> {
  return fetch(`${origin}${path}`, { method: 'POST', body: JSON.stringify({ model: 'steady', ...body }) });
}

/** The data of a stream's events, in their order. */
async function eventsOf(answer: Response): Promise<Json[]> {
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => parseRecord(line.slice('data: '.length)) ?? {});
}

// 8 bytes are 2 tokens, 4 bytes of a system's message are 1, and each message is wrapped in 3.
const asking = {
  '/v1/messages': (user: string) => ({
    system: 'Ping',
    messages: [{ role: 'user', content: [{ type: 'text', text: '12345678' }] }],
    max_tokens: 4,
    metadata: { user_id: user },
  }),
  '/v1/responses': (user: string) => ({
    instructions: 'Ping',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: '12345678' }] }],
    max_output_tokens: 4,
    user,
  }),
};

describe.each(Object.entries(asking))('the fake provider at %s', (path, bodyFor) => {
  test('bills what it reports, whole and streamed', async () => {
    const usage = { input_tokens: 9, output_tokens: 4 };
    expect(await (await ask(path, bodyFor(path))).json()).toMatchObject({ usage });
    const streamed = JSON.stringify(await eventsOf(await ask(path, { ...bodyFor(path), stream: true })));
    expect(streamed).toContain('"input_tokens":9');
    expect(streamed).toContain('"output_tokens":4');
    expect(provider.tally(path)).toMatchObject({ attemptsBilled: 2, inputTokens: 18, outputTokens: 8, inFlight: 0 });
  });

  test('says more than it may where it is deaf to the cap', async () => {
    await ask(path, { ...bodyFor(`deaf ${path}`), model: 'deaf' });
    expect(provider.tally(`deaf ${path}`).outputTokens).toBe(16);
  });

  test('fails in the words of its protocol', async () => {
    const answer = await ask(path, { ...bodyFor('fails'), model: 'failing' });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { message: 'the fake provider fails now and then' } });
  });

  test('breaks every second stream off with an error, having billed what it said, and cuts the others', async () => {
    const user = `breaks off ${path}`;
    const outcomes: string[] = [];
    for (let call = 0; call < 4; call++) {
      const answer = await ask(path, { ...bodyFor(user), model: 'cut', stream: true });
      outcomes.push(
        await answer.text().then(
          (text) => (text.includes('event: error') ? 'told' : 'ended'),
          () => 'cut',
        ),
      );
    }
    expect(outcomes.toSorted()).toEqual(['cut', 'cut', 'told', 'told']);
    expect(provider.tally(user).outputTokens).toBe(2 * 4 + 2 * 2);
  });
});

test('a streamed message says at its beginning what was put in, and at its end what came out', async () => {
  const events = await eventsOf(await ask('/v1/messages', { ...asking['/v1/messages']('events'), stream: true }));
  const types = events.map((event) => event['type']).filter((type) => type !== 'content_block_delta');
  expect(types).toEqual([
    'message_start',
    'content_block_start',
    'ping',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events[0]).toMatchObject({ message: { usage: { input_tokens: 9 } } });
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 4 } });
});

test('a streamed response counts its events, and ends with all of itself', async () => {
  const events = await eventsOf(await ask('/v1/responses', { ...asking['/v1/responses']('events'), stream: true }));
  expect(events.map((event) => event['sequence_number'])).toEqual([...events.keys()]);
  expect(events.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { status: 'incomplete', output: [{ content: [{ text: 'weir'.repeat(4) }] }] },
  });
});

test('the size of a message is told for nothing, and is the one that would be billed', async () => {
  const { metadata, max_tokens: _, ...body } = asking['/v1/messages']('counts');
  expect(await (await ask('/v1/messages/count_tokens', body)).json()).toEqual({ input_tokens: 9 });
  expect(provider.tally(metadata.user_id).attempts).toBe(0);
});

test.each([
  ['12345678', 1, 2 + 2],
  [['12345678', '1234'], 2, 3 + 2 * 2],
  [[1, 2, 3], 1, 3],
  [[[1, 2, 3], [4]], 2, 4],
])('embeddings of %j are %i, for %i tokens of input and none of output', async (input, vectors, tokens) => {
  const user = JSON.stringify(input);
  const answer = await (await ask('/v1/embeddings', { input, user, model: 'deaf' })).json();
  expect(answer).toMatchObject({ usage: { prompt_tokens: tokens, total_tokens: tokens } });
  expect(answer).toHaveProperty('data.length', vectors);
  expect(provider.tally(user)).toMatchObject({ inputTokens: tokens, outputTokens: 0 });
});

test('calls with a label go to its tally, under its endpoint', async () => {
  await ask('/v1/messages', asking['/v1/messages']('labelled/7/1000/responses'));
  expect([...provider.tally('labelled').calls.values()]).toMatchObject([
    { name: 'labelled-7', endpoint: 'responses', sentAtMs: 1000, attemptsBilled: 1 },
  ]);
});

test.each([
  ['/v1/other', {}, 404],
  ['/v1/messages', { model: 'unknown', messages: [] }, 400],
])('%s is refused with %j', async (path, body, status) => {
  expect((await ask(path, body)).status).toBe(status);
});
