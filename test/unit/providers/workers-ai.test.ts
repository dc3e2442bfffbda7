import { afterEach, describe, expect, test, vi } from 'vitest';
import { aiBindingOf } from '../../../src/providers/workers-ai.ts';
import { type Json, ask, binding, hello, model } from '../../support/workers-ai.ts';
import * as fixtures from './fixtures/workers-ai.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a chat with the binding', () => {
  const chat = async (answer: unknown, body: Json = {}) => {
    const { ai } = binding(() => Response.json(answer));
    return JSON.parse((await ask(ai, { messages: hello, ...body })).text) as Json;
  };

  test('is asked for raw answers, and told when to stop', async () => {
    const { ai, asked } = binding(() => Response.json(fixtures.nativeAnswer));
    const { signal } = new AbortController();
    await ask(ai, { messages: hello, temperature: 0.5 }, 'chat', signal);
    expect(asked).toEqual([
      { model, inputs: { messages: hello, temperature: 0.5 }, options: { returnRawResponse: true, signal } },
    ]);
  });

  test('is answered as OpenAI would', async () => {
    expect(await chat(fixtures.nativeAnswer)).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model,
      choices: [
        { index: 0, message: { role: 'assistant', content: 'The origin is a 1974 memo.' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 26, completion_tokens: 9, total_tokens: 35 },
    });
  });

  test('ends by its length, where it has reached the cap', async () => {
    expect(await chat(fixtures.nativeAnswer, { max_tokens: 9 })).toMatchObject({
      choices: [{ finish_reason: 'length' }],
    });
  });

  test('has its calls, with their arguments as text', async () => {
    const { choices } = (await chat(fixtures.nativeToolCall)) as { choices: [{ message: Json }] };
    expect(choices).toMatchObject([{ message: { content: null }, finish_reason: 'tool_calls' }]);
    expect(choices[0].message['tool_calls']).toEqual([
      {
        id: expect.stringMatching(/^call_/),
        type: 'function',
        function: { name: 'weather', arguments: '{"city":"Lisbon"}' },
      },
    ]);
  });

  test('has an object as its text', async () => {
    expect(await chat(fixtures.nativeObject)).toMatchObject({
      choices: [{ message: { content: '{"city":"Lisbon"}' } }],
    });
  });

  test('passes as it is, where the model speaks as OpenAI does', async () => {
    expect(await chat(fixtures.openAiAnswer)).toEqual(fixtures.openAiAnswer);
    expect(await chat({ success: true, result: fixtures.openAiAnswer, errors: [] })).toEqual(fixtures.openAiAnswer);
  });

  test('is put in so that older models understand it', async () => {
    const { ai, asked } = binding(() => Response.json(fixtures.nativeAnswer));
    const tool = (name: string) => ({ type: 'function', function: { name, parameters: {} } });
    const image = [{ type: 'image_url', image_url: { url: 'data:,' } }];
    await ask(ai, {
      messages: [
        {
          role: 'developer',
          content: [
            { type: 'text', text: 'Be' },
            { type: 'text', text: 'brief' },
          ],
        },
        { role: 'user', content: image },
        { role: 'assistant', content: null, tool_calls: [] },
      ],
      max_completion_tokens: 50,
      tools: [tool('a'), tool('b')],
      tool_choice: { type: 'function', function: { name: 'b' } },
      response_format: { type: 'json_schema', json_schema: { name: 's', strict: true, schema: { type: 'object' } } },
    });
    expect(asked[0]?.inputs).toEqual({
      messages: [
        { role: 'system', content: 'Be\nbrief' },
        { role: 'user', content: image },
        { role: 'assistant', content: '', tool_calls: [] },
      ],
      max_completion_tokens: 50,
      max_tokens: 50,
      tools: [tool('b')],
      tool_choice: 'required',
      response_format: { type: 'json_schema', json_schema: { type: 'object' } },
    });
  });

  test('may be answered by a binding that has no raw answers', async () => {
    const { ai } = binding(() => fixtures.nativeAnswer);
    expect(JSON.parse((await ask(ai, { messages: hello })).text)).toMatchObject({ object: 'chat.completion' });
  });
});

