import { describe, expect, test } from 'vitest';
import { ResponsesStream } from '../../../src/protocols/responses/stream.ts';
import { decodeResponsesUsage } from '../../../src/protocols/responses/usage.ts';
import { SseScanner } from '../../../src/protocols/sse.ts';
import { type FakeAnswer, eventText } from '../../support/fakes/fake.ts';
import { fakeAnswer } from '../../support/fakes/fake-answer.ts';
import type { Json } from '../../support/fakes/json.ts';
import { FakeMemory } from '../../support/fakes/memory.ts';

function ask(body: Json, memory = new FakeMemory()): FakeAnswer {
  const headers = { authorization: 'Bearer key' };
  const text = JSON.stringify({ model: 'gpt-fake', ...body });
  return fakeAnswer('openai', { method: 'POST', path: '/v1/responses', headers, body: text }, { memory });
}

function jsonOf({ body }: FakeAnswer): Json {
  if (body.kind !== 'json') throw new Error('it is a stream');
  return body.value as Json;
}

const tools = [{ type: 'function', name: 'weather', parameters: { properties: { city: { type: 'string' } } } }];

describe('the fake of the Responses API', () => {
  test.each([
    { input: 'Hello' },
    { input: 'Hello', reasoning: { effort: 'low' } },
    { input: 'use the tool weather', tools },
  ])('bills what it reports for %j, whole and streamed', (body) => {
    const whole = ask(body);
    const expected = { inputTokens: whole.bill?.inputTokens, outputTokens: whole.bill?.outputTokens };
    expect(decodeResponsesUsage(jsonOf(whole))).toMatchObject(expected);
    const streamed = ask({ ...body, stream: true });
    if (streamed.body.kind !== 'events') throw new Error('it is no stream');
    const reader = new ResponsesStream({ wordsPerToken: 1 });
    const bytes = new TextEncoder().encode(streamed.body.events.map(eventText).join(''));
    for (const { data } of new SseScanner().push(bytes)?.events ?? []) reader.read(data);
    expect(reader.isComplete).toBe(true);
    expect(reader.usageOfAll).toMatchObject(expected);
  });

  test('runs a loop with tools', () => {
    const asking = { role: 'user', content: [{ type: 'input_text', text: 'use the tool weather' }] };
    const [call] = jsonOf(ask({ input: [asking], tools }))['output'] as [Json];
    expect(call).toMatchObject({ type: 'function_call', name: 'weather', arguments: '{"city":"text"}' });
    const output = { type: 'function_call_output', call_id: call['call_id'], output: 'sunny' };
    const { output: said } = jsonOf(ask({ input: [asking, call, output], tools }));
    expect(JSON.stringify(said)).toContain('The tool said: sunny');
    expect(ask({ input: [asking, output], tools }).status).toBe(400);
    expect(ask({ input: [asking, call], tools }).status).toBe(400);
  });

  test('continues what it has stored, and bills all of it', () => {
    const memory = new FakeMemory();
    const first = ask({ input: 'word '.repeat(100) }, memory);
    const next = (more: Json) => ask({ input: 'on', ...more }, memory);
    const second = next({ previous_response_id: jsonOf(first)['id'] });
    expect(second.bill?.inputTokens).toBeGreaterThan(first.bill?.inputTokens ?? 0);
    expect(next({ previous_response_id: 'resp_none' }).status).toBe(400);
    const unstored = ask({ input: 'Hello', store: false }, memory);
    expect(next({ previous_response_id: jsonOf(unstored)['id'] }).status).toBe(400);
  });

  test('is incomplete at its cap', () => {
    const answer = ask({ input: `say exactly: ${'word '.repeat(40)}`, max_output_tokens: 16 });
    expect(answer.bill?.outputTokens).toBe(16);
    expect(jsonOf(answer)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
  });

  test.each<[string, Json]>([
    ['a cap that is too small', { input: 'Hi', max_output_tokens: 15 }],
    ["a field of OpenAI's other protocol", { input: 'Hi', max_tokens: 5 }],
    ['no input', {}],
    [
      'a part in the words of the other protocol',
      { input: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] },
    ],
    ['an item that it does not know', { input: [{ type: 'tool_result' }] }],
    [
      'a tool in the shape of the other protocol',
      { input: 'Hi', tools: [{ type: 'function', function: { name: 'x' } }] },
    ],
  ])('refuses %s', (_, body) => {
    expect(ask(body).status).toBe(400);
  });
});
