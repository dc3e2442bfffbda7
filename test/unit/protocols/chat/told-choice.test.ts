import { expect, test } from 'vitest';
import type { ChunkChoice } from '../../../../src/protocols/chat/chunk.ts';
import { ClientCalls } from '../../../../src/protocols/chat/client-calls.ts';
import { writtenChatRequest } from '../../../../src/protocols/chat/request.ts';
import { ChatWriter, wholeCompletion } from '../../../../src/protocols/chat/writer.ts';
import { asList, asRecord } from '../../../../src/protocols/json/json-value.ts';

const page = {
  type: 'url_citation',
  url_citation: { url: 'https://a.example', title: 'A', start_index: 0, end_index: 5 },
};
const document = { type: 'file_citation', file_citation: { index: 0 } };

const head = { id: 'chatcmpl-1', model: 'm', created: 1 };
const calls = new ClientCalls(writtenChatRequest({ messages: [{ role: 'user', content: 'Hi' }] }));

/** A choice as a client is told it in a stream that has begun, and in an answer that came whole. */
function streamed(choice: ChunkChoice): unknown {
  const writer = new ChatWriter(head, false, calls);
  writer.text(0, 'x');
  const chunk: unknown = JSON.parse(writer.chunk({ choices: [choice] }).slice('data: '.length));
  return asList(asRecord(chunk)?.['choices'])[0];
}

function whole(choice: ChunkChoice): unknown {
  const usage = { inputTokens: 1, outputTokens: 1 };
  return asList(wholeCompletion({ choices: [choice] }, head, calls, usage)['choices'])[0];
}

test('a client of chat completions is told of sources on the web only, as strict ones refuse all others', () => {
  const chunk = { index: 0, delta: { annotations: [document, page] }, finish_reason: null };
  expect(streamed(chunk)).toEqual({ index: 0, delta: { annotations: [page] }, finish_reason: null });
  const delta = { content: 'So.', annotations: [document] };
  expect(whole({ index: 0, delta, finish_reason: 'stop' })).toEqual({
    index: 0,
    message: { role: 'assistant', content: 'So.', refusal: null },
    finish_reason: 'stop',
  });
});

test('a client of chat completions is not told what only other protocols have words for', () => {
  const end = { index: 0, finish_reason: 'stop', stop_sequence: 'END' } as const;
  expect(streamed({ ...end, delta: {} })).toEqual({ index: 0, delta: {}, finish_reason: 'stop' });
});