describe('embeddings of the binding', () => {
  test('are asked for as text, and answered as OpenAI would', async () => {
    const { ai, asked } = binding(() => Response.json(fixtures.nativeEmbeddings));
    const { text } = await ask(ai, { input: ['a', 'b'] }, 'embeddings');
    expect(asked[0]?.inputs).toEqual({ text: ['a', 'b'] });
    expect(JSON.parse(text)).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -0.25, 1] },
        { object: 'embedding', index: 1, embedding: [0, 1, 0] },
      ],
      model,
    });
  });

  test('are written in base64 where that was asked for', async () => {
    const { ai } = binding(() => Response.json(fixtures.nativeEmbeddings));
    const { text } = await ask(ai, { input: 'a', encoding_format: 'base64' }, 'embeddings');
    expect(JSON.parse(text)).toMatchObject({ data: [{ embedding: 'AAAAPwAAgL4AAIA/' }, {}] });
  });

  test.each([
    [{ input: [1, 2] }, 'input'],
    [{ input: 'a', dimensions: 64 }, 'dimensions'],
  ])('are refused for %j, before anything is charged', async (body, param) => {
    const { ai, asked } = binding(() => Response.json(fixtures.nativeEmbeddings));
    const { status, text } = await ask(ai, body, 'embeddings');
    expect([status, asked.length]).toEqual([400, 0]);
    expect(JSON.parse(text)).toMatchObject({ error: { param } });
  });
});

describe('a refusal of the binding', () => {
  const throwing = (name: string, message: string) =>
    binding(() => {
      throw Object.assign(new Error(message), { name });
    }).ai;

  test.each([
    ['AiError', '5007: No such model @cf/none or task', 400, '5007'],
    ['InferenceUpstreamError', 'AiError: 3036: You have used up your daily free allocation', 429, '3036'],
    ['InferenceUpstreamError', '3040: Capacity temporarily exceeded, please try again.', 429, '3040'],
    ['InferenceUpstreamError', 'upstream is gone', 502, null],
  ])('%s %s is %i', async (name, message, status, code) => {
    const answer = await ask(throwing(name, message), { messages: hello });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code } });
  });

  test('that is no word of the service is thrown on', async () => {
    await expect(ask(throwing('TypeError', 'Network connection lost.'), { messages: hello })).rejects.toThrow('lost');
  });

  test('keeps its own status and words', async () => {
    const { ai } = binding(() => Response.json({ internalCode: 3006, description: 'too large' }, { status: 413 }));
    const { status, text } = await ask(ai, { messages: hello });
    expect([status, JSON.parse(text)]).toEqual([413, { internalCode: 3006, description: 'too large' }]);
  });

  test('within an answer has a status', async () => {
    const { ai } = binding(() => Response.json(fixtures.restRefusal));
    expect(await ask(ai, { messages: hello })).toMatchObject({ status: 400 });
  });

  test('does not come of a call that was cancelled, which ends at once', async () => {
    const controller = new AbortController();
    const { ai } = binding(async () => Promise.withResolvers<Response>().promise);
    const call = ask(ai, { messages: hello }, 'chat', controller.signal);
    controller.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
  });
});

describe('without a binding', () => {
  test('its REST API is asked, in the words of OpenAI', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(fixtures.openAiAnswer));
    const { text } = await ask(undefined, { messages: [{ role: 'developer', content: 'Hi' }], max_tokens: 5 });
    expect(JSON.parse(text)).toEqual(fixtures.openAiAnswer);
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect(url).toBe('https://api.cloudflare.com/client/v4/accounts/account/ai/v1/chat/completions');
    expect(init).toMatchObject({
      redirect: 'manual',
      headers: {
        authorization: 'Bearer token',
        'content-type': 'application/json',
        traceparent: '00-1-2-03',
        'user-agent': 'weir',
      },
    });
    expect(init?.headers).not.toHaveProperty('cookie');
    expect(await new Response(init?.body).json()).toEqual({
      model,
      messages: [{ role: 'system', content: 'Hi' }],
      max_tokens: 5,
      max_completion_tokens: 5,
    });
  });

  test('its REST API gets a body in plain words as it came, to the byte', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(fixtures.openAiAnswer));
    await ask(
      undefined,
      '{"model":"@cf/meta/llama-3.3-70b-instruct-fp8-fast" ,"messages":[{"role":"user","content":"\\u0041","content":"b"}]}',
    );
    expect(await new Response(fetched.mock.calls[0]?.[1]?.body).text()).toBe(
      '{"model":"@cf/meta/llama-3.3-70b-instruct-fp8-fast" ,"messages":[{"role":"user","content":"\\u0041","content":"b"}]}',
    );
  });

  test('its embeddings are asked for as OpenAI has them', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json({ data: [] }));
    await ask(undefined, { input: [1, 2], dimensions: 8 }, 'embeddings');
    expect(fetched.mock.calls[0]?.[0]).toMatch(/\/ai\/v1\/embeddings$/);
    expect(await new Response(fetched.mock.calls[0]?.[1]?.body).json()).toEqual({
      model,
      input: [1, 2],
      dimensions: 8,
    });
  });
});

test('what is no binding is none', () => {
  expect([undefined, null, 'AI', {}, { run: 1 }].map(aiBindingOf)).toEqual(Array(5).fill(undefined));
  const { ai } = binding(() => ({}));
  expect(aiBindingOf(ai)).toBe(ai);
});
