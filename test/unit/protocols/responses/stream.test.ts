import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/http/errors.ts';
import { failedEvent } from '../../../../src/protocols/responses/error.ts';
import { ResponsesStream } from '../../../../src/protocols/responses/stream.ts';
import { OutputCount } from '../../../../src/protocols/output-count.ts';
import { eventsIn } from '../../../support/responses.ts';

const wordsPerToken = 1;
const begun = { id: 'resp_1', object: 'response', model: 'gpt-x', status: 'in_progress', output: [], store: false };
const usage = {
  input_tokens: 30,
  input_tokens_details: { cached_tokens: 10, cache_write_tokens: 5 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 4 },
  total_tokens: 39,
};

function reading(...events: readonly object[]): ResponsesStream {
  const stream = new ResponsesStream({ wordsPerToken });
  for (const event of events) stream.read(JSON.stringify(event));
  return stream;
}

function textDelta(delta: string, sequence: number, more: object = {}) {
  return {
    type: 'response.output_text.delta',
    content_index: 0,
    delta,
    item_id: 'msg_1',
    logprobs: [],
    ...more,
    output_index: 0,
    sequence_number: sequence,
  };
}

const opened = [
  { type: 'response.created', sequence_number: 0, response: begun },
  { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: messageItem('in_progress', []) },
];

function messageItem(status: string, content: readonly object[]) {
  return { id: 'msg_1', type: 'message', role: 'assistant', status, content };
}

function completed(sequence: number, response: object = {}) {
  const whole = { ...begun, status: 'completed', usage, service_tier: 'priority', ...response };
  return { type: 'response.completed', sequence_number: sequence, response: whole };
}

