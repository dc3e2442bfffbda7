import { describe, expect, test } from 'vitest';
import { MessagesWriter } from '../../../../src/protocols/messages/writer.ts';
import { GatewayError } from '../../../../src/http/errors.ts';
import type { ChunkDelta, FinishReason } from '../../../../src/protocols/chat/chunk.ts';
import { accumulate, messageEvents } from '../../../support/message-events.ts';

const head = { id: 'msg_1', model: 'glm-5', inputTokensAbout: 95 };
const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, cacheWrite5mTokens: 10, reasoningTokens: 5 };

function chunk(delta: ChunkDelta, finish: FinishReason | null = null, stopSequence?: string) {
  const choice = { index: 0, delta, finish_reason: finish };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'glm-5',
    choices: [stopSequence === undefined ? choice : { ...choice, stop_sequence: stopSequence }],
  } as const;
}

function call(index: number, text: string, id?: string, name?: string): ChunkDelta {
  const made = { arguments: text, ...(name === undefined ? {} : { name }) };
  return { tool_calls: [{ index, ...(id === undefined ? {} : { id }), function: made }] };
}

/** What comes of these deltas, each in a chunk of its own. */
function streamOf(deltas: readonly ChunkDelta[], finish: FinishReason | null = 'stop') {
  const writer = new MessagesWriter(head);
  return (
    deltas.map((delta) => writer.chunk(chunk(delta))).join('') +
    writer.chunk(chunk({}, finish)) +
    writer.end(usage, undefined)
  );
}

function messageOf(deltas: readonly ChunkDelta[], finish: FinishReason | null = 'stop') {
  return accumulate(messageEvents(streamOf(deltas, finish)));
}

