import { describe, expect, test } from 'vitest';
import { messageOfCompletion } from '../../../../../src/protocols/translate/completion-to-message/answer.ts';
import { detailOf, isForeignThinking } from '../../../../../src/protocols/messages/thinking-block.ts';
import type { ChunkDelta, FinishReason, ReasoningDetail } from '../../../../../src/protocols/chat/chunk.ts';
import { readCompletion } from '../../../../../src/protocols/chat/read-chunk.ts';

const head = { id: 'msg_1', model: 'glm-5' };
const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60 };

function messageOf(delta: ChunkDelta, finish: FinishReason = 'stop') {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return messageOfCompletion({ choices, service_tier: 'priority' }, head, usage);
}

function contentOf(delta: ChunkDelta) {
  const { content } = messageOf(delta);
  return Array.isArray(content) ? (content as readonly Record<string, unknown>[]) : [];
}

function inputOf(text: string) {
  return contentOf({
    tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: text } }],
  })[0]?.['input'];
}

describe('the message of a whole answer', () => {
  test('has all that a client of Anthropic reads', () => {
    const call = {
      index: 0,
      id: 'call_1',
      type: 'function',
      function: { name: 'read', arguments: '{"path":"a"}' },
    } as const;
    expect(messageOf({ content: 'I look.', reasoning_content: 'Hm.', tool_calls: [call] }, 'tool_calls')).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'glm-5',
      container: null,
      diagnostics: null,
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: expect.stringMatching(/^weir:/) },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'call_1', name: 'read', input: { path: 'a' }, caller: { type: 'direct' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      stop_details: null,
      usage: {
        input_tokens: 40,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 60,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 20,
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: 'priority',
        inference_geo: null,
        speed: null,
      },
    });
  });

  test('of a server that answers with nothing is empty', () => {
    expect(messageOfCompletion(readCompletion({}), head, usage)).toMatchObject({
      content: [],
      stop_reason: 'end_turn',
    });
  });

  test.each([
    ['{"a":1}', { a: 1 }],
    ['', {}],
    [' null ', {}],
    ['"{\\"a\\":1}"', { a: 1 }],
    ['{"a":', { INVALID_JSON: '{"a":' }],
    ['[1]', { INVALID_JSON: '[1]' }],
    ['7', { INVALID_JSON: '7' }],
  ])('has the arguments %j as an object, whatever they are', (text, input) => {
    expect(inputOf(text)).toEqual(input);
  });

  test('says that the model refused, and in which words', () => {
    expect(messageOf({ refusal: 'I will not.' })).toMatchObject({
      content: [{ type: 'text', text: 'I will not.' }],
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: null, explanation: 'I will not.' },
    });
    expect(messageOf({ content: 'x' }, 'content_filter')).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { explanation: null },
    });
  });
});

describe('reasoning', () => {
  test.each<ReasoningDetail>([
    { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: 'anthropic-claude-v1' },
    { type: 'reasoning.text', text: '', signature: 'c2ln', format: 'anthropic-claude-v1' },
    { type: 'reasoning.encrypted', data: 'ZGF0YQ', format: 'anthropic-claude-v1' },
  ])('that Claude signed is as it was when it comes back: %j', (detail) => {
    const [block] = contentOf({ reasoning_details: [detail] });
    expect(JSON.stringify(block)).not.toContain('weir:');
    expect(detailOf(block ?? {}, 0)).toEqual({ ...detail, index: 0 });
    expect(isForeignThinking(block ?? {})).toBe(false);
  });

  test.each<ReasoningDetail>([
    { type: 'reasoning.text', text: 'Hm.' },
    { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'unknown', id: 'r' },
    { type: 'reasoning.summary', summary: 'Hm.', format: 'openai-responses-v1', id: 'rs_1' },
    { type: 'reasoning.encrypted', data: 'd', format: 'google-gemini-v1', id: 'call_1' },
    { type: 'reasoning.encrypted', data: 'd' },
  ])('that only another provider understands is as it was too, and marked: %j', (detail) => {
    const [block] = contentOf({ reasoning_details: [detail] });
    expect(detailOf(block ?? {}, 0)).toEqual({ ...detail, index: 0 });
    expect(isForeignThinking(block ?? {})).toBe(true);
  });

  test('with a mark that somebody has spoilt is only text', () => {
    expect(detailOf({ type: 'thinking', thinking: 'Hm.', signature: 'weir:{' }, 3)).toEqual({
      type: 'reasoning.text',
      text: 'Hm.',
      index: 3,
    });
    expect(detailOf({ type: 'redacted_thinking', data: 'weir:7' }, 3)).toEqual({
      type: 'reasoning.encrypted',
      data: '',
      index: 3,
    });
  });
});
