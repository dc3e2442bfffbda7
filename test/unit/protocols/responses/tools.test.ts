import { describe, expect, test } from 'vitest';
import { chatBodyOfResponses } from '../../../../src/protocols/translate/responses-to-chat/request.ts';
import { responsesRequest } from '../../../support/responses.ts';

function chatOf(body: object) {
  return chatBodyOfResponses(responsesRequest(body));
}

describe('the tools of a request of the Responses API, in a chat completion,', () => {
  const find = { type: 'function', name: 'find', description: 'Finds.', parameters: { type: 'object' }, strict: true };
  const patch = {
    type: 'custom',
    name: 'patch',
    description: 'Edits.',
    format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
  };

  test('are functions, and one whose input is any text is a function of one text', () => {
    const chat = chatOf({ tools: [find, patch], tool_choice: 'required', parallel_tool_calls: false });
    expect(chat).toMatchObject({
      tool_choice: 'required',
      parallel_tool_calls: false,
      tools: [
        {
          type: 'function',
          function: { name: 'find', description: 'Finds.', parameters: { type: 'object' }, strict: true },
        },
        {
          type: 'function',
          function: {
            name: 'patch',
            description: expect.stringMatching(/^Edits\.\n\n.*lark grammar:\nstart: "x"$/s),
            parameters: { required: ['input'], properties: { input: { type: 'string' } } },
          },
        },
      ],
    });
  });

  test('are called in the conversation as they are called by the model', () => {
    const input = [
      { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** "x"\n' },
      { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
      { type: 'function_call', call_id: 'c2', name: 'read', namespace: 'mcp__disk', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c2', output: 'ok' },
    ];
    const disk = {
      type: 'namespace',
      name: 'mcp__disk',
      description: 'd',
      tools: [{ type: 'function', name: 'read' }],
    };
    const chat = chatOf({ input, tools: [patch, disk] });
    expect(chat).toMatchObject({
      messages: [
        { tool_calls: [{ function: { name: 'patch', arguments: '{"input":"*** \\"x\\"\\n"}' } }] },
        { role: 'tool', tool_call_id: 'c1' },
        { tool_calls: [{ function: { name: 'mcp__disk__read', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c2' },
      ],
      tools: [{ function: { name: 'patch' } }, { function: { name: 'mcp__disk__read' } }],
    });
  });

  test('have names that differ, and are no longer than a name may be', () => {
    const long = 'n'.repeat(60);
    const inside = (name: string) => ({ type: 'namespace', name, tools: [{ type: 'function', name: long }] });
    const chat = chatOf({ tools: [inside('one.a'), inside('two.a')] });
    const names = JSON.stringify(chat).match(/"name":"[^"]+"/g) ?? [];
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^"name":"[a-zA-Z0-9_-]{1,64}"$/);
  });

  test('are only those that are allowed, where the choice is among some', () => {
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'find' }] };
    expect(chatOf({ tools: [find, patch], tool_choice: allowed })).toMatchObject({
      tools: [{ function: { name: 'find' } }],
      tool_choice: 'required',
    });
    expect(chatOf({ tools: [find, patch], tool_choice: { type: 'custom', name: 'patch' } })).toMatchObject({
      tool_choice: { type: 'function', function: { name: 'patch' } },
    });
    expect(chatOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: true })).toEqual({
      messages: [{ role: 'user', content: 'Hello' }],
    });
  });

  test('may come along with the input', () => {
    const input = [
      { role: 'user', content: 'x' },
      { type: 'additional_tools', role: 'developer', tools: [find] },
    ];
    expect(chatOf({ input })).toMatchObject({ messages: [{ role: 'user' }], tools: [{ function: { name: 'find' } }] });
  });
});
