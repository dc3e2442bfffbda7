import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { asksForLongCache, measureMessagesPrompt } from '../../../../src/protocols/messages/prompt.ts';
import { readMessagesCall } from '../../../../src/protocols/messages/request.ts';

const encoder = new TextEncoder();

function callOf(fields: object) {
  const messages = [{ role: 'user', content: 'Hello' }];
  return readMessagesCall(encoder.encode(JSON.stringify({ model: 'm', max_tokens: 9, messages, ...fields })));
}

const measure = (fields: object) => measureMessagesPrompt(callOf(fields));
const unknownIn = (fields: object) => measure(fields).unknown;
const said = (...content: readonly object[]) => ({ messages: [{ role: 'user', content }] });

test('no text that is put in has more bytes than are counted', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(text, text, text, (system, words, description) => {
      const tools = [{ name: 'tool', description, input_schema: { type: 'object' } }];
      const { textBytes, usesTools } = measure({ system, tools, ...said({ type: 'text', text: words }) });
      const bytes = [system, words, description].map((each) => encoder.encode(each).length);
      expect(textBytes).toBeGreaterThanOrEqual(bytes.reduce((one, other) => one + other, 0));
      expect(usesTools).toBe(true);
    }),
  );
});

describe('what is put in', () => {
  it('tells images and documents from text, wherever they are', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0K' } };
    const linked = { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } };
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } };
    const note = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Just text' } };
    const mixed = { type: 'document', source: { type: 'content', content: [image] } };
    const result = { type: 'tool_result', tool_use_id: 't', content: [linked, { type: 'text', text: 'x' }] };
    const { media, unknown } = measure(said(image, pdf, note, mixed, result));
    expect(unknown).toEqual([]);
    expect(Object.fromEntries(media)).toEqual({
      image: { count: 3, param: 'messages[0].content[0].type', sourceBytes: 8 + 8 + 23 },
      file: { count: 1, param: 'messages[0].content[1].type', sourceBytes: 8 },
    });
  });

  it('knows what a provider has looked for and found, in a conversation that goes on', () => {
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } };
    const found = { type: 'web_search_result', url: 'u', title: 't', encrypted_content: 'Eo8B', page_age: null };
    const { media, unknown, textBytes } = measure(
      said(
        { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' }, caller: { type: 'direct' } },
        { type: 'web_search_tool_result', tool_use_id: 's', content: [found] },
        {
          type: 'web_search_tool_result',
          tool_use_id: 's',
          content: { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' },
        },
        {
          type: 'web_fetch_tool_result',
          tool_use_id: 'f',
          content: { type: 'web_fetch_result', url: 'u', retrieved_at: null, content: pdf },
        },
        { type: 'text', text: 'So.', citations: [{ type: 'web_search_result_location', encrypted_index: 'Eo' }] },
      ),
    );
    expect(unknown).toEqual([]);
    expect([...media]).toEqual([
      ['file', { count: 1, param: 'messages[0].content[3].content.content.type', sourceBytes: 8 }],
    ]);
    expect(textBytes).toBeGreaterThan(JSON.stringify(found).length);
  });

  it('knows all of an ordinary agent call', () => {
    const text = { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } };
    const history = [
      { role: 'user', content: [text] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'Eq' },
          { type: 'redacted_thinking', data: 'Em' },
          { type: 'tool_use', id: 't', name: 'ls', input: { path: '.' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'a.ts', is_error: false }] },
      { role: 'system', content: 'Be brief.' },
    ];
    const found = unknownIn({
      messages: history,
      system: [text],
      tools: [
        { name: 'ls', description: 'Lists', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } },
      ],
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      output_config: { effort: 'high' },
      thinking: { type: 'adaptive' },
      metadata: { user_id: 'u' },
      inference_geo: 'global',
      speed: 'standard',
      stream: true,
      temperature: 1,
    });
    expect(found).toEqual([]);
  });

  it.each([
    [{ tools: [{ type: 'web_search_20260318', name: 'web_search' }] }, 'tools.web_search_20260318', 'tools[0].type'],
    [{ tools: [{ type: 'code_execution_20260521', name: 'x' }] }, 'tools.code_execution_20260521', 'tools[0].type'],
    [{ tools: [{ type: 'computer_toolset_20260801' }] }, 'tools.computer_toolset_20260801', 'tools[0].type'],
    [{ tools: [{ name: 'x', allowed_callers: ['y'] }] }, 'tools.allowed_callers', 'tools[0].allowed_callers'],
    [said({ type: 'code_execution_tool_result' }), 'content.code_execution_tool_result', 'messages[0].content[0].type'],
    [
      said({ type: 'web_fetch_tool_result', content: { type: 'web_fetch_result', content: { type: 'novel' } } }),
      'content.novel',
      'messages[0].content[0].content.content.type',
    ],
    [said({ type: 'container_upload', file_id: 'f' }), 'content.container_upload', 'messages[0].content[0].type'],
    [said({ type: 'text', text: 'x', novel: 1 }), 'content.novel', 'messages[0].content[0].novel'],
    [
      said({ type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } }),
      'content.citations',
      'messages[0].content[0].citations',
    ],
    [
      said({ type: 'document', source: { type: 'novel' } }),
      'content.document.novel',
      'messages[0].content[0].source.type',
    ],
    [{ container: 'c' }, 'container', 'container'],
    [{ speed: 'fast' }, 'speed', 'speed'],
    [{ inference_geo: 'us' }, 'inference_geo', 'inference_geo'],
    [{ output_config: { task_budget: {} } }, 'output_config.task_budget', 'output_config.task_budget'],
    [
      { context_management: { edits: [{ type: 'compact_20260112' }] } },
      'context_management.compact_20260112',
      'context_management.edits[0].type',
    ],
    [{ messages: [{ role: 'user', content: 'x', novel: true }] }, 'messages.novel', 'messages[0].novel'],
  ])('is not taken for known where nobody knows its price: %j', (fields, name, param) => {
    expect(unknownIn(fields)).toEqual([{ name, param }]);
  });
});

describe('a long cache', () => {
  const control = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  const text = { type: 'text', text: 'x' };

  it.each([
    ['in the call', control],
    ['in the system', { system: [{ ...text, ...control }] }],
    ['at a tool', { tools: [{ name: 'x', ...control }] }],
    ['in a message', said(text, { ...text, ...control })],
    ['in a result', said({ type: 'tool_result', tool_use_id: 't', content: [{ ...text, ...control }] })],
    [
      'in what was fetched',
      said({ type: 'web_fetch_tool_result', content: { type: 'web_fetch_result', content: { ...text, ...control } } }),
    ],
    ['under a name that may be another', { cache_control: { type: 'ephemeral', 't\\tl': '5m' } }],
  ])('is found %s', (_, fields) => {
    expect(asksForLongCache(callOf(fields))).toBe(true);
  });

  it('is none where a short one is asked for, or none at all', () => {
    const short = { cache_control: { type: 'ephemeral', ttl: '5m' } };
    expect(asksForLongCache(callOf({ ...short, system: [{ ...text, cache_control: { type: 'ephemeral' } }] }))).toBe(
      false,
    );
    expect(asksForLongCache(callOf({}))).toBe(false);
  });
});