describe('a stream of a provider that speaks the Responses API', () => {
  test('is done, and its usage known, with the event that completes it', () => {
    const stream = reading(...opened, textDelta('One two', 2));
    expect(stream).toMatchObject({ isDone: false, isComplete: false, usageOfAll: undefined, count: { least: 2 } });
    const end = completed(3);
    expect(stream.read(JSON.stringify(end))).toEqual({ kind: 'done', value: end });
    expect(stream).toMatchObject({ isDone: true, isComplete: true });
    expect(stream.usageOfAll).toEqual({
      inputTokens: 30,
      cachedInputTokens: 10,
      cacheWrite5mTokens: 5,
      cacheWrite1hTokens: 0,
      undividedCacheWriteTokens: 5,
      webSearches: 0,
      audioInputTokens: 0,
      outputTokens: 9,
      reasoningTokens: 4,
      audioOutputTokens: 0,
      serviceTier: 'priority',
    });
    expect(eventsIn(stream.lastEvent('cost_usd=0.1'))).toEqual([end]);
    expect(stream.lastEvent('cost_usd=0.1')).toMatch(/^: cost_usd=0\.1\n\nevent: response\.completed\n/);
    expect(stream.read(JSON.stringify(textDelta('more', 4))).kind).toBe('other');
  });

  test('was served by the tier that its end names, or else its beginning', () => {
    const beginning = (tier: string) => ({
      type: 'response.created',
      sequence_number: 0,
      response: { ...begun, service_tier: tier },
    });
    const end = (more: object = {}) => completed(3, { service_tier: null, ...more });
    expect(reading(beginning('priority'), end()).usage).toMatchObject({ serviceTier: 'priority' });
    expect(reading(beginning('priority'), end({ service_tier: 'default' })).usage).toMatchObject({
      serviceTier: 'default',
    });
    // That is what was asked for, and no tier.
    expect(reading(beginning('auto'), end()).usage).not.toHaveProperty('serviceTier');
  });

  test('is complete too where its output was cut short', () => {
    const end = { ...completed(2, { status: 'incomplete' }), type: 'response.incomplete' };
    const stream = reading(...opened, end);
    expect(stream.isComplete).toBe(true);
    expect(stream.usage).toMatchObject({ outputTokens: 9 });
  });

  test('does not believe a usage that is less than what has come', () => {
    const stream = reading(
      ...opened,
      textDelta('one two three', 2),
      completed(3, { usage: { ...usage, output_tokens: 1, total_tokens: 31 } }),
    );
    expect(stream.isDone).toBe(true);
    expect(stream.usage).toBeUndefined();
  });

  test('counts summaries, which another model writes, so that the count is not too low, and not too high', () => {
    const summary = {
      type: 'response.reasoning_summary_text.delta',
      output_index: 0,
      summary_index: 0,
      delta: 'so many words',
    };
    const { count } = reading(summary);
    expect(count.least).toBe(0);
    expect(count.most).toBeGreaterThan(10);
    const raw = { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'three own words' };
    expect(reading(raw).count.least).toBe(3);
  });

  test('counts what servers tell only when it is done, and what they tell twice once', () => {
    const whole = messageItem('completed', [{ type: 'output_text', text: 'one two three' }]);
    const done = { type: 'response.output_item.done', output_index: 0, item: whole };
    expect(reading(done).count.least).toBe(3);
    const twice = reading(
      ...opened,
      textDelta('one two', 2),
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'one two three' },
      done,
      completed(3, { output: [whole] }),
    );
    expect(twice.count.least).toBe(9);
    expect(twice.count.seen).toBe(3);
    const call = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'find', arguments: '{"a": 1}' };
    expect(reading(completed(1, { output: [call] })).count.seen).toBe(3);
  });

  test.each([
    ['server_error', 500],
    ['server_is_overloaded', 503],
    ['slow_down', 503],
    ['rate_limit_exceeded', 429],
    ['insufficient_quota', 429],
    ['context_length_exceeded', 400],
    ['invalid_image_format', 400],
    ['something_new', undefined],
  ])('takes a failure with the code %s for one of status %s', (code, status) => {
    const failed = { ...begun, status: 'failed', error: { code, message: 'Sorry.' }, usage };
    const stream = new ResponsesStream({ wordsPerToken });
    const event = stream.read(JSON.stringify({ type: 'response.failed', sequence_number: 1, response: failed }));
    const fault = { code, message: 'Sorry.', ...(status === undefined ? {} : { status }) };
    expect(event).toEqual({ kind: 'fault', fault });
    expect(stream).toMatchObject({ isDone: false, usage: { inputTokens: 30 } });
  });

  test.each<readonly [string, readonly object[]]>([
    ['its failure', [{ type: 'response.failed', response: { ...begun, status: 'failed', error: {}, usage } }]],
    ['its being cancelled', [{ type: 'response.cancelled', response: { ...begun, status: 'cancelled', usage } }]],
    ['an error', [{ type: 'error', message: 'Sorry.', usage }]],
    ['an error one level down', [{ type: 'error', error: { message: 'Sorry.', usage } }]],
    [
      'what comes after an error',
      [
        { type: 'error', message: 'Sorry.' },
        { type: 'response.failed', response: { ...begun, error: {}, usage } },
      ],
    ],
    ['an end that comes after an error', [{ type: 'error', message: 'Sorry.' }, completed(4)]],
  ])('that failed says with %s what it used', (_where, events) => {
    const stream = reading(...opened, textDelta('Some', 2), ...events);
    expect(stream.finalUsage).toMatchObject({ inputTokens: 30, outputTokens: 9 });
    expect(stream).toMatchObject({ isDone: false, isComplete: false });
  });

  test('takes an error event for a failure, wherever in it the error stands', () => {
    const flat = { type: 'error', code: 'server_error', message: 'Sorry.', param: null, sequence_number: 3 };
    const nested = { type: 'error', error: { type: 'service_unavailable_error', code: 'slow_down', message: 'Busy.' } };
    const stream = new ResponsesStream({ wordsPerToken });
    expect(stream.read(JSON.stringify(flat))).toEqual({
      kind: 'fault',
      fault: { code: 'server_error', message: 'Sorry.', type: 'error', status: 500 },
    });
    expect(stream.read(JSON.stringify(nested))).toMatchObject({ fault: { code: 'slow_down', status: 503 } });
  });

  test.each([undefined, '', '[DONE]', 'no json', '[]', '{"object":"chat.completion.chunk"}'])(
    'makes nothing of %j',
    (data) => {
      const stream = new ResponsesStream({ wordsPerToken });
      expect(stream.read(data)).toEqual({ kind: 'other' });
      expect(stream.isDone).toBe(false);
    },
  );

  test('is cut off as a provider that kept to the cap would have ended it', () => {
    const done = { id: 'rs_1', type: 'reasoning', summary: [] };
    const stream = reading(
      { type: 'response.created', sequence_number: 0, response: begun },
      { type: 'response.output_item.done', sequence_number: 1, output_index: 0, item: done },
      { type: 'response.output_item.added', sequence_number: 2, output_index: 1, item: messageItem('in_progress', []) },
      { ...textDelta('Half a', 3), output_index: 1 },
      {
        type: 'response.output_item.added',
        sequence_number: 4,
        output_index: 2,
        item: { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f', arguments: '' },
      },
      { type: 'response.function_call_arguments.delta', sequence_number: 5, output_index: 2, delta: '{"a' },
    );
    const text = stream.closeItems() + stream.cutOffEvent({ inputTokens: 7, outputTokens: 2 }, 'cost_usd=0.2');
    expect(text).toContain(': cost_usd=0.2\n\nevent: response.incomplete\n');
    const [message, call, last, ...none] = eventsIn(text);
    expect(none).toEqual([]);
    expect(message).toMatchObject({
      type: 'response.output_item.done',
      sequence_number: 6,
      output_index: 1,
      item: { status: 'incomplete', content: [{ type: 'output_text', text: 'Half a' }] },
    });
    expect(call).toMatchObject({ sequence_number: 7, item: { status: 'incomplete', arguments: '{"a' } });
    expect(last).toMatchObject({
      sequence_number: 8,
      response: {
        id: 'resp_1',
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ id: 'rs_1' }, { id: 'msg_1' }, { id: 'fc_1' }],
        usage: { input_tokens: 7, output_tokens: 2, total_tokens: 9 },
      },
    });
  });

  test('fails with all that it has said so far', () => {
    const stream = reading(...opened, textDelta('Some', 2));
    const error = new GatewayError('provider_error', 'openai stopped.');
    const { envelope } = stream;
    if (envelope === undefined) throw new Error('it has begun');
    expect(eventsIn(failedEvent(envelope, error, 'req_1'))).toMatchObject([
      {
        type: 'response.failed',
        sequence_number: 3,
        response: {
          id: 'resp_1',
          status: 'failed',
          error: { code: 'server_error', request_id: 'req_1' },
          output: [{ content: [{ text: 'Some' }] }],
        },
      },
    ]);
    expect(new ResponsesStream({ wordsPerToken }).envelope).toBeUndefined();
  });
});

