import { describe, expect, it } from 'vitest';
import { ClientCalls } from '../../../../../src/protocols/chat/client-calls.ts';
import { writtenChatRequest } from '../../../../../src/protocols/chat/request.ts';
import { wholeCompletion } from '../../../../../src/protocols/chat/writer.ts';
import {
  completionId,
  completionOfMessage,
} from '../../../../../src/protocols/translate/message-to-completion/answer.ts';
import { cited, cutOff, plain, refused, stopped, structured, tools } from '../../messages/fixtures/messages.ts';

const choiceOf = (message: Readonly<Record<string, unknown>>) => completionOfMessage(message).choices[0];

/** As a client of chat completions is told. */
function told(message: Readonly<Record<string, unknown>>) {
  const head = { id: completionId(message['id']), model: 'opus', created: 1_700_000_000 };
  const calls = new ClientCalls(writtenChatRequest({ messages: [{ role: 'user', content: 'Hi' }] }));
  return wholeCompletion(completionOfMessage(message), head, calls, { inputTokens: 12, outputTokens: 34 });
}

describe('a message that came whole', () => {
  it('is the chat completion that says the same', () => {
    expect(told(plain)).toEqual({
      id: 'chatcmpl-01Whole',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'opus',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Good evening.', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: {
        prompt_tokens: 12,
        completion_tokens: 34,
        total_tokens: 46,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      service_tier: 'default',
    });
  });

  it('calls tools, and gives its thoughts with all that Anthropic wants back', () => {
    expect(choiceOf(tools)).toMatchObject({
      finish_reason: 'tool_calls',
      delta: {
        content: 'One moment.',
        reasoning_content: 'Two calls.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Two calls.', signature: 'EqQB', index: 0, format: 'anthropic-claude-v1' },
          { type: 'reasoning.encrypted', data: 'EmwK', index: 1, format: 'anthropic-claude-v1' },
        ],
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'now', arguments: '{}' } },
        ],
      },
    });
  });

  it('tells why it ended', () => {
    expect(choiceOf(cutOff)?.finish_reason).toBe('length');
    expect(choiceOf({ ...plain, stop_reason: 'model_context_window_exceeded' })?.finish_reason).toBe('length');
    expect(choiceOf({ ...plain, stop_reason: 'pause_turn' })?.finish_reason).toBe('stop');
    expect(choiceOf({ ...plain, stop_reason: 'novel' })?.finish_reason).toBe('stop');
    expect(choiceOf(stopped)).toMatchObject({ finish_reason: 'stop', stop_sequence: 'three' });
    expect(choiceOf(refused)).toMatchObject({
      finish_reason: 'content_filter',
      delta: { refusal: 'Not that.' },
    });
    expect(told(refused)).toMatchObject({ choices: [{ message: { content: null, refusal: 'Not that.' } }] });
  });

  it('shows where it has its words from', () => {
    expect(choiceOf(cited)?.delta).toMatchObject({
      content: 'As found: it rains.',
      annotations: [
        {
          type: 'url_citation',
          url_citation: {
            url: 'https://weather.example/ulm',
            title: 'Ulm',
            content: 'Rain all day.',
            start_index: 10,
            end_index: 19,
          },
        },
      ],
    });
  });

  it('is structured as it was', () => {
    expect(choiceOf(structured)?.delta.content).toBe('{"name":"Ada","age":36}');
  });

  it('is no worse for what nobody has heard of', () => {
    const content = [{ type: 'server_tool_use', id: 's' }, { type: 'novel' }, 7, { type: 'text', text: 'Hi' }];
    expect(told({ ...plain, content })).toMatchObject({
      choices: [{ message: { role: 'assistant', content: 'Hi', refusal: null } }],
    });
    expect(told({})).toMatchObject({
      id: 'chatcmpl-unnamed',
      choices: [{ message: { content: null } }],
    });
  });
});
