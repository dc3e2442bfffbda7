import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureResponsesPrompt } from '../../../../src/protocols/responses/prompt.ts';
import { responsesCall } from '../../../support/responses.ts';

const encoder = new TextEncoder();

function promptOf(body: object) {
  return measureResponsesPrompt(responsesCall({ input: 'x', ...body }));
}

function unknownOf(body: object): readonly string[] {
  return promptOf(body).unknown.map(({ name, param }) => `${name} at ${param}`);
}

describe('what a call of the Responses API puts in', () => {
  test('is no less than the bytes of all its texts, wherever they stand', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, text, (said, instructions, output, described) => {
        const bytes = [said, instructions, output, described].map((each) => encoder.encode(each.toWellFormed()).length);
        const { textBytes } = promptOf({
          instructions,
          input: [
            { role: 'user', content: [{ type: 'input_text', text: said }] },
            { type: 'function_call_output', call_id: 'c', output },
            { type: 'additional_tools', tools: [{ type: 'function', name: 'f', description: described }] },
          ],
        });
        expect(textBytes).toBeGreaterThanOrEqual(bytes.reduce((sum, each) => sum + each, 0));
      }),
    );
  });

  test('grows with instructions, tools and the schema of the answer', () => {
    const bare = promptOf({}).textBytes;
    for (const more of [
      { instructions: 'Be brief.' },
      { tools: [{ type: 'function', name: 'f' }] },
      { text: { format: { type: 'json_schema', name: 'n', schema: {} } } },
    ]) {
      expect(promptOf(more).textBytes).toBeGreaterThan(bare);
    }
    expect(promptOf({ metadata: { a: 'b' }, temperature: 1 }).textBytes).toBe(bare);
  });

  test('counts the tools that come along with the input as those that do not', () => {
    const tools = [
      { type: 'function', name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
    ];
    const along = promptOf({ input: [{ type: 'additional_tools', tools }] });
    expect(along.usesTools).toBe(true);
    expect(along.textBytes).toBeGreaterThanOrEqual(promptOf({ tools }).textBytes);
  });

  test('knows images, files and sound for what they are, in what a tool has answered too', () => {
    const url = 'https://a.example/x.png';
    const { media, unknown } = promptOf({
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_image', image_url: url },
            { type: 'input_file', file_id: 'f' },
          ],
        },
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', file_id: 'f' }] },
        { role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }] },
      ],
    });
    expect(unknown).toEqual([]);
    expect([...media]).toEqual([
      ['image', { count: 2, param: 'input[0].content[0].type', sourceBytes: url.length }],
      ['file', { count: 1, param: 'input[0].content[1].type', sourceBytes: 0 }],
      ['audio', { count: 1, param: 'input[2].content[0].type', sourceBytes: 0 }],
    ]);
  });
});

describe('what a call of the Responses API asks for', () => {
  test('is known of all that an agent with its own tools sends', () => {
    const body = {
      client_metadata: { session_id: 's' },
      model: 'm',
      instructions: 'You are an agent.',
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Rules.' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Fix it.' }] },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
          encrypted_content: 'gAAA',
          content: null,
        },
        {
          type: 'message',
          role: 'assistant',
          phase: 'commentary',
          content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
        },
        { type: 'function_call', call_id: 'c1', name: 'shell', namespace: 'n', arguments: '{}', status: 'completed' },
        { type: 'function_call_output', call_id: 'c1', output: 'ok' },
        { type: 'web_search_call', id: 'ws', status: 'completed', action: { type: 'search', query: 'x' } },
        { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: '***' },
        { type: 'custom_tool_call_output', call_id: 'c2', output: 'ok' },
      ],
      tools: [
        { type: 'function', name: 'shell', strict: false, parameters: {} },
        { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
        { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'function', name: 'f' }] },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning: { effort: 'medium', summary: 'auto' },
      store: false,
      stream: true,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'k',
      text: { verbosity: 'low' },
    };
    expect(promptOf(body)).toMatchObject({ usesTools: true, unknown: [] });
  });

  test.each([
    ['web_search'],
    ['file_search'],
    ['code_interpreter'],
    ['computer_use_preview'],
    ['mcp'],
    ['image_generation'],
    ['local_shell'],
    ['tool_search'],
  ])('is not known of the tool %s, wherever it is asked for', (type) => {
    expect(unknownOf({ tools: [{ type }] })).toEqual([`tools.${type} at tools[0].type`]);
    expect(unknownOf({ tools: [{ type: 'namespace', name: 'n', tools: [{ type }] }] })).toEqual([
      `tools.${type} at tools[0].tools[0].type`,
    ]);
    expect(unknownOf({ input: [{ type: 'additional_tools', tools: [{ type }] }] })).toEqual([
      `tools.${type} at input[0].tools[0].type`,
    ]);
  });

  test.each([
    ['top_k at top_k', { top_k: 5 }],
    ['reasoning.mode at reasoning.mode', { reasoning: { mode: 'pro' } }],
    ['input.mcp_call at input[0].type', { input: [{ type: 'mcp_call', id: 'm' }] }],
    ['input.image_generation_call at input[0].type', { input: [{ type: 'image_generation_call', id: 'i' }] }],
    ['input.weight at input[0].weight', { input: [{ role: 'user', content: 'x', weight: 2 }] }],
    ['content.hologram at input[0].content[0].type', { input: [{ role: 'user', content: [{ type: 'hologram' }] }] }],
    [
      'content.hologram at input[0].output[0].type',
      { input: [{ type: 'function_call_output', output: [{ type: 'hologram' }] }] },
    ],
    [
      'content.t\\u0065xt at input[0].content[0].t\\u0065xt',
      { input: [{ role: 'user', content: [{ type: 'input_text', 't\\u0065xt': '' }] }] },
    ],
    ['tools.n\\u0061me at tools[0].n\\u0061me', { tools: [{ type: 'function', 'n\\u0061me': '' }] }],
  ])('is not known of %s', (found, body) => {
    expect(unknownOf(body)).toEqual([found]);
  });

  test('is standard reasoning where it says so', () => {
    expect(unknownOf({ reasoning: { mode: 'standard' } })).toEqual([]);
    expect(unknownOf({ reasoning: { mode: null } })).toEqual([]);
  });
});
