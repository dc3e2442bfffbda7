import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fakes } from '../../support/fakes/fakes.ts';
import { serveFakes } from '../../support/fakes/server.ts';

const fakes = new Fakes();
let server: Awaited<ReturnType<typeof serveFakes>>;

beforeAll(async () => {
  server = await serveFakes(fakes);
});

afterAll(async () => {
  await server.stop();
});

/** The official client, which would stumble over a shape that is not OpenAI's. */
function client(name: 'openai' | 'groq' | 'openrouter' | 'zai' | 'xai' | 'google' | 'deepseek' | 'mistral'): OpenAI {
  return new OpenAI({ apiKey: 'key', baseURL: server.urls[name], maxRetries: 0 });
}

describe.each(['openai', 'groq', 'openrouter', 'zai', 'xai', 'google', 'deepseek', 'mistral'] as const)(
  '%s as a server',
  (name) => {
    test('streams to the official client', async () => {
      const stream = await client(name).chat.completions.create({
        model: 'fake',
        messages: [{ role: 'user', content: 'say exactly: one two three' }],
        stream: true,
      });
      let text = '';
      for await (const { choices } of stream) {
        const content: unknown = choices[0]?.delta.content;
        if (typeof content === 'string') text += content;
      }
      expect(text).toBe('one two three');
      expect(fakes.requests.at(-1)).toMatchObject({ provider: name, method: 'POST', answer: { status: 200 } });
    });

    test('refuses so that the official client knows the status', async () => {
      const call = client(name).chat.completions.create({
        model: 'fake',
        messages: [{ role: 'user', content: 'fail:503' }],
      });
      await expect(call).rejects.toMatchObject({ status: 503 });
    });
  },
);

test('the Responses API streams to the official client', async () => {
  const stream = await client('openai').responses.create({ model: 'fake', input: 'say exactly: hi', stream: true });
  const events = [];
  for await (const event of stream) events.push(event);
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { status: 'completed' } });
});

test('embeddings go to the official client', async () => {
  const { data } = await client('openai').embeddings.create({ model: 'fake', input: ['a', 'b'] });
  expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
});

test('nobody is anywhere else', async () => {
  const { origin } = new URL(server.urls.openai);
  expect((await fetch(`${origin}/nobody/v1/models`)).status).toBe(404);
  expect((await fetch(`${server.urls.openai}/models`, { headers: { authorization: 'Bearer key' } })).status).toBe(200);
});
