import { describe, expect, test } from 'vitest';
import { measureResponsesPrompt } from '../../../../src/protocols/responses/prompt.ts';
import { ResponsesWriter } from '../../../../src/protocols/responses/writer.ts';
import { chatBodyOfResponses } from '../../../../src/protocols/translate/responses-to-chat/request.ts';
import {
  chunkOf,
  eventsIn,
  responsesCall,
  responsesRequest,
  toldResponse,
  typesOf,
} from '../../../support/responses.ts';

const parameters = { type: 'object', properties: { query: { type: 'string' } } };
const search = { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters };
const read = { type: 'function', name: 'read', defer_loading: true, parameters: { type: 'object' } };
const disk = { type: 'namespace', name: 'disk', description: 'd', tools: [read] };
const called = { type: 'tool_search_call', call_id: 'c1', execution: 'client', arguments: { query: 'disk' } };
const found = { type: 'tool_search_output', call_id: 'c1', execution: 'client', status: 'completed', tools: [disk] };

function chatOf(body: object) {
  return chatBodyOfResponses(responsesRequest(body));
}

describe('a search for tools that the client runs', () => {
  test('is a function to a model of another protocol', () => {
    expect(chatOf({ tools: [search] })).toMatchObject({
      tools: [{ type: 'function', function: { name: 'tool_search', description: 'Finds tools.', parameters } }],
    });
  });

  test('is told apart from a function of its name', () => {
    const own = { type: 'function', name: 'tool_search' };
    expect(chatOf({ tools: [own, search] })).toMatchObject({
      tools: [{ function: { name: 'tool_search' } }, { function: { name: 'tool_search_2' } }],
    });
  });

  test('is called in the conversation as it is by the model, and what it found is offered, each tool once', () => {
    const chat = chatOf({ tools: [search], input: [{ role: 'user', content: 'x' }, called, found, called, found] });
    expect(chat).toMatchObject({
      messages: [
        { role: 'user' },
        { tool_calls: [{ id: 'c1', function: { name: 'tool_search', arguments: '{"query":"disk"}' } }] },
        { role: 'tool', tool_call_id: 'c1', content: 'These tools can be called now: disk.read' },
        { role: 'assistant' },
        { role: 'tool' },
      ],
    });
    expect(chat).toHaveProperty('tools.1.function.name', 'disk__read');
    expect(chat).not.toHaveProperty('tools.2');
  });

  test('that found nothing says so', () => {
    expect(chatOf({ tools: [search], input: [called, { ...found, tools: [] }] })).toHaveProperty(
      'messages.1.content',
      'No tools were found.',
    );
  });

  test('is called by the model with an item of its own, which has no events for its pieces', () => {
    const writer = new ResponsesWriter(responsesRequest({ tools: [search] }), toldResponse);
    const call = (fields: object) => chunkOf({ tool_calls: [{ index: 0, ...fields }] });
    const text =
      writer.chunk(call({ id: 'c1', function: { name: 'tool_search', arguments: '{"query":' } })) +
      writer.chunk(call({ function: { arguments: '"disk"}' } })) +
      writer.chunk(chunkOf({}, 'tool_calls')) +
      writer.end({ inputTokens: 1, outputTokens: 1, reasoningTokens: 0, cachedInputTokens: 0 }, undefined);
    const events = eventsIn(text);
    expect(typesOf(events).slice(2)).toEqual([
      'response.output_item.added',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events[2]).toMatchObject({ item: { type: 'tool_search_call', status: 'in_progress', arguments: {} } });
    expect(events[3]).toMatchObject({ item: { ...called, id: 'tsc_7f_0', status: 'completed' } });
  });

  test('puts in no more than its texts, so that a limited account may have it', () => {
    const { unknown, textBytes } = measureResponsesPrompt(responsesCall({ tools: [search], input: [called, found] }));
    expect(unknown).toEqual([]);
    const bare = measureResponsesPrompt(responsesCall({ tools: [search], input: [called, { ...found, tools: [] }] }));
    expect(textBytes).toBeGreaterThan(bare.textBytes + JSON.stringify([disk]).length);
  });
});

describe('a search for tools that a server runs', () => {
  const byServer = { ...called, call_id: null, execution: 'server' };
  const foundByServer = { ...found, call_id: null, execution: 'server' };

  test('is left out for a model of another protocol, which is told of all the tools', () => {
    const input = [{ role: 'user', content: 'x' }, byServer, foundByServer];
    const dropped: string[] = [];
    const chat = chatBodyOfResponses(responsesRequest({ tools: [disk, { type: 'tool_search' }], input }), (name) =>
      dropped.push(name),
    );
    expect(chat).toMatchObject({ messages: [{ role: 'user' }], tools: [{ function: { name: 'disk__read' } }] });
    expect(chat).not.toHaveProperty('tools.1');
    expect(dropped).toEqual(['tools.tool_search']);
  });

  test('is not known to put in no more than its texts', () => {
    const { unknown } = measureResponsesPrompt(responsesCall({ input: 'x', tools: [{ type: 'tool_search' }] }));
    expect(unknown).toEqual([{ name: 'tools.tool_search', param: 'tools[0].type' }]);
  });
});