const text = fc.oneof(
  fc.constantFrom('', ' ', 'word', ' two words', '\n', '"', '\\', '水'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const step = fc.record({ delta: text, output: fc.nat(1), noise: fc.option(text), number: fc.nat(2_000_000_000) });

test('what is counted of a text is the same, however its events are written', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), fc.boolean(), (steps, isSpaced, isNumberedFirst) => {
      const stream = new ResponsesStream({ wordsPerToken });
      const count = new OutputCount(wordsPerToken);
      for (const { delta, output, noise, number } of steps) {
        count.addContent(output, delta);
        const event = textDelta(delta, number, noise === null ? {} : { obfuscation: noise });
        const placed = { ...event, output_index: output };
        const written = JSON.stringify(isNumberedFirst ? Object.assign({ sequence_number: 0 }, placed) : placed);
        const read = stream.read(isSpaced ? written.replaceAll(/":(?!\\)/g, '": ') : written);
        expect(read.kind).toBe('chunk');
        if (read.kind === 'chunk' && read.content.kind === 'text') expect(read.content.text).toBe(delta);
      }
      expect({ most: stream.count.most, least: stream.count.least }).toEqual({ most: count.most, least: count.least });
      expect(stream.envelope).toBeUndefined();
    }),
  );
});

test('most events of a text are told without parsing them, and what is in others is still found', () => {
  const stream = reading(...opened, textDelta('first', 2));
  const plain = stream.read(JSON.stringify(textDelta(' second', 3)));
  expect(plain).toMatchObject({ content: { kind: 'text', text: ' second' } });
  const escaped = stream.read(JSON.stringify(textDelta(' "third"', 4)));
  expect(escaped).toMatchObject({ content: { kind: 'text', text: ' "third"' } });
  const probable = stream.read(
    JSON.stringify(textDelta(' fourth', 5, { logprobs: [{ token: ' fourth', logprob: -1 }] })),
  );
  expect(probable).toMatchObject({ content: { kind: 'value', value: { delta: ' fourth' } } });
  expect(stream.count.least).toBe(4);
  // A number with a zero before it is no JSON, though it looks the same.
  const malformed = JSON.stringify(textDelta(' fifth', 6)).replace('"sequence_number":6', '"sequence_number":06');
  expect(stream.read(malformed).kind).toBe('other');
  expect(stream.count.least).toBe(4);
});
