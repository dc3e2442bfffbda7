import { describe, expect, test } from 'vitest';
import { answerBody } from '../../../src/gateway/relay/answer-body.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import { readerAndWriter } from '../../../src/gateway/relay/reader-and-writer.ts';
import { type AnyCall, protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { type JsonRecord, asList, asRecord } from '../../../src/protocols/json/json-value.ts';
import { candidates, catalog, hello } from '../../support/chat.ts';

const head = { id: 'chatcmpl-1', model: 'claude', created: 1, now: () => 2 };
const usage = { inputTokens: 9, outputTokens: 5 };

function exchange(fields: object): { readonly asked: AnyCall; readonly sent: AnyCall } {
  const body = { model: 'claude', max_tokens: 50, messages: hello, ...fields };
  const asked = protocols.chat.read(new TextEncoder().encode(JSON.stringify(body)));
  const [target] = candidates(catalog, 'claude');
  if (target === undefined) throw new Error('nothing serves claude');
  const sent = encodeCall(asked, target);
  if (sent instanceof GatewayError) throw sent;
  return { asked, sent: sent.call };
}

/** How a client is answered where Claude calls a tool with this input. */
function whole(fields: object, name: string, input: object): unknown {
  const { asked, sent } = exchange(fields);
  const answer = {
    id: 'msg_1',
    type: 'message',
    content: [{ type: 'tool_use', id: 'toolu_1', name, input }],
    stop_reason: 'tool_use',
    usage: { input_tokens: 9, output_tokens: 5 },
  };
  const { bytes } = answerBody(asked, sent, { bytes: new Uint8Array(), answer }, head, usage);
  const completion = JSON.parse(new TextDecoder().decode(bytes)) as { choices: unknown[] };
  return completion.choices[0];
}

/** The same in a stream, of which the pieces of the input come one by one: all deltas, and why it ended. */
function streamed(fields: object, name: string, pieces: readonly string[]) {
  const { asked, sent } = exchange(fields);
  const { reader, writer } = readerAndWriter({
    asked,
    sent,
    head,
    costOf: () => '0',
    inputTokensAbout: 9,
    choices: 1,
    wordsPerToken: 4,
  });
  const events: Readonly<Record<string, unknown>>[] = [
    { type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 9, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'toolu_1', name, input: {} } },
    ...pieces.map((partial_json) => {
      return { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json } };
    }),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
  ];
  const text = events.map((event) => {
    const data = JSON.stringify(event);
    return writer.pass({ data, start: 0, end: 0 }, reader.read(data)) ?? '';
  });
  const chunks = text.join('').split('\n\n').filter(Boolean);
  const choices = chunks.map((chunk) => asRecord(asList(asRecord(JSON.parse(chunk.slice(6)))?.['choices'])[0]));
  return {
    deltas: choices.flatMap((choice) => recordsOf([choice?.['delta']])),
    finish: choices.at(-1)?.['finish_reason'],
  };
}

function recordsOf(values: readonly unknown[]): JsonRecord[] {
  return values.flatMap((value) => {
    const record = asRecord(value);
    return record === undefined ? [] : [record];
  });
}

const legacy = { functions: [{ name: 'level', parameters: { type: 'object', properties: {} } }] };

describe('a client of before there were tools', () => {
  test('is told of one call, in its own words, and Claude is to make no more', () => {
    expect(exchange(legacy).sent.request).toMatchObject({
      tools: [{ name: 'level' }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
    expect(whole(legacy, 'level', { weir: 'north' })).toMatchObject({
      message: { content: null, function_call: { name: 'level', arguments: '{"weir":"north"}' } },
      finish_reason: 'function_call',
    });
    expect(whole(legacy, 'level', {})).not.toHaveProperty('message.tool_calls');
  });

  test('is told of it in a stream too', () => {
    const { deltas, finish } = streamed(legacy, 'level', ['{"weir":', '"north"}']);
    const calls = deltas.flatMap((delta) => recordsOf([delta['function_call']]));
    expect(calls[0]?.['name']).toBe('level');
    expect(calls.map((call) => call['arguments']).join('')).toBe('{"weir":"north"}');
    expect(finish).toBe('function_call');
    expect(JSON.stringify(deltas)).not.toContain('tool_calls');
  });
});

const grammar = { syntax: 'lark', definition: 'start: /x+/' };
const format = { type: 'grammar', grammar };
const custom = { tools: [{ type: 'custom', custom: { name: 'patch', description: 'Edits files.', format } }] };

describe('a tool of chat that takes any text', () => {
  test('is a function of one text for Claude, who is told of its grammar', () => {
    expect(
      exchange({ ...custom, tool_choice: { type: 'custom', custom: { name: 'patch' } } }).sent.request,
    ).toMatchObject({
      tools: [
        {
          name: 'patch',
          description: expect.stringMatching(/Edits files\.[^]*lark grammar:\nstart: \/x\+\//),
          input_schema: { required: ['input'], properties: { input: { type: 'string' } } },
        },
      ],
      tool_choice: { type: 'tool', name: 'patch' },
    });
  });

  test('is called as the client knows it', () => {
    expect(whole(custom, 'patch', { input: 'xx\n' })).toMatchObject({
      message: { tool_calls: [{ id: 'toolu_1', type: 'custom', custom: { name: 'patch', input: 'xx\n' } }] },
      finish_reason: 'tool_calls',
    });
    expect(whole(custom, 'other', { a: 1 })).toMatchObject({
      message: { tool_calls: [{ type: 'function', function: { name: 'other', arguments: '{"a":1}' } }] },
    });
  });

  test.each([[['{"input":"x', 'x\\n"}']], [['{"in', 'put": "xx', '\\n"}']], [['"xx\\n"']]])(
    'is called so in a stream too, however its input comes: %j',
    (pieces) => {
      const { deltas, finish } = streamed(custom, 'patch', pieces);
      const calls = deltas.flatMap((delta) => recordsOf(asList(delta['tool_calls'])));
      expect(calls[0]).toMatchObject({ index: 0, id: 'toolu_1', type: 'custom', custom: { name: 'patch' } });
      expect(calls.map((call) => asRecord(call['custom'])?.['input']).join('')).toBe('xx\n');
      expect(JSON.stringify(calls)).not.toContain('function');
      expect(finish).toBe('tool_calls');
    },
  );

  test('comes back to Claude as it called it', () => {
    const call = { id: 'toolu_1', type: 'custom', custom: { name: 'patch', input: 'xx' } };
    const messages = [
      ...hello,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'Done.' },
    ];
    expect(exchange({ ...custom, messages }).sent.request).toMatchObject({
      messages: [
        {},
        { content: [{ type: 'tool_use', id: 'toolu_1', name: 'patch', input: { input: 'xx' } }] },
        { content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
      ],
    });
  });
});
