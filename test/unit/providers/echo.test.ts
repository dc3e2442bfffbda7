import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerAsEcho } from '../../../src/providers/echo.ts';
import { countEchoTokens, echoTokens } from '../../../src/providers/echo-tokens.ts';
import { SseScanner } from '../../../src/protocols/sse.ts';

const pace = { wordMs: 0, firstByteMs: 0 };

async function ask(body: Readonly<Record<string, unknown>>, signal = new AbortController().signal): Promise<Response> {
  return answerAsEcho(new TextEncoder().encode(JSON.stringify(body)), signal, pace);
}

function asking(model: string, content: string, more: Readonly<Record<string, unknown>> = {}) {
  return { model, messages: [{ role: 'user', content }], ...more };
}

interface Completion {
  readonly choices: readonly {
    readonly index: number;
    readonly message: { readonly content: string | null; readonly tool_calls?: readonly ToolCall[] };
    readonly finish_reason: string;
  }[];
  readonly usage: Readonly<Record<string, unknown>> & {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
  };
}

interface ToolCall {
  readonly function: { readonly name: string; readonly arguments: string };
}

async function complete(body: Readonly<Record<string, unknown>>): Promise<Completion> {
  return (await ask(body)).json();
}

interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: { readonly content?: string; readonly tool_calls?: readonly ToolCall[] };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Completion['usage'] | null;
}

async function stream(body: Readonly<Record<string, unknown>>): Promise<{ chunks: Chunk[]; last: string | undefined }> {
  const response = await ask({ ...body, stream: true });
  const block = new SseScanner().push(new Uint8Array(await response.arrayBuffer()));
  const data = block?.events.map((event) => event.data ?? '') ?? [];
  return { chunks: data.slice(0, -1).map((each) => JSON.parse(each) as Chunk), last: data.at(-1) };
}

const text = fc
  .array(fc.constantFrom('a', 'word', ' ', '\n', '水', '🌊', 'é', '"'), { maxLength: 60 })
  .map((all) => all.join(''));

describe('the tokens of echo', () => {
  test('are the text again, laid end to end, and none is longer than four bytes of a word', () => {
    fc.assert(
      fc.property(text, (sent) => {
        const tokens = [...echoTokens(sent)];
        expect(tokens.join('')).toBe(sent);
        expect(tokens).toHaveLength(countEchoTokens(sent));
        for (const token of tokens) expect(new TextEncoder().encode(token.trim()).length).toBeLessThanOrEqual(4);
      }),
    );
  });

  test('can be counted along', () => {
    expect([...echoTokens('Hello big world ')]).toEqual(['Hell', 'o', ' big', ' worl', 'd', ' ']);
    expect(countEchoTokens('')).toBe(0);
  });
});

