import { describe, expect, test } from 'vitest';
import { chatBodyOfMessages } from '../../../../src/protocols/translate/messages-to-chat/request.ts';
import { readMessagesCall } from '../../../../src/protocols/messages/request.ts';
import { readTool } from './agent-calls.ts';

const encoder = new TextEncoder();

function translated(fields: Record<string, unknown>) {
  const body = { model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return chatBodyOfMessages(readMessagesCall(encoder.encode(JSON.stringify(body))).request);
}

function bodyOf(fields: Record<string, unknown>): Record<string, unknown> {
  const body = translated(fields);
  if ('kind' in body) throw new Error(JSON.stringify(body));
  return body;
}

describe('what a call asks for', () => {
  test.each([
    [{ thinking: { type: 'disabled' } }, { reasoning: { enabled: false } }],
    [{ thinking: { type: 'between_tools' } }, { reasoning: { enabled: false } }],
    [{ thinking: { type: 'adaptive' } }, { reasoning: { enabled: true } }],
    [
      { thinking: { type: 'enabled', budget_tokens: 4096 } },
      { reasoning_effort: 'low', reasoning: { max_tokens: 4096 } },
    ],
    [
      { thinking: { type: 'enabled', budget_tokens: 4097 } },
      { reasoning_effort: 'medium', reasoning: { max_tokens: 4097 } },
    ],
    [{ thinking: { type: 'enabled', budget_tokens: 16_384 } }, { reasoning_effort: 'medium' }],
    [{ thinking: { type: 'enabled', budget_tokens: 16_385 } }, { reasoning_effort: 'high' }],
    [{ thinking: { type: 'enabled' } }, { reasoning: { enabled: true } }],
    [{ output_config: { effort: 'max' } }, { reasoning_effort: 'high', reasoning: { effort: 'xhigh' } }],
    [
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'low' } },
      { reasoning_effort: 'low', reasoning: { effort: 'low', exclude: true } },
    ],
    [{ tool_choice: { type: 'any' }, tools: [readTool] }, { tool_choice: 'required' }],
    [{ tool_choice: { type: 'none' }, tools: [readTool] }, { tool_choice: 'none' }],
    [
      { tool_choice: { type: 'tool', name: 'Read', disable_parallel_tool_use: true }, tools: [readTool] },
      { tool_choice: { type: 'function', function: { name: 'Read' } }, parallel_tool_calls: false },
    ],
    [
      { stop_sequences: ['a', 'b'], top_p: 0.5, top_k: 9 },
      { stop: ['a', 'b'], top_p: 0.5, top_k: 9 },
    ],
    [{ service_tier: 'standard_only' }, { service_tier: 'default' }],
    [{ metadata: { user_id: 'ada' } }, { user: 'ada' }],
  ])('in the words %j is asked for in the words of a chat', (fields, expected) => {
    expect(bodyOf(fields)).toMatchObject(expected);
  });

  test('is nothing more than it is', () => {
    expect(bodyOf({ tool_choice: { type: 'any' }, stop_sequences: [], service_tier: 'auto', mcp_servers: [] })).toEqual(
      {
        model: 'claude-sonnet-5',
        max_completion_tokens: 100,
        messages: [{ role: 'user', content: 'Hi' }],
      },
    );
  });

  test.each(['output_config', 'output_format'])('by the schema in %s is strict where OpenAI can be', (name) => {
    const closed = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    const withSchema = (schema: unknown) => {
      const format = { type: 'json_schema', schema };
      return bodyOf({ [name]: name === 'output_format' ? format : { format } })['response_format'];
    };
    expect(withSchema(closed)).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: closed, strict: true },
    });
    for (const open of [
      { ...closed, required: [] },
      { ...closed, additionalProperties: true },
    ]) {
      const schema = {
        type: 'object',
        properties: { list: { type: 'array', items: open } },
        required: ['list'],
        additionalProperties: false,
      };
      expect(withSchema(schema)).toMatchObject({ json_schema: { strict: false } });
    }
  });

  test('of a tool that is strict is kept where OpenAI can be', () => {
    const schema = { ...readTool.input_schema, required: ['file_path', 'limit'] };
    const tools = [
      { ...readTool, strict: true, input_schema: schema },
      { ...readTool, strict: true },
    ];
    expect(bodyOf({ tools })['tools']).toMatchObject([
      { function: { strict: true } },
      { function: { parameters: {} } },
    ]);
    expect(JSON.stringify(bodyOf({ tools: [tools[1]] }))).not.toContain('strict');
  });

  test('of tools to be looked up is that all are shown', () => {
    const search = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' };
    const messages = [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'server_tool_use', id: 's', name: 'tool_search_tool_regex', input: { query: 'read' } },
          { type: 'tool_search_tool_result', tool_use_id: 's', content: { type: 'tool_search_tool_search_result' } },
          { type: 'text', text: 'Found.' },
        ],
      },
    ];
    const body = bodyOf({ messages, tools: [search, { ...readTool, defer_loading: true }] });
    expect(body['tools']).toMatchObject([{ function: { name: 'Read' } }]);
    expect(body['messages']).toMatchObject([{}, { role: 'assistant', content: 'Found.' }]);
  });
});

