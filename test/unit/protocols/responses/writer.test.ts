import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/http/errors.ts';
import { ResponsesWriter } from '../../../../src/protocols/responses/writer.ts';
import { unsealReasoning } from '../../../../src/protocols/responses/reasoning.ts';
import { chunkOf, eventsIn, responsesRequest, toldResponse, typesOf } from '../../../support/responses.ts';

const usage = { inputTokens: 12, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 4 };

function writerFor(body: object = {}): ResponsesWriter {
  return new ResponsesWriter(responsesRequest(body), toldResponse);
}

describe('a translated stream of the Responses API', () => {
  test('tells a text as an item with one part, piece by piece and whole', () => {
    const writer = writerFor();
    const text =
      writer.chunk(chunkOf({ role: 'assistant', content: '' })) +
      writer.text(0, 'Water ') +
      writer.text(0, 'flows "down"\n') +
      writer.chunk(chunkOf({}, 'stop')) +
      writer.end(usage, undefined);
    const events = eventsIn(text);
    expect(typesOf(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, index) => index));
    expect(events[4]).toEqual({
      type: 'response.output_text.delta',
      item_id: 'msg_7f_0',
      output_index: 0,
      content_index: 0,
      delta: 'Water ',
      logprobs: [],
      sequence_number: 4,
    });
    const part = { type: 'output_text', text: 'Water flows "down"\n', annotations: [], logprobs: [] };
    expect(events.at(-1)).toMatchObject({
      response: {
        id: 'resp_7f',
        object: 'response',
        model: 'river-1',
        created_at: toldResponse.createdAt,
        status: 'completed',
        store: false,
        output: [{ id: 'msg_7f_0', type: 'message', role: 'assistant', status: 'completed', content: [part] }],
        usage: {
          input_tokens: 12,
          input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
          output_tokens: 5,
          output_tokens_details: { reasoning_tokens: 2 },
          total_tokens: 17,
        },
      },
    });
  });

  test('says the cost right before its last event', () => {
    const writer = writerFor();
    const end = writer.text(0, 'x') + writer.end(usage, 'cost_usd=0.5');
    expect(end).toMatch(/\n\n: cost_usd=0\.5\n\nevent: response\.completed\ndata: .+\n\n$/);
  });

  test('keeps calls that come at once apart', () => {
    const writer = writerFor({ tools: [{ type: 'function', name: 'find' }] });
    const call = (index: number, id: string | undefined, name: string | undefined, piece: string) =>
      writer.chunk(
        chunkOf({
          tool_calls: [
            {
              index,
              ...(id === undefined ? {} : { id }),
              function: { ...(name === undefined ? {} : { name }), arguments: piece },
            },
          ],
        }),
      );
    const text =
      writer.text(0, 'Let me see.') +
      call(0, 'call_a', 'find', '{"q":') +
      call(1, 'call_b', 'find', '') +
      call(0, undefined, undefined, '"a"}') +
      call(1, undefined, undefined, '{"q":"b"}') +
      writer.chunk(chunkOf({}, 'tool_calls')) +
      writer.end(usage, undefined);
    const events = eventsIn(text);
    const pieces = events.filter(({ type }) => type === 'response.function_call_arguments.delta');
    expect(pieces.map(({ output_index: index, delta }) => [index, delta])).toEqual([
      [1, '{"q":'],
      [1, '"a"}'],
      [2, '{"q":"b"}'],
    ]);
    expect(events.at(-1)).toMatchObject({
      response: {
        status: 'completed',
        output: [
          { type: 'message', status: 'completed' },
          { id: 'fc_7f_1', type: 'function_call', call_id: 'call_a', name: 'find', arguments: '{"q":"a"}' },
          { id: 'fc_7f_2', type: 'function_call', call_id: 'call_b', name: 'find', arguments: '{"q":"b"}' },
        ],
      },
    });
  });

  test('tells calls apart that a server gives the same number', () => {
    const writer = writerFor();
    const calls = ['a', 'b'].map((id) => ({ index: 0, id, function: { name: id, arguments: `{"${id}":1}` } }));
    const text =
      calls.map((call) => writer.chunk(chunkOf({ tool_calls: [call] }))).join('') + writer.end(usage, undefined);
    expect(eventsIn(text).at(-1)).toMatchObject({
      response: {
        output: [
          { call_id: 'a', arguments: '{"a":1}' },
          { call_id: 'b', arguments: '{"b":1}' },
        ],
      },
    });
  });

  test('gives calls names of their own where a server gives none, or the same to two', () => {
    const writer = writerFor();
    const calls = [
      { index: 0, id: 'same', function: { name: 'a', arguments: '' } },
      { index: 1, id: 'same', function: { name: 'b', arguments: '' } },
      { index: 2, function: { name: 'c', arguments: '' } },
    ];
    const [last] = eventsIn(writer.chunk(chunkOf({ tool_calls: calls })) + writer.end(usage, undefined)).slice(-1);
    expect(last).toMatchObject({
      response: { output: [{ call_id: 'same' }, { call_id: 'call_fc_7f_1' }, { call_id: 'call_fc_7f_2' }] },
    });
  });

  test('waits with a call until it has its name, and loses none of its arguments', () => {
    const writer = writerFor();
    const early = writer.chunk(chunkOf({ tool_calls: [{ index: 0, id: 'c', function: { arguments: '{"a"' } }] }));
    expect(typesOf(eventsIn(early))).toEqual(['response.created', 'response.in_progress']);
    const late = writer.chunk(chunkOf({ tool_calls: [{ index: 0, function: { name: 'n', arguments: ':1}' } }] }));
    expect(eventsIn(late + writer.end(usage, undefined)).at(-1)).toMatchObject({
      response: { output: [{ call_id: 'c', name: 'n', arguments: '{"a":1}' }] },
    });
  });

  test('tells a tool of any text what it is called with, as plain text and as it comes', () => {
    const writer = writerFor({ tools: [{ type: 'custom', name: 'patch' }] });
    const pieces = ['{"in', 'put": "*** a\\', 'n\\u00', 'e9', '\\""', '}'];
    let text = writer.chunk(
      chunkOf({ tool_calls: [{ index: 0, id: 'c1', function: { name: 'patch', arguments: '' } }] }),
    );
    for (const piece of pieces)
      text += writer.chunk(chunkOf({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
    const events = eventsIn(text + writer.chunk(chunkOf({}, 'tool_calls')) + writer.end(usage, undefined));
    const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta');
    expect(deltas.map(({ delta }) => delta)).toEqual(['*** a', '\n', 'é', '"']);
    expect(events.at(-1)).toMatchObject({
      response: {
        output: [{ id: 'ctc_7f_0', type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** a\né"' }],
      },
    });
  });

  test('gives calls of a namespace back to it', () => {
    const tools = [{ type: 'namespace', name: 'mcp__disk', tools: [{ type: 'function', name: 'read' }] }];
    const writer = writerFor({ tools });
    const call = { index: 0, id: 'c', function: { name: 'mcp__disk__read', arguments: '{}' } };
    expect(eventsIn(writer.chunk(chunkOf({ tool_calls: [call] })) + writer.end(usage, undefined)).at(-1)).toMatchObject(
      {
        response: { output: [{ type: 'function_call', namespace: 'mcp__disk', name: 'read' }] },
      },
    );
  });

  test('shows reasoning as summaries, and hands over all of it to be sent back', () => {
    const writer = writerFor({ include: ['reasoning.encrypted_content'], store: false });
    const text =
      writer.chunk(chunkOf({ reasoning_details: [{ type: 'reasoning.text', text: 'First ', index: 0 }] })) +
      writer.chunk(chunkOf({ reasoning_details: [{ type: 'reasoning.text', text: 'this.', index: 0 }] })) +
      writer.chunk(chunkOf({ reasoning_details: [{ type: 'reasoning.text', signature: 'S1', index: 0 }] })) +
      writer.chunk(chunkOf({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'E2', index: 1 }] })) +
      writer.chunk(chunkOf({ reasoning_details: [{ type: 'reasoning.text', text: 'Then that.', index: 2 }] })) +
      writer.text(0, 'Done.') +
      writer.end(usage, undefined);
    const events = eventsIn(text);
    expect(typesOf(events).slice(2, 12)).toEqual([
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
    ]);
    const done = events.find(({ type }) => type === 'response.output_item.done');
    expect(done).toMatchObject({
      item: { id: 'rs_7f_0', type: 'reasoning', summary: [{ text: 'First this.' }, { text: 'Then that.' }] },
    });
    const sealed = /"encrypted_content":"([^"]+)"/.exec(JSON.stringify(done))?.[1] ?? '';
    expect(unsealReasoning(sealed)).toEqual([
      { type: 'reasoning.text', text: 'First this.', signature: 'S1', index: 0 },
      { type: 'reasoning.encrypted', data: 'E2', index: 1 },
      { type: 'reasoning.text', text: 'Then that.', index: 2 },
    ]);
  });

  test('hands nothing hidden to a client that keeps its own state and did not ask for it', () => {
    const writer = writerFor({ store: false });
    const text =
      writer.chunk(chunkOf({ reasoning_content: 'Hm.' })) + writer.text(0, 'x') + writer.end(usage, undefined);
    expect(text).toContain('"text":"Hm."');
    expect(text).not.toContain('encrypted_content');
    const counting = writerFor({});
    expect(counting.chunk(chunkOf({ reasoning_content: 'Hm.' })) + counting.end(usage, undefined)).toContain(
      '"encrypted_content":"weir1.',
    );
  });

  test('says of an answer that was cut short why, and which item is not whole', () => {
    const writer = writerFor();
    const text =
      writer.text(0, 'Half a') + writer.cutOff() + writer.text(0, ' sentence') + writer.end(usage, 'cost_usd=1');
    const events = eventsIn(text);
    expect(text).not.toContain('sentence');
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ status: 'incomplete', content: [{ text: 'Half a' }] }],
      },
    });
    const filtered = writerFor();
    filtered.chunk(chunkOf({ content: 'x' }, 'content_filter'));
    expect(eventsIn(filtered.end(usage, undefined)).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'content_filter' } },
    });
  });

  test('tells a refusal as one, and a source beside the text that it is of', () => {
    const writer = writerFor();
    const cited = {
      type: 'url_citation',
      url_citation: { url: 'https://a.example', title: 'A', start_index: 0, end_index: 1 },
    };
    const text =
      writer.chunk(chunkOf({ content: 'As said.', annotations: [cited, { type: '__proto__', url: 'b' }] })) +
      writer.chunk(chunkOf({ refusal: 'No ' })) +
      writer.chunk(chunkOf({ refusal: 'more.' }, 'stop')) +
      writer.end(usage, undefined);
    expect(eventsIn(text).at(-1)).toMatchObject({
      response: {
        output: [
          {
            content: [
              {
                type: 'output_text',
                annotations: [{ type: 'url_citation', url: 'https://a.example' }],
              },
              { type: 'refusal', refusal: 'No more.' },
            ],
          },
        ],
      },
    });
  });

  test('ends an answer that failed as failed, with what had come of it', () => {
    const writer = writerFor();
    const error = new GatewayError('provider_error', 'openai stopped.');
    const text = writer.text(0, 'Some') + writer.error(error, 'req_9', 'cost_usd=0.1');
    expect(text).toMatch(/: cost_usd=0\.1\n\nevent: response\.failed\n/);
    const events = eventsIn(text);
    expect(events.at(-1)).toMatchObject({
      sequence_number: events.length - 1,
      response: {
        id: 'resp_7f',
        status: 'failed',
        error: { code: 'server_error', message: 'openai stopped.', request_id: 'req_9' },
        output: [{ content: [{ text: 'Some' }] }],
      },
    });
    expect(writer.text(0, 'more') + writer.chunk(chunkOf({ content: 'more' }))).toBe('');
  });

  test('begins a response before it fails it', () => {
    const events = eventsIn(writerFor().error(new GatewayError('provider_timeout', 'late'), 'req_1', undefined));
    expect(typesOf(events)).toEqual(['response.created', 'response.in_progress', 'response.failed']);
  });
});
