import { expect, test } from 'vitest';
import { readerAndWriter } from '../../../src/gateway/relay/reader-and-writer.ts';
import { type AnyCall, protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { hello } from '../../support/chat.ts';
import { messageEvents } from '../../support/message-events.ts';
import { eventsIn } from '../../support/responses.ts';

const head = { id: 'resp_1', model: 'm', created: 1_790_000_000, now: () => 1_790_000_007 };

function wayOf(protocol: ProtocolName, body: object) {
  const asked: AnyCall = protocols[protocol].read(new TextEncoder().encode(JSON.stringify({ model: 'm', ...body })));
  const options = { head, inputTokensAbout: 5, choices: 1, wordsPerToken: 4, costOf: () => '0.01' };
  return readerAndWriter({ asked, sent: asked, ...options });
}

test('a response that its provider has not even begun fails with all that a response has', () => {
  const { writer } = wayOf('responses', { input: 'Hello', temperature: 0.5 });
  const text = writer.error(new GatewayError('provider_error', 'It ended.'), 'req_1', '0.01');
  expect(eventsIn(text)).toMatchObject([
    {
      type: 'response.failed',
      sequence_number: 0,
      response: { id: 'resp_1', model: 'm', created_at: 1_790_000_000, status: 'failed', temperature: 0.5, output: [] },
    },
  ]);
});

test('a message that is cut off says of what it does not know that it does not', () => {
  const { writer } = wayOf('messages', { max_tokens: 9, messages: hello });
  const [end] = messageEvents(writer.cutOff({ inputTokens: 9, outputTokens: 2 }));
  expect(end?.data).toMatchObject({
    delta: { container: null, stop_reason: 'max_tokens', stop_sequence: null, stop_details: null },
    usage: { input_tokens: null, cache_read_input_tokens: null, output_tokens: 2, server_tool_use: null },
  });
});

test('a response that is cut off has what its provider runs as it was: each such item has words of its own', () => {
  const { reader, writer } = wayOf('responses', { input: 'Hello' });
  const item = { id: 'ws_1', type: 'web_search_call', status: 'searching', action: { type: 'search', query: 'x' } };
  reader.read(JSON.stringify({ type: 'response.created', sequence_number: 0, response: { id: 'resp_1' } }));
  reader.read(JSON.stringify({ type: 'response.output_item.added', sequence_number: 1, output_index: 0, item }));
  const [done] = eventsIn(writer.cutOff({ inputTokens: 7, outputTokens: 2 }));
  expect(done).toMatchObject({ type: 'response.output_item.done', item });
});

test('a chunk has no usage of null that its client did not ask for, and has it where it did', () => {
  const data = '{"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}';
  const passed = (fields: object) => {
    const { reader, writer } = wayOf('chat', { messages: hello, stream: true, ...fields });
    return writer.pass({ start: 0, end: data.length, data }, reader.read(data));
  };
  expect(passed({})).toBe(`data: ${data.replace(',"usage":null', '')}\n\n`);
  // As it came.
  expect(passed({ stream_options: { include_usage: true } })).toBeUndefined();
});
