import { describe, expect, test } from 'vitest';
import { decodeEmbeddingsUsage } from '../../../src/protocols/embeddings/usage.ts';
import { ChatStream } from '../../../src/protocols/chat/stream.ts';
import { decodeUsage } from '../../../src/protocols/chat/usage.ts';
import { faultOfBody } from '../../../src/protocols/chat/fault.ts';
import { generationUsage } from '../../../src/protocols/chat/generation-usage.ts';
import { type ReportedUsage } from '../../../src/protocols/reported-usage.ts';
import { verdictOf } from '../../../src/core/breaker/outcome.ts';
import { type ChatName, dialects } from '../../support/fakes/dialects.ts';
import { type FakeAnswer, type FakeScript, eventText, fakeBasePaths } from '../../support/fakes/fake.ts';
import { badKey, fakeAnswer } from '../../support/fakes/fake-answer.ts';
import type { Json } from '../../support/fakes/json.ts';
import { FakeMemory } from '../../support/fakes/memory.ts';
import { SseScanner } from '../../../src/protocols/sse.ts';

const names = Object.keys(dialects) as ChatName[];

const modelOf = (name: ChatName) =>
  name === 'workers-ai' ? '@cf/fake' : name === 'cloudflare-ai-gateway' ? 'mistral/fake' : 'fake';

function ask(
  name: ChatName,
  body: Json,
  script: FakeScript = {},
  key = 'key',
  endpoint = '/chat/completions',
): FakeAnswer {
  return fakeAnswer(
    name,
    {
      method: 'POST',
      path: fakeBasePaths[name] + endpoint,
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: modelOf(name), ...body }),
    },
    script,
  );
}

const says = (content: string) => ({ messages: [{ role: 'user', content }] });

function jsonOf({ body }: FakeAnswer): Json {
  if (body.kind !== 'json') throw new Error('it is a stream');
  return body.value as Json;
}

/** The stream as the gateway reads it. */
function readStream({ body }: FakeAnswer) {
  if (body.kind !== 'events') throw new Error('it is no stream');
  const reader = new ChatStream({ choices: 1, wordsPerToken: 1 });
  const scanner = new SseScanner();
  const bytes = new TextEncoder().encode(body.events.map(eventText).join(''));
  const events = scanner.push(bytes)?.events.map(({ data }) => reader.read(data)) ?? [];
  return { reader, events };
}

function expectBilled(usage: ReportedUsage | undefined, { bill }: FakeAnswer): void {
  expect(usage).toMatchObject({
    inputTokens: bill?.inputTokens,
    outputTokens: bill?.outputTokens,
  });
}

describe.each(names)('%s', (name) => {
  const thinking = name === 'xai' ? {} : { thinking: { type: 'enabled' }, reasoning_effort: 'low' };
  const allowed = (fields: Json) =>
    Object.fromEntries(
      Object.entries(fields).filter(([field]) => {
        const known = name === 'cloudflare-ai-gateway' ? dialects.mistral.fields : dialects[name].fields;
        return known === 'any' || known.has(field);
      }),
    );

  test('bills what it reports, wherever it reports it', () => {
    const whole = ask(name, { ...says('Hello there'), ...allowed(thinking) });
    expect(whole.status).toBe(200);
    expectBilled(decodeUsage(jsonOf(whole)), whole);
    const options = allowed({ stream_options: { include_usage: true } });
    const streamed = ask(name, { ...says('Hello there'), ...allowed(thinking), stream: true, ...options });
    const { reader } = readStream(streamed);
    expect(reader.isDone).toBe(true);
    expectBilled(reader.usageOfAll, streamed);
  });

  test('stops at its cap', () => {
    const [cap = 'max_tokens'] = name === 'cloudflare-ai-gateway' ? ['max_tokens'] : dialects[name].caps;
    const answer = ask(name, { ...says('say exactly: one two three four five'), [cap]: 3 });
    expect(answer.bill?.outputTokens).toBe(3);
    expect(jsonOf(answer)).toMatchObject({ choices: [{ finish_reason: 'length' }] });
  });

  test('calls a tool that is offered, and answers when it was answered', () => {
    const tools = [
      { type: 'function', function: { name: 'weather', parameters: { properties: { city: { type: 'string' } } } } },
    ];
    const asking = says('use the tool weather');
    const reasons = { reasoning_effort: 'none', thinking: { type: 'disabled' } };
    const first = jsonOf(ask(name, { ...asking, tools, ...allowed(reasons) })) as { choices: [{ message: Json }] };
    const { message } = first.choices[0];
    const [call] = message['tool_calls'] as [{ id: string; function: Json }];
    expect(call.function).toEqual({ name: 'weather', arguments: '{"city":"text"}' });
    const own = name === 'google' ? { name: 'weather' } : {};
    const result = { role: 'tool', tool_call_id: call.id, content: 'sunny', ...own };
    const turn = { role: 'assistant', content: message['content'] ?? '', tool_calls: message['tool_calls'] };
    const second = ask(name, { messages: [...asking.messages, turn, result], tools, ...allowed(reasons) });
    expect(JSON.stringify(jsonOf(second))).toContain('The tool said: sunny');
    expect(ask(name, { messages: [...asking.messages, turn] }).status).toBe(400);
    expect(ask(name, { messages: [...asking.messages, result] }).status).toBe(400);
  });

  test.each([429, 500, 503])('fails with %i when it is told to, in its own words', (status) => {
    const answer = ask(name, says(`please fail:${status}`));
    expect(answer.status).toBe(status);
    expect(answer.bill).toBeUndefined();
    expect(faultOfBody(JSON.stringify(jsonOf(answer))).message).toBe(`asked to fail with ${status}`);
  });

  test('fails in the middle of a stream when it is told to', () => {
    const { events, reader } = readStream(ask(name, { ...says('fail-stream:503'), stream: true }));
    expect(events.at(-1)?.kind).toBe('fault');
    expect(reader.isComplete).toBe(false);
  });

  test('refuses a wrong key, so that it is left alone', () => {
    const answer = ask(name, says('Hi'), {}, badKey);
    const { message = '', code, type } = faultOfBody(JSON.stringify(jsonOf(answer)));
    const codes = [code, type].filter((each) => each !== undefined);
    const verdict = verdictOf({ kind: 'answered', status: answer.status, codes, message });
    expect(verdict.credential).toMatchObject({ reason: 'unauthorized' });
  });

  test('reads from its cache what it has read before', () => {
    const memory = new FakeMemory();
    const long = 'word '.repeat(200);
    const first = ask(name, says(`${long} one`), { memory });
    const second = ask(name, says(`${long} two`), { memory });
    expect(first.bill?.cachedTokens).toBe(0);
    expect(second.bill?.cachedTokens).toBeGreaterThan(150);
    const reports = name !== 'workers-ai';
    if (reports) expect(decodeUsage(jsonOf(second))?.cachedInputTokens).toBe(second.bill?.cachedTokens);
  });

  test('never counts more tokens than bytes, nor fewer than words', () => {
    for (const content of ['a b c', 'ünïcödé 世界 🎉', 'x'.repeat(100)]) {
      const { bill } = ask(name, says(content));
      expect(bill?.inputTokens).toBeLessThanOrEqual(JSON.stringify(says(content)).length * 2);
      expect(bill?.inputTokens).toBeGreaterThanOrEqual(content.split(' ').length);
    }
  });

  test('embeds, and bills what it reports', () => {
    const answer = ask(name, { input: ['one', 'two words'] }, {}, 'key', '/embeddings');
    expectBilled(decodeEmbeddingsUsage(jsonOf(answer)), answer);
    expect(jsonOf(answer)['data']).toHaveLength(2);
  });
});

