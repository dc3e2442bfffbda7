import { describe, expect, test } from 'vitest';
import { MessagesStream } from '../../../src/protocols/messages/stream.ts';
import { decodeMessagesUsage } from '../../../src/protocols/messages/usage.ts';
import { SseScanner } from '../../../src/protocols/sse.ts';
import { type FakeAnswer, eventText } from '../../support/fakes/fake.ts';
import { badKey, fakeAnswer } from '../../support/fakes/fake-answer.ts';
import type { Json } from '../../support/fakes/json.ts';
import { FakeMemory } from '../../support/fakes/memory.ts';

const version = { 'anthropic-version': '2023-06-01' };

function ask(body: Json, memory = new FakeMemory(), headers: Record<string, string> = version, path = '/v1/messages') {
  const whole = { model: 'claude-fake', max_tokens: 2000, ...body };
  const request = { method: 'POST', path, headers: { 'x-api-key': 'key', ...headers }, body: JSON.stringify(whole) };
  return fakeAnswer('anthropic', request, { memory });
}

const says = (content: unknown) => ({ messages: [{ role: 'user', content }] });

function jsonOf({ body }: FakeAnswer): Json {
  if (body.kind !== 'json') throw new Error('it is a stream');
  return body.value as Json;
}

function readStream({ body }: FakeAnswer) {
  if (body.kind !== 'events') throw new Error('it is no stream');
  const reader = new MessagesStream({ wordsPerToken: 1 });
  const bytes = new TextEncoder().encode(body.events.map(eventText).join(''));
  const events = new SseScanner().push(bytes)?.events.map(({ data }) => reader.read(data)) ?? [];
  return { reader, events };
}

const thinking = { type: 'enabled', budget_tokens: 1024 };
const tools = [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];

describe('the fake of Anthropic', () => {
  test('bills what it reports, whole and streamed, thoughts included', () => {
    const whole = ask({ ...says('Hello'), thinking });
    expect(decodeMessagesUsage(jsonOf(whole))).toMatchObject({
      inputTokens: whole.bill?.inputTokens,
      outputTokens: whole.bill?.outputTokens,
    });
    expect(jsonOf(whole)['content']).toMatchObject([{ type: 'thinking', signature: 'sig-fake' }, { type: 'text' }]);
    const streamed = ask({ ...says('Hello'), thinking, stream: true });
    const { reader } = readStream(streamed);
    expect(reader.isComplete).toBe(true);
    expect(reader.usageOfAll).toMatchObject({
      inputTokens: streamed.bill?.inputTokens,
      outputTokens: streamed.bill?.outputTokens,
    });
  });

  test('counts tokens for nothing', () => {
    const { bill, ...answer } = ask(says('Hello there'), undefined, version, '/v1/messages/count_tokens');
    expect(bill).toBeUndefined();
    expect(answer.body).toEqual({
      kind: 'json',
      value: { input_tokens: ask(says('Hello there')).bill?.inputTokens },
    });
  });

  test('runs a loop with tools, and wants its thoughts back', () => {
    const asking = { role: 'user', content: 'use the tool weather' };
    const first = jsonOf(ask({ messages: [asking], tools, thinking }));
    expect(first['stop_reason']).toBe('tool_use');
    const content = first['content'] as readonly Json[];
    const use = content.find(({ type }) => type === 'tool_use');
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.['id'], content: 'sunny' }] };
    const next = (turn: readonly unknown[]) =>
      ask({ messages: [asking, { role: 'assistant', content: turn }, result], tools, thinking });
    expect(JSON.stringify(jsonOf(next(content)))).toContain('The tool said: sunny');
    expect(jsonOf(next([use]))).toMatchObject({ error: { message: expect.stringContaining('Expected `thinking`') } });
    const forged = content.map((block) => (block['type'] === 'thinking' ? { ...block, signature: 'mine' } : block));
    expect(next(forged).status).toBe(400);
  });

  test('writes what is marked to its cache, and reads it from there the next time', () => {
    const memory = new FakeMemory();
    const system = [{ type: 'text', text: 'word '.repeat(50), cache_control: { type: 'ephemeral', ttl: '1h' } }];
    const first = ask({ ...says('one'), system }, memory);
    const second = ask({ ...says('two'), system }, memory);
    expect(decodeMessagesUsage(jsonOf(first))).toMatchObject({ cacheWrite1hTokens: first.bill?.cacheWriteTokens });
    expect(first.bill?.cacheWriteTokens).toBeGreaterThan(40);
    expect(decodeMessagesUsage(jsonOf(second))).toMatchObject({
      cachedInputTokens: first.bill?.cacheWriteTokens,
      inputTokens: second.bill?.inputTokens,
    });
  });

  const toolUse = { type: 'tool_use', id: 't1', name: 'weather', input: {} };

  test.each<[string, Json]>([
    ['no max_tokens', { ...says('Hi'), max_tokens: undefined }],
    ['an unknown field', { ...says('Hi'), frequency_penalty: 1 }],
    ['a budget that max_tokens does not hold', { ...says('Hi'), thinking: { type: 'enabled', budget_tokens: 2000 } }],
    ['a budget that is too small', { ...says('Hi'), thinking: { type: 'enabled', budget_tokens: 1000 } }],
    ['a temperature while thinking', { ...says('Hi'), thinking, temperature: 0.5 }],
    ['a forced tool while thinking', { ...says('Hi'), thinking, tools, tool_choice: { type: 'any' } }],
    ['an empty text', says([{ type: 'text', text: '' }])],
    ["a part in OpenAI's words", says([{ type: 'image_url', image_url: { url: 'x' } }])],
    ['a role that it does not know', { messages: [{ role: 'developer', content: 'Hi' }] }],
    ['a tool without a schema', { ...says('Hi'), tools: [{ name: 'x' }] }],
    ['a use without its result', { messages: [...says('Hi').messages, { role: 'assistant', content: [toolUse] }] }],
    [
      'a result that comes late',
      {
        messages: [
          ...says('Hi').messages,
          { role: 'assistant', content: [toolUse] },
          ...says('wait').messages,
          ...says([{ type: 'tool_result', tool_use_id: 't1', content: 'x' }]).messages,
        ],
      },
    ],
    [
      'too many markers',
      says(Array.from({ length: 5 }, () => ({ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }))),
    ],
  ])('refuses %s', (_, body) => {
    expect(ask(body)).toMatchObject({ status: 400, body: { value: { error: { type: 'invalid_request_error' } } } });
  });

  test('refuses a call without its version, and one with a wrong key', () => {
    expect(ask(says('Hi'), undefined, {}).status).toBe(400);
    expect(ask(says('Hi'), undefined, { ...version, 'x-api-key': badKey }).status).toBe(401);
  });

  test('fails as it is told to, before a stream and in it', () => {
    expect(ask(says('fail:529'))).toMatchObject({
      status: 529,
      body: { value: { error: { type: 'overloaded_error' } } },
    });
    const { events } = readStream(ask({ ...says('fail-stream:529'), stream: true }));
    expect(events.at(-1)?.kind).toBe('fault');
  });
});