describe('echo', () => {
  test('answers with what the user said last, and counts it truly', async () => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'no' },
      { role: 'user', content: 'Hello world' },
    ];
    const { choices, usage } = await complete({ model: 'echo', messages });
    expect(choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello world', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ]);
    expect(usage).toMatchObject({ prompt_tokens: 9 + 2 + 1 + 4, completion_tokens: 4, total_tokens: 20 });
    expect(usage['prompt_tokens_details']).toMatchObject({ cached_tokens: 0 });
  });

  test('is asked the same as a stream and says the same, token by token', async () => {
    const asked = asking('echo', 'Hello world', { stream_options: { include_usage: true } });
    const { choices, usage } = await complete(asked);
    const { chunks, last } = await stream(asked);
    expect(last).toBe('[DONE]');
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(choices[0]?.message.content);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage });
  });

  test('reports no usage in a stream unless it is asked for', async () => {
    const { chunks } = await stream(asking('echo', 'Hello'));
    expect(chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
  });

  test('never has more tokens than it was sent bytes, nor more than its cap', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 10 }), fc.boolean(), async (prompt, cap, isOld) => {
        const asked = asking('echo', prompt, isOld ? { max_tokens: cap } : { max_completion_tokens: cap });
        const { choices, usage } = await complete(asked);
        expect(usage.prompt_tokens).toBeLessThanOrEqual(JSON.stringify(asked).length);
        expect(usage.completion_tokens).toBe(Math.min(cap, countEchoTokens(prompt)));
        expect(choices[0]?.finish_reason).toBe(countEchoTokens(prompt) > cap ? 'length' : 'stop');
      }),
    );
  });

  test('answers as often as it is asked to', async () => {
    const { choices, usage } = await complete(asking('echo', 'Hello world', { n: 3 }));
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'Hello world'],
      [1, 'Hello world'],
      [2, 'Hello world'],
    ]);
    expect(usage.completion_tokens).toBe(12);
    const { chunks } = await stream(asking('echo', 'Hello world', { n: 3 }));
    const ends = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.finish_reason === 'stop');
    expect(ends.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test('stops before the first of its stop sequences', async () => {
    expect((await complete(asking('echo', 'one two three', { stop: ' two' }))).choices[0]?.message.content).toBe('one');
    const several = await complete(asking('echo', 'one two', { stop: ['none', 'wo', 'e t'] }));
    expect(several.choices[0]?.message.content).toBe('on');
  });

  test('reads the text of a message in parts', async () => {
    const content = [
      { type: 'text', text: 'Hello' },
      { type: 'image_url', image_url: {} },
      { type: 'text', text: 'you' },
    ];
    const { choices } = await complete({ model: 'echo', messages: [{ role: 'user', content }] });
    expect(choices[0]?.message.content).toBe('Hello\nyou');
  });

  test.each([
    [{ model: 'echo-none', messages: [{ role: 'user', content: 'x' }] }, 404],
    [{ model: 'echo', messages: [] }, 400],
    [{ ...asking('echo', 'x'), max_tokens: 0 }, 400],
  ])('refuses %j', async (body, status) => {
    const response = await ask(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});

describe('the models of echo', () => {
  test('echo-error fails with the status that the prompt asks for', async () => {
    expect((await ask(asking('echo-error', 'please fail:429 now'))).status).toBe(429);
    expect((await ask(asking('echo-error', 'fail'))).status).toBe(500);
    expect((await ask(asking('echo-error', 'fail:200'))).status).toBe(500);
  });

  test('echo-slow answers as echo does, only later', async () => {
    const { chunks } = await stream(asking('echo-slow', 'one two three'));
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('one two three');
    expect((await complete(asking('echo-slow', 'one two'))).choices[0]?.message.content).toBe('one two');
  });

  test('echo-stall begins a stream, and ends only when it is cancelled', async () => {
    const controller = new AbortController();
    const response = await ask({ ...asking('echo-stall', 'one two'), stream: true }, controller.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    const third = reader?.read();
    controller.abort(new Error('enough'));
    await expect(third).rejects.toThrow('enough');
    await expect(ask(asking('echo-stall', 'one'), controller.signal)).rejects.toThrow('enough');
  });

  test('echo-stall answers nothing at all where no stream is asked for', async () => {
    const controller = new AbortController();
    const answer = ask(asking('echo-stall', 'one'), controller.signal);
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });

  test('echo stops when nobody reads it any more', async () => {
    const response = await ask({ ...asking('echo', 'one two'), stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await expect(reader?.cancel()).resolves.toBeUndefined();
  });

  test('echo-drop breaks off in the middle', async () => {
    const response = await ask({ ...asking('echo-drop', 'one two three'), stream: true });
    await expect(response.text()).rejects.toThrow('dropped');
    await expect((await ask(asking('echo-drop', 'one two'))).text()).rejects.toThrow('dropped');
  });

  test('echo-overrun runs well past its cap, and counts what it made', async () => {
    const { choices, usage } = await complete(asking('echo-overrun', 'abc', { max_tokens: 5 }));
    expect(usage.completion_tokens).toBeGreaterThan(50);
    expect(countEchoTokens(choices[0]?.message.content ?? '')).toBe(usage.completion_tokens);
    expect(choices[0]?.finish_reason).toBe('stop');
  });

  const tools = [
    {
      type: 'function',
      function: {
        name: 'search',
        parameters: {
          type: 'object',
          properties: {
            query: { type: 'string' },
            limit: { type: 'integer' },
            sort: { enum: ['date', 'rank'] },
            deep: { type: 'boolean' },
            tags: { type: 'array' },
            none: { type: 'null' },
            where: { type: 'object', properties: { place: { type: 'string' } } },
          },
        },
      },
    },
  ];

  test('echo-tools calls the tool it is given, with arguments of the right types, streaming or not', async () => {
    const asked = asking('echo-tools', 'cats', { tools });
    const { choices } = await complete(asked);
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const call = choices[0]?.message.tool_calls?.[0]?.function;
    expect(call?.name).toBe('search');
    expect(JSON.parse(call?.arguments ?? '')).toEqual({
      query: 'cats',
      limit: 1,
      sort: 'date',
      deep: true,
      tags: [],
      none: null,
      where: { place: 'cats' },
    });
    const { chunks } = await stream(asked);
    const parts = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(parts.map((part) => part.function.arguments).join('')).toBe(call?.arguments);
  });

  test('echo-tools answers with the result of its tool, and as echo does without one', async () => {
    const result = { role: 'tool', tool_call_id: 'x', content: 'three cats' };
    const messages = [{ role: 'user', content: 'cats' }, { role: 'assistant', content: null }, result];
    expect((await complete({ model: 'echo-tools', messages, tools })).choices[0]?.message.content).toBe('three cats');
    expect((await complete(asking('echo-tools', 'cats'))).choices[0]?.message.content).toBe('cats');
  });
});
