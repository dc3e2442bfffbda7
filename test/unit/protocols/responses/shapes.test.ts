import { describe, expect, test } from 'vitest';
import { ResponsesWriter } from '../../../../src/protocols/responses/writer.ts';
import { ResponsesStream } from '../../../../src/protocols/responses/stream.ts';
import { chunkOf, eventsIn, responsesRequest, toldResponse } from '../../../support/responses.ts';

describe('a response', () => {
  test.each([
    ['an error', { type: 'error', sequence_number: 3, code: 'server_error', message: 'Sorry.' }],
    ['an error without a number', { type: 'error', code: 'server_error', message: 'Sorry.' }],
    ['the end of a response that failed', { type: 'response.failed', sequence_number: 3, response: { error: {} } }],
  ])('leaves no hole in its numbers where the client is told another failure than %s', (_, event) => {
    const stream = new ResponsesStream({ wordsPerToken: 4 });
    stream.read(JSON.stringify({ type: 'response.created', sequence_number: 0, response: { id: 'resp_1' } }));
    stream.read(JSON.stringify({ type: 'response.in_progress', sequence_number: 1, response: { id: 'resp_1' } }));
    stream.read(JSON.stringify({ type: 'response.output_text.delta', sequence_number: 2, delta: 'x' }));
    stream.read(JSON.stringify(event));
    expect(stream.envelope?.sequence).toBe(3);
  });

  test('says at the end of the arguments of which function they are', () => {
    const request = responsesRequest({ tools: [{ type: 'function', name: 'find' }] });
    const writer = new ResponsesWriter(request, toldResponse);
    const called = { index: 0, id: 'c', function: { name: 'find', arguments: '{}' } };
    const events = eventsIn(
      writer.chunk(chunkOf({ tool_calls: [called] })) + writer.end({ inputTokens: 1, outputTokens: 1 }, undefined),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'response.function_call_arguments.done', name: 'find', arguments: '{}' }),
    );
  });
});
