import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallSlots } from '../../../../src/protocols/chat/call-slots.ts';
import { readChunk, readCompletion } from '../../../../src/protocols/chat/read-chunk.ts';
import { decodeUsage } from '../../../../src/protocols/chat/usage.ts';

function choiceOf(choice: Record<string, unknown>) {
  return readCompletion({ id: 'chatcmpl-1', choices: [choice] }).choices[0];
}

function messageOf(message: Record<string, unknown>) {
  return choiceOf({ message, finish_reason: 'stop' })?.delta;
}

function deltaOf(delta: Record<string, unknown>) {
  return readChunk({ choices: [{ index: 0, delta, finish_reason: null }] }).choices[0]?.delta;
}

describe('a whole answer', () => {
  test("of OpenAI's keeps what it says", () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } };
    const answer = {
      id: 'chatcmpl-1',
      created: 12,
      model: 'gpt-6-luna',
      service_tier: 'default',
      choices: [
        { index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    };
    expect(readCompletion(answer)).toEqual({
      service_tier: 'default',
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: 'tool_calls' }],
    });
    expect(decodeUsage(answer)).toMatchObject({ inputTokens: 10, outputTokens: 5, cachedInputTokens: 4 });
  });

  test.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['STOP', 'stop'],
    ['something new', 'stop'],
    ['max_tokens', 'length'],
    ['error', 'length'],
    ['function_call', 'tool_calls'],
    ['sensitive', 'content_filter'],
  ])('that ended with %s ended with %s', (said, meant) => {
    expect(choiceOf({ message: { content: 'x' }, finish_reason: said })?.finish_reason).toBe(meant);
  });

  test('that does not say why it ended has ended by itself, or with its calls', () => {
    expect(choiceOf({ message: { content: 'x' }, finish_reason: null })?.finish_reason).toBe('stop');
    const message = { function_call: { name: 'look', arguments: '{}' } };
    expect(choiceOf({ message })).toMatchObject({
      finish_reason: 'tool_calls',
      delta: {
        tool_calls: [{ id: 'call_chatcmpl-1_0', function: { name: 'look', arguments: '{}' } }],
      },
    });
  });

  test('tells which sequence stopped it, where the server does', () => {
    expect(choiceOf({ message: { content: 'x' }, finish_reason: 'stop', stop_reason: '###' })?.stop_sequence).toBe(
      '###',
    );
    expect(choiceOf({ message: { content: 'x' }, finish_reason: 'stop', matched_stop: 151_645 })).not.toHaveProperty(
      'stop_sequence',
    );
  });

  test('in parts is text, and reasoning apart from it', () => {
    const content = [
      {
        type: 'thinking',
        thinking: [
          { type: 'text', text: 'let me ' },
          { type: 'text', text: 'see' },
        ],
      },
      { type: 'text', text: 'It is ' },
      { type: 'reference', reference_ids: [1] },
      { type: 'text', text: 'so.' },
    ];
    expect(messageOf({ content })).toMatchObject({ content: 'It is so.', reasoning_content: 'let me see' });
  });

  test.each(['reasoning', 'reasoning_content'])('has its %s under one name', (name) => {
    expect(messageOf({ content: 'x', [name]: 'hm', reasoning_details: null, refusal: null })).toEqual({
      content: 'x',
      reasoning_content: 'hm',
    });
  });

  test('keeps details of reasoning that are some, and has their text as text too', () => {
    const details = [
      { type: 'reasoning.text', text: 'hm', signature: null, format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', signature: 'sig', index: 0 },
      { type: 'reasoning.summary', summary: ' then', id: null },
      { type: 'reasoning.encrypted', data: 'xyz', id: 'rs_1' },
      { type: 'reasoning.encrypted', data: null },
      { type: 'reasoning.other', text: 'no' },
      'no',
    ];
    expect(messageOf({ content: 'x', reasoning_details: details })).toMatchObject({
      reasoning_content: 'hm then',
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.text', signature: 'sig', index: 0 },
        { type: 'reasoning.summary', summary: ' then' },
        { type: 'reasoning.encrypted', data: 'xyz', id: 'rs_1' },
      ],
    });
  });

  test('has arguments as text, even where the server sent an object', () => {
    const calls = [{ function: { name: 'look', arguments: { at: 1 } } }];
    expect(messageOf({ tool_calls: calls })?.tool_calls).toEqual([
      { index: 0, id: 'call_chatcmpl-1_0', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
    ]);
  });

  test("keeps Gemini's signature of a call, which it wants back", () => {
    const call = {
      id: 'c1',
      function: { name: 'f', arguments: '{}' },
      extra_content: { google: { thought_signature: 's' } },
    };
    expect(messageOf({ tool_calls: [call] })?.reasoning_details).toEqual([
      { type: 'reasoning.encrypted', data: 's', id: 'c1', format: 'google-gemini-v1' },
    ]);
  });

  test('or a chunk, whatever it is, is read without a fault', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('choices', 'usage', 'id', 'created'), anything), (value) => {
        expect(readCompletion(value).choices).toBeInstanceOf(Array);
        expect(readChunk(value).choices).toBeInstanceOf(Array);
      }),
    );
  });
});

const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, '', 'x', 0, -1, 1.5, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('index', 'message', 'delta', 'content', 'tool_calls', 'function', 'arguments', 'type', 'text'),
      tie('value'),
    ),
  ),
})).value;

describe('a chunk', () => {
  test('says what it adds and nothing else', () => {
    expect(deltaOf({ role: 'assistant', content: '', tool_calls: null, reasoning: null })).toEqual({
      role: 'assistant',
    });
    expect(deltaOf({ content: 'x' })).toEqual({ content: 'x' });
  });

  test('may be a whole message, or only text', () => {
    const whole = readChunk({ choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] });
    expect(whole.choices).toEqual([{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }]);
    expect(readChunk({ choices: [{ text: 'x' }] }).choices[0]?.delta).toEqual({ content: 'x' });
  });

  test('has a usage where there is one, wherever it is', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4 };
    expect(decodeUsage({ choices: [], x_groq: { usage } })).toMatchObject({ inputTokens: 3, outputTokens: 4 });
    expect(decodeUsage({ choices: [], usage: null })).toBeUndefined();
  });

  test('numbers calls that have no number, and takes the call of old for the first', () => {
    const calls = [
      { id: 'a', function: { name: 'f', arguments: '' } },
      { id: 'b', function: { name: 'g' } },
    ];
    expect(deltaOf({ tool_calls: calls })?.tool_calls?.map(({ index, id }) => [index, id])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    expect(deltaOf({ function_call: { arguments: '{"' } })?.tool_calls).toEqual([
      { index: 0, type: 'function', function: { arguments: '{"' } },
    ]);
  });
});

describe('the calls of a stream', () => {
  test('are told apart by their number, or by their id where all have the same number', () => {
    const slots = new CallSlots();
    expect(slots.slotOf({ index: 0, id: 'a', function: { name: 'f' } })).toBe(0);
    expect(slots.slotOf({ index: 0, function: { arguments: '{' } })).toBe(0);
    expect(slots.slotOf({ index: 0, id: 'a', function: { name: 'f', arguments: '}' } })).toBe(0);
    expect(slots.slotOf({ index: 0, id: 'b', function: { name: 'f' } })).toBe(1);
    expect(slots.slotOf({ index: 0, function: { arguments: '{' } })).toBe(1);
    expect(slots.slotOf({ index: 3, id: 'c', function: { name: 'f' } })).toBe(2);
  });
});
