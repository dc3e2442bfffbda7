import { describe, expect, test } from 'vitest';
import { MessagesSink } from '../../../src/anthropic/messages-sink.ts';
import { ChatSink } from '../../../src/openai/chat-sink.ts';
import { writtenChatRequest } from '../../../src/openai/chat-request.ts';
import { ClientCalls } from '../../../src/openai/client-calls.ts';
import { ResponsesSink } from '../../../src/openai/responses-sink.ts';
import type { AnswerSink } from '../../../src/openai/answer-sink.ts';
import { type JsonRecord, asList, asRecord, asText } from '../../../src/wire/json-value.ts';
import { hello } from '../../support/chat.ts';
import { messageEvents } from '../../support/message-events.ts';
import { chunkOf, eventsIn, responsesRequest, toldResponse } from '../../support/responses.ts';
import { SdkTypes } from '../../support/sdk-types.ts';

const anthropic = new SdkTypes('@anthropic-ai/sdk/resources/messages/messages.d.ts');
const responses = new SdkTypes('openai/resources/responses/responses.d.ts');
const chat = new SdkTypes('openai/resources/chat/completions/completions.d.ts');

/** An answer with a thought, words and a call, as each sink writes it. */
function written(sink: AnswerSink): string {
  const call = { index: 0, id: 'c', function: { name: 'find', arguments: '{"q":1}' } };
  return [
    sink.chunk(chunkOf({ role: 'assistant', reasoning_content: 'Hm.' })),
    sink.text(0, 'I look.'),
    sink.chunk(chunkOf({ tool_calls: [call] })),
    sink.chunk(chunkOf({}, 'tool_calls')),
    sink.end({ inputTokens: 9, outputTokens: 5 }, undefined),
  ].join('');
}

function recordOf(value: unknown): JsonRecord {
  return asRecord(value) ?? {};
}

/** `response.output_item.added` is a `ResponseOutputItemAddedEvent`, and so are all but a few. */
function typeOfEvent(type: string): string {
  const words = type.replace(/^response\./, '').split(/[._]/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `Response${name.replace(/^OutputText(?=Delta|Done)/, 'Text')}Event`;
}

describe('what the types of the official clients require', () => {
  test('is in every event of a response, and in the response itself', () => {
    const events = eventsIn(written(new ResponsesSink(responsesRequest({}), toldResponse)));
    expect(events.length).toBeGreaterThan(15);
    for (const event of events)
      expect([event['type'], ...responses.missing(typeOfEvent(String(event['type'])), event)]).toEqual([event['type']]);
    const response = recordOf(events.at(-1)?.['response']);
    // The SDK makes it of the output when it has the whole of it.
    expect(responses.missing('Response', response)).toEqual(['output_text']);
    const types = {
      message: 'ResponseOutputMessage',
      reasoning: 'ResponseReasoningItem',
      function_call: 'ResponseFunctionToolCall',
    };
    const items = asList(response['output']).map(recordOf);
    expect(items.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    for (const item of items) {
      expect(responses.missing(types[asText(item['type']) as keyof typeof types], item)).toEqual([]);
    }
    expect(responses.missing('ResponseUsage', recordOf(response['usage']))).toEqual([]);
  });

  test('is in every event of a message, and in the message itself', () => {
    const events = messageEvents(written(new MessagesSink({ id: 'msg_1', model: 'm', inputTokensAbout: 9 }))).map(
      ({ data }) => recordOf(data),
    );
    const types: Readonly<Record<string, string>> = {
      message_start: 'RawMessageStartEvent',
      message_delta: 'RawMessageDeltaEvent',
      message_stop: 'RawMessageStopEvent',
      content_block_start: 'RawContentBlockStartEvent',
      content_block_delta: 'RawContentBlockDeltaEvent',
      content_block_stop: 'RawContentBlockStopEvent',
    };
    const blocks: Readonly<Record<string, string>> = {
      text: 'TextBlock',
      thinking: 'ThinkingBlock',
      tool_use: 'ToolUseBlock',
    };
    for (const event of events) {
      expect(anthropic.missing(types[String(event['type'])] ?? '', event)).toEqual([]);
      const block = recordOf(event['content_block']);
      const type = blocks[String(block['type'])];
      // Anthropic itself leaves out the citations of a text that has none, and some clients refuse null there.
      if (type !== undefined) expect(anthropic.missing(type, block)).toEqual(type === 'TextBlock' ? ['citations'] : []);
    }
    const message = recordOf(events[0]?.['message']);
    expect(anthropic.missing('Message', message)).toEqual([]);
    expect(anthropic.missing('Usage', recordOf(message['usage']))).toEqual([]);
    const end = recordOf(events.find(({ type }) => type === 'message_delta')?.['usage']);
    expect(anthropic.missing('MessageDeltaUsage', end)).toEqual([]);
  });

  test('is in every chunk of a chat completion', () => {
    const head = { id: 'chatcmpl-1', created: 1, model: 'm' };
    const sink = new ChatSink(head, true, new ClientCalls(writtenChatRequest({ messages: hello })));
    const chunks = written(sink)
      .split('\n\n')
      .filter((chunk) => chunk.startsWith('data: {'));
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) {
      expect(chat.missing('ChatCompletionChunk', recordOf(JSON.parse(chunk.slice('data: '.length))))).toEqual([]);
    }
  });
});