describe('a message in a stream', () => {
  test('is what Anthropic writes of one, event for event', () => {
    const writer = new MessagesWriter(head);
    const stream =
      writer.chunk({ ...chunk({ role: 'assistant' }), service_tier: 'default' }) +
      writer.text(0, 'Hel') +
      writer.text(0, 'lo "you"\n') +
      writer.chunk(chunk({}, 'stop')) +
      writer.end(usage, 'cost_usd=0.01');
    expect(messageEvents(stream).map(({ data }) => data)).toEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'glm-5',
          container: null,
          diagnostics: null,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          stop_details: null,
          usage: expect.objectContaining({ input_tokens: 95, output_tokens: 0, service_tier: 'standard' }),
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo "you"\n' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { container: null, stop_reason: 'end_turn', stop_sequence: null, stop_details: null },
        usage: {
          input_tokens: 30,
          cache_creation_input_tokens: 10,
          cache_read_input_tokens: 60,
          cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 0 },
          output_tokens: 20,
          output_tokens_details: { thinking_tokens: 5 },
          server_tool_use: null,
        },
      },
      { type: 'message_stop' },
    ]);
    expect(stream).toMatch(/\n\n: cost_usd=0\.01\n\nevent: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
  });

  test('is whole even if nothing at all was answered', () => {
    const writer = new MessagesWriter(head);
    expect(accumulate(messageEvents(writer.end(usage, undefined)))).toMatchObject({
      content: [],
      stop_reason: 'end_turn',
    });
  });

  test('has only what the first of several choices says', () => {
    const writer = new MessagesWriter(head);
    const other = { index: 1, delta: { content: 'no' }, finish_reason: 'length' } as const;
    const stream = writer.text(1, 'no') + writer.text(0, 'yes') + writer.chunk({ ...chunk({}), choices: [other] });
    expect(accumulate(messageEvents(stream + writer.end(usage, undefined)))).toMatchObject({
      content: [{ type: 'text', text: 'yes' }],
      stop_reason: 'end_turn',
    });
  });

  test('writes a call as it comes, and ends it when the next thing begins', () => {
    const writer = new MessagesWriter(head);
    writer.text(0, 'I look.');
    const first = writer.chunk(chunk(call(0, '{"path":', 'call_a', 'read')));
    expect(first).toContain('"tool_use","id":"call_a","name":"read","input":{}');
    expect(first).toContain('"partial_json":"{\\"path\\":"');
    expect(writer.chunk(chunk(call(0, '"a"}')))).toContain('"partial_json":"\\"a\\"}"');
    expect(writer.chunk(chunk(call(1, '{}', 'call_b', 'list')))).toContain('"index":2');
  });

  test('holds calls whose pieces come by turns apart', () => {
    const deltas = [
      call(0, '{"n":', 'a', 'f'),
      call(1, '{"m":', 'b', 'g'),
      call(0, '1}'),
      call(1, '2}'),
      call(2, '{}', 'c', 'h'),
    ];
    expect(messageOf(deltas, 'tool_calls')).toMatchObject({
      content: [
        { type: 'tool_use', id: 'a', name: 'f', input: { n: 1 } },
        { type: 'tool_use', id: 'b', name: 'g', input: { m: 2 } },
        { type: 'tool_use', id: 'c', name: 'h', input: {} },
      ],
      stop_reason: 'tool_use',
    });
  });

  test('makes an object of no arguments, and an id where there is none', () => {
    expect(messageOf([{ tool_calls: [{ index: 0, function: { name: 'now' } }] }], 'tool_calls').content).toEqual([
      { type: 'tool_use', id: 'call_msg_1_0', name: 'now', input: {}, caller: { type: 'direct' }, json: '{}' },
    ]);
  });

  test('waits for the name of a call', () => {
    const writer = new MessagesWriter(head);
    expect(writer.chunk(chunk(call(0, '{', 'a')))).not.toContain('"tool_use"');
    expect(writer.chunk(chunk(call(0, '}', undefined, 'f')))).toContain('"name":"f"');
  });

  test('thinks before it speaks, with the signature whole and last', () => {
    const format = 'anthropic-claude-v1';
    const message = messageOf([
      { reasoning_content: 'Let', reasoning_details: [{ type: 'reasoning.text', text: 'Let', format, index: 0 }] },
      { reasoning_content: ' me.', reasoning_details: [{ type: 'reasoning.text', text: ' me.', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZGF0YQ', format, index: 1 }] },
      { content: 'So.' },
    ]);
    expect(message.content).toEqual([
      { type: 'thinking', thinking: 'Let me.', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'ZGF0YQ' },
      { type: 'text', text: 'So.' },
    ]);
  });

  test('marks reasoning that Anthropic has not signed', () => {
    const [block] = messageOf([{ reasoning_content: 'Hm' }, { reasoning_content: 'm.' }, { content: 'So.' }]).content;
    expect(block).toMatchObject({ type: 'thinking', thinking: 'Hmm.', signature: expect.stringMatching(/^weir:/) });
  });

  test.each<[FinishReason | null, ChunkDelta, string]>([
    ['stop', { content: 'x' }, 'end_turn'],
    ['length', { content: 'x' }, 'max_tokens'],
    ['content_filter', { content: 'x' }, 'refusal'],
    ['stop', { refusal: 'I will not.' }, 'refusal'],
    ['tool_calls', call(0, '{}', 'a', 'f'), 'tool_use'],
    ['stop', call(0, '{}', 'a', 'f'), 'tool_use'],
    [null, call(0, '{}', 'a', 'f'), 'tool_use'],
    ['length', call(0, '{', 'a', 'f'), 'max_tokens'],
    ['tool_calls', { content: 'x' }, 'end_turn'],
    [null, {}, 'end_turn'],
  ])('that ended with %s after %j ended with %s', (finish, delta, reason) => {
    expect(messageOf([delta], finish).stop_reason).toBe(reason);
  });

  test('names the sequence that stopped it', () => {
    const writer = new MessagesWriter(head);
    const stream = writer.text(0, 'x') + writer.chunk(chunk({}, 'stop', '###')) + writer.end(usage, undefined);
    expect(accumulate(messageEvents(stream))).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: '###' });
  });

  test('that is cut off ends as one that has reached its cap', () => {
    const writer = new MessagesWriter(head);
    const begun =
      writer.text(0, 'x') + writer.chunk(chunk(call(0, '{"a', 'a', 'f'))) + writer.chunk(chunk(call(1, '{', 'b', 'g')));
    expect(accumulate(messageEvents(begun + writer.cutOff() + writer.end(usage, undefined)))).toMatchObject({
      content: [{ type: 'text' }, { id: 'a', json: '{"a' }, { id: 'b', json: '{' }],
      stop_reason: 'max_tokens',
    });
  });

  test('that can not be completed ends with an error, and never as if it were complete', () => {
    const writer = new MessagesWriter(head);
    const error = new GatewayError('provider_timeout', 'The provider fell silent.');
    const stream = writer.text(0, 'x') + writer.error(error, 'req_1', 'cost_usd=0.01');
    expect(messageEvents(stream).at(-1)?.data).toEqual({
      type: 'error',
      error: {
        type: 'timeout_error',
        message: 'The provider fell silent.',
        details: { error_code: 'provider_timeout' },
      },
      request_id: 'req_1',
    });
    expect(stream).toContain(': cost_usd=0.01\n\nevent: error\n');
    expect(stream).not.toContain('message_stop');
  });
});
