import { describe, expect, test } from 'vitest';
import { secretValue } from '../load/admin-client.ts';
import { all, useGateway } from './sdk-stage.ts';

const gateway = useGateway();
/** 8 bytes of text: 2 tokens at the fake provider, and 3 for the message. */
const messages = [{ role: 'user' as const, content: '12345678' }];
const saidInFull = 'weir'.repeat(16);
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'water_level',
      description: 'The level behind a weir, in centimetres.',
      parameters: { type: 'object', properties: { weir: { type: 'string' } }, required: ['weir'] },
    },
  },
];

describe('a chat completion', () => {
  test('reads as one of OpenAI', async () => {
    const client = await gateway.client();
    const completion = await client.chat.completions.create({ model: 'steady', messages });
    expect(completion).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: saidInFull }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 16, total_tokens: 21 },
    });
    expect(completion).toHaveProperty('_request_id', expect.stringMatching(/^req_/));
  });

  test('is served by echo without any provider', async () => {
    const client = await gateway.client();
    const completion = await client.chat.completions.create({ model: 'echo', messages });
    expect(completion.choices[0]?.message.content).toContain('12345678');
  });

  test('stops at the cap that the client sets', async () => {
    const client = await gateway.client();
    const completion = await client.chat.completions.create({ model: 'steady', messages, max_completion_tokens: 3 });
    expect(completion.choices[0]).toMatchObject({ message: { content: 'weir'.repeat(3) }, finish_reason: 'length' });
  });

  test('carries who served it, what it cost and what is left, in headers that the SDK shows', async () => {
    const client = await gateway.client([
      { metric: 'usd', per: 'total', max: '0.01' },
      { metric: 'requests', per: 'minute', max: 10 },
      { metric: 'tokens', per: 'minute', max: 10_000 },
    ]);
    const {
      data,
      response,
      request_id: requestId,
    } = await client.chat.completions.create({ model: 'steady', messages }).withResponse();
    const header = (name: string): string | null => response.headers.get(name);
    expect(data).toHaveProperty('_request_id', requestId);
    expect(header('x-gateway-provider')).toBe('fake');
    expect(header('x-gateway-model')).toBe('steady');
    expect(header('x-gateway-attempts')).toBe('1');
    // 5 tokens at $1 and 16 at $4 per million.
    expect(Number(header('x-gateway-cost-usd'))).toBe(0.000069);
    expect(Number(header('x-gateway-limit-usd'))).toBe(0.01);
    expect(header('x-ratelimit-limit-requests')).toBe('10');
    expect(header('x-ratelimit-remaining-requests')).toBe('9');
    expect(header('x-ratelimit-limit-tokens')).toBe('10000');
  });

  test('keeps what Weir does not know of, and shows the provider nothing of the client', async () => {
    const client = await gateway.client(undefined, { organization: 'org-secret', project: 'proj-secret' });
    await client.chat.completions.create({ model: 'steady', messages, temperature: 0.25, seed: 7, stop: ['dam'] });
    const { headers, body } = gateway.stage().provider.last;
    expect(JSON.parse(body)).toMatchObject({ model: 'steady', messages, temperature: 0.25, seed: 7, stop: ['dam'] });
    expect(headers['authorization']).toBe(`Bearer ${secretValue}`);
    expect(JSON.stringify(headers)).not.toContain('-secret');
  });

  test('parses structured output', async () => {
    const client = await gateway.client();
    const completion = await client.chat.completions.create({
      model: 'steady',
      messages,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'level',
          strict: true,
          schema: { type: 'object', properties: {}, additionalProperties: false },
        },
      },
    });
    expect(completion.choices).toHaveLength(1);
    expect(gateway.stage().provider.last.body).toContain('"json_schema"');
  });
});

describe('a stream', () => {
  test('arrives chunk by chunk, without a usage chunk that nobody asked for', async () => {
    const client = await gateway.client();
    const stream = await client.chat.completions.create({ model: 'steady', messages, stream: true });
    const chunks = await all(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(saidInFull);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.every((chunk) => chunk.choices.length === 1 && (chunk.usage ?? null) === null)).toBe(true);
  });

  test('ends with the usage chunk, and what it cost, where it was asked for', async () => {
    const client = await gateway.client();
    const stream = await client.chat.completions.create({
      model: 'steady',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const last = (await all(stream)).at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 16, total_tokens: 21 });
    expect(Number(Object.entries(last?.usage ?? {}).find(([name]) => name === 'cost_usd')?.[1])).toBe(0.000069);
  });

  test('is put together by the helper of the SDK', async () => {
    const client = await gateway.client();
    const completion = await client.chat.completions.stream({ model: 'steady', messages }).finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe(saidInFull);
  });

  test('that its client aborts is stopped at the provider, charged, and leaves no hold', async () => {
    const client = await gateway.client();
    const stream = await client.chat.completions.create({ model: 'trickle', messages, stream: true, user: 'aborts' });
    let chunks = 0;
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      if (++chunks === 5) stream.controller.abort();
    }
    const { admin, provider } = gateway.stage();
    const tally = provider.tally('aborts');
    await expect.poll(() => tally.attemptsBilled, { timeout: 5000 }).toBe(1);
    expect(tally.outputTokens).toBeLessThan(400);
    const usd = async () => (await admin.usage(client.apiKey ?? '')).limits.find(({ metric }) => metric === 'usd');
    await expect.poll(async () => Number((await usd())?.held), { timeout: 5000 }).toBe(0);
    expect(Number((await usd())?.posted) * 1e12).toBeGreaterThanOrEqual(Number(tally.picoUsd));
  });
});

describe('tools', () => {
  test('are called', async () => {
    const client = await gateway.client();
    const completion = await client.chat.completions.create({ model: 'echo-tools', messages, tools });
    const choice = completion.choices[0];
    expect(choice?.finish_reason).toBe('tool_calls');
    const call = choice?.message.tool_calls?.[0];
    expect(call?.type === 'function' ? call.function.name : undefined).toBe('water_level');
    expect(call?.type === 'function' ? typeof JSON.parse(call.function.arguments) : undefined).toBe('object');
  });

  test('are called in a stream, which the SDK puts together', async () => {
    const client = await gateway.client();
    const stream = client.chat.completions.stream({ model: 'echo-tools', messages, tools });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'water_level' } });
  });

  test('give their answer back', async () => {
    const client = await gateway.client();
    const toolCalls = [{ id: 'call_1', type: 'function' as const, function: { name: 'water_level', arguments: '{}' } }];
    const completion = await client.chat.completions.create({
      model: 'steady',
      messages: [
        ...messages,
        { role: 'assistant', tool_calls: toolCalls, content: '' },
        { role: 'tool', tool_call_id: 'call_1', content: '240' },
      ],
      tools,
    });
    expect(completion.choices[0]?.message.content).toBe(saidInFull);
    expect(JSON.parse(gateway.stage().provider.last.body)).toMatchObject({
      messages: { 1: { tool_calls: toolCalls } },
    });
  });
});