describe('what only Anthropic can do', () => {
  const block = (content: unknown, role = 'user') => ({ messages: [{ role, content: [content] }] });

  test.each([
    [
      { tools: [{ type: 'web_search_20260318', name: 'search' }], tool_choice: { type: 'tool', name: 'search' } },
      'tools[0].type',
      /run by Anthropic.*Leave it out/,
    ],
    [{ tools: [readTool, { type: 'advisor_20260301', name: 'x' }] }, 'tools[1].type', /run by Anthropic/],
    [
      { tools: [{ type: 'web_search_20260318', name: 'x' }], tool_choice: { type: 'any' } },
      'tool_choice',
      /none of these tools/,
    ],
    [{ tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }] }, 'tools[0].type', /run by Anthropic/],
    [{ tools: [{ type: 'bash_20250124', name: 'bash' }] }, 'tools[0].type', /Describe the tool with a name/],
    [{ tools: [{ type: 'text_editor_20250728', name: 'x' }] }, 'tools[0].type', /Describe the tool/],
    [{ tools: [{ type: 'memory_20250818', name: 'memory' }] }, 'tools[0].type', /Describe the tool/],
    [{ tools: [{ type: 'computer_toolset_20260801' }] }, 'tools[0].type', /Describe the tool/],
    [{ mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'x' }] }, 'mcp_servers', /MCP/],
    [{ container: 'container_1' }, 'container', /Containers/],
    [{ thread: { type: 'create' } }, 'thread', /Send all of the messages/],
    [{ inference_geo: 'us' }, 'inference_geo', /'us'/],
    [{ max_tokens: 0 }, 'max_tokens', /at least 1/],
    [{ stop_sequences: Array.from({ length: 5 }, String) }, 'stop_sequences', /at most 4/],
    [
      block({ type: 'image', source: { type: 'file', file_id: 'file_1' } }),
      'messages[0].content[0].source',
      /in base64/,
    ],
    [
      block({ type: 'document', source: { type: 'file', file_id: 'file_1' } }),
      'messages[0].content[0].source',
      /document/,
    ],
    [
      block({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'browser_state', tabs: [] }] }),
      'messages[0].content[0].content[0].type',
      /browser_state/,
    ],
    [
      block({ type: 'server_tool_use', id: 'a', name: 'advisor', input: {} }, 'assistant'),
      'messages[0].content[0].type',
      /Leave such blocks out/,
    ],
  ])('is refused, with what to do about it: %j', (fields, param, message) => {
    expect(translated(fields)).toEqual({ kind: 'untranslatable', param, message: expect.stringMatching(message) });
  });

  test('is let go where it only advises', () => {
    const advice = { speed: 'fast', fallbacks: 'default', diagnostics: {}, inference_geo: 'global', container: null };
    expect(Object.keys(bodyOf(advice)).toSorted()).toEqual(['max_completion_tokens', 'messages', 'model']);
    expect(bodyOf({ stop_sequences: Array.from({ length: 4 }, String) })['stop']).toHaveLength(4);
  });
});
