import { describe, expect, test } from 'vitest';
import { ChatStream } from '../../../src/protocols/chat/stream.ts';
import { SseScanner } from '../../../src/protocols/sse.ts';
import { type Json, ask, binding, hello } from '../../support/workers-ai.ts';
import * as fixtures from './fixtures/workers-ai.ts';

const eventStream = (events: readonly object[], ...rest: readonly string[]) =>
  new Response([...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), ...rest].join(''), {
    headers: { 'content-type': 'text/event-stream', 'cf-ray': 'ray-1' },
  });
const done = 'data: [DONE]\n\n';

function eventsOf(text: string): string[] {
  const scanner = new SseScanner();
  const events = [...(scanner.push(new TextEncoder().encode(text))?.events ?? []), ...(scanner.end()?.events ?? [])];
  return events.flatMap(({ data }) => data ?? []);
}

describe('a stream of the binding', () => {
  const stream = async (response: () => unknown, body: Json = {}) => {
    const { ai } = binding(response);
    const answer = await ask(ai, { messages: hello, stream: true, ...body });
    const reader = new ChatStream({ choices: 1, wordsPerToken: 1 });
    const events = eventsOf(answer.text);
    return { ...answer, events, kinds: events.map((data) => reader.read(data).kind), reader };
  };
  const deltas = (events: readonly string[]) =>
    events.slice(0, -1).flatMap((data) => (JSON.parse(data) as { choices: Json[] }).choices);

  test('is what OpenAI streams: a role, the text, a reason, the usage and the end', async () => {
    const { headers, events, kinds, reader } = await stream(() => eventStream(fixtures.nativeEvents, done));
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(headers.get('cf-ray')).toBe('ray-1');
    expect(deltas(events)).toEqual([
      { index: 0, delta: { role: 'assistant', content: 'Hello' }, finish_reason: null },
      { index: 0, delta: { content: ' world' }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: 'stop' },
    ]);
    expect(kinds).toEqual(['chunk', 'chunk', 'chunk', 'usage-only', 'done']);
    expect(reader.usageOfAll).toMatchObject({ inputTokens: 26, outputTokens: 9 });
  });

  test('has the parts of a call, and none that says nothing', async () => {
    const { events } = await stream(() => eventStream(fixtures.nativeToolEvents, done));
    expect(deltas(events)).toEqual([
      {
        index: 0,
        delta: {
          role: 'assistant',
          tool_calls: [
            { index: 0, id: 'chatcmpl-tool-1', type: 'function', function: { name: 'weather', arguments: '' } },
          ],
        },
        finish_reason: null,
      },
      { index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }, finish_reason: null },
      { index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '"Lisbon"}' } }] }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: 'tool_calls' },
    ]);
  });

  test('passes byte for byte, where the model speaks as OpenAI does', async () => {
    const { text } = await stream(() => eventStream(fixtures.openAiEvents, ': a comment\n\n', done));
    expect(text).toBe(await eventStream(fixtures.openAiEvents, ': a comment\n\n', done).text());
  });

  test('that breaks off does not look complete', async () => {
    const { reader } = await stream(() => eventStream(fixtures.nativeEvents));
    expect(reader.isComplete).toBe(false);
  });

  test('that fails says so', async () => {
    const { kinds } = await stream(() => eventStream([fixtures.nativeEvents[0] ?? {}, fixtures.restRefusal]));
    expect(kinds).toEqual(['chunk', 'fault']);
  });

  test.each([
    ['before it', [{ response: 'Hi', usage: fixtures.usage }, fixtures.restRefusal]],
    ['with it', [{ response: 'Hi' }, { ...fixtures.restRefusal, usage: fixtures.usage }]],
  ])('that fails says what it used, where the model said so %s', async (_where, events) => {
    const { kinds, reader } = await stream(() => eventStream(events));
    expect(kinds).toEqual(['chunk', 'fault']);
    expect(reader.finalUsage?.inputTokens).toBeGreaterThan(0);
  });

  test('is made of an answer that came whole', async () => {
    const whole = await stream(() => Response.json(fixtures.nativeToolCall));
    expect(whole.kinds).toEqual(['chunk', 'chunk', 'usage-only', 'done']);
    expect(deltas(whole.events)).toMatchObject([
      { delta: { tool_calls: [{ index: 0, function: { name: 'weather' } }] } },
      { finish_reason: 'tool_calls' },
    ]);
    expect((await stream(() => Response.json(fixtures.openAiAnswer))).reader.usageOfAll).toBeDefined();
  });

  test('may be a bare stream of bytes', async () => {
    const { kinds } = await stream(() => eventStream(fixtures.nativeEvents, done).body);
    expect(kinds.at(-1)).toBe('done');
  });
});