describe('what providers refuse', () => {
  const developer = { messages: [{ role: 'developer', content: 'Be brief' }, ...says('Hi').messages] };

  test.each<[ChatName, Json, number]>([
    ['openai', { ...says('Hi'), top_k: 3 }, 400],
    ['google', { ...says('Hi'), frequency_penalty: 0.5 }, 400],
    ['groq', { ...says('Hi'), logprobs: true }, 400],
    ['groq', { ...says('Hi'), n: 2 }, 400],
    ['groq', { messages: [{ role: 'user', content: 'Hi', name: 'ada' }] }, 400],
    ['mistral', { ...says('Hi'), max_completion_tokens: 5 }, 422],
    ['mistral', { ...says('Hi'), stream: true, stream_options: {} }, 422],
    ['openai', { ...says('Hi'), model: 'gpt-5-mini', max_tokens: 5 }, 400],
    [
      'openai',
      { messages: [{ role: 'assistant', content: 'x', reasoning_content: 'y' }, ...says('Hi').messages] },
      400,
    ],
    ['xai', { ...says('Hi'), reasoning_effort: 'high', stop: ['x'] }, 400],
    ['zai', developer, 400],
    ['deepseek', developer, 422],
    ['mistral', developer, 422],
    ['deepseek', { ...says('Hi'), response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 400],
    ['workers-ai', { ...says('Hi'), model: 'llama' }, 404],
    ['openai', { ...says('Hi'), stream_options: { include_usage: true } }, 400],
  ])('%s refuses %j with %i', (name, body, status) => {
    expect(ask(name, body).status).toBe(status);
  });

  test('and what others take', () => {
    expect(ask('openrouter', { ...says('Hi'), top_k: 3, max_tokens: 5 }).status).toBe(200);
    expect(ask('openai', developer).status).toBe(200);
    // Ignored, so that it caps nothing: a fault of translation shows in the bill.
    expect(
      ask('zai', { ...says('say exactly: a b c d e'), max_completion_tokens: 2 }).bill?.outputTokens,
    ).toBeGreaterThan(2);
  });
});

test('OpenRouter says afterwards what a call cost, by the id of its answer', () => {
  const memory = new FakeMemory();
  const answer = ask('openrouter', says('Hi'), { memory });
  const id = answer.headers['x-generation-id'];
  const headers = { authorization: 'Bearer key' };
  const look = (path: string) => fakeAnswer('openrouter', { method: 'GET', path, headers, body: '' }, { memory });
  const usage = generationUsage(jsonOf(look(`/api/v1/generation?id=${String(id)}`)));
  expectBilled(usage, answer);
  expect(usage?.statedNanoUsd).toBe(decodeUsage(jsonOf(answer))?.statedNanoUsd);
  expect(look('/api/v1/generation?id=gen-none').status).toBe(404);
});

test('a schema is held to', () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, tags: { type: 'array', items: { $ref: '#/$defs/tag' } } },
    required: ['name', 'tags'],
    $defs: { tag: { enum: ['a', 'b'] } },
  };
  const format = { type: 'json_schema', json_schema: { name: 's', strict: true, schema } };
  const answer = jsonOf(ask('openai', { ...says('Hi'), response_format: format }));
  const [choice] = answer['choices'] as [{ message: { content: string } }];
  expect(JSON.parse(choice.message.content)).toEqual({ name: 'text', tags: ['a'] });
});
