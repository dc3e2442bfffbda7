import fc from 'fast-check';
import { sealReasoning } from '../../../src/protocols/responses/reasoning.ts';
import { type Json, text } from './random-bodies.ts';

/** Conversations of agents in every protocol, with all that is changed in them for one server or another. */

const name = fc.constantFrom('f', 'level', 'x'.repeat(64));
const id = fc.constantFrom('call_1', 'call_2', '');
/** Written in five bytes, and in more than twenty by whoever writes it anew. */
export const large = 1e20;
export const largeText = JSON.stringify(large);
const many = Array.from({ length: 40 }, () => large);

const chatMessage: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content: text }),
  fc.constant({ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a.example/a.png', many } }] }),
  fc.record({ role: fc.constant('developer'), content: fc.array(text.map((said) => ({ type: 'text', text: said }))) }),
  fc.record({
    role: fc.constant('assistant'),
    content: fc.constant(null),
    tool_calls: fc.array(
      fc
        .tuple(id, name)
        .map(([called, tool]) => ({ id: called, type: 'function', function: { name: tool, arguments: '{}' } })),
      { minLength: 1, maxLength: 3 },
    ),
    reasoning_details: fc.array(
      fc.tuple(id, text).map(([signed, data]) => ({
        type: 'reasoning.encrypted',
        format: 'google-gemini-v1',
        id: signed,
        data,
      })),
      { maxLength: 2 },
    ),
  }),
  fc.record({ role: fc.constant('tool'), tool_call_id: id, content: fc.constant('') }),
  fc.record({ role: fc.constant('tool'), tool_call_id: id, content: text, name }),
  fc.record({ role: fc.constant('function'), name, content: text }),
);
export const chatTalk = fc
  .record(
    {
      messages: fc.array(chatMessage, { minLength: 1, maxLength: 30 }),
      tools: fc.constant([{ type: 'function', function: { name: 'f', parameters: { enum: [large, large] } } }]),
      response_format: text.map((description) => ({
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object', description, patternProperties: { a: large } } },
      })),
      stop: fc.array(text, { maxLength: 2 }),
      user: text,
      seed: fc.constant(7),
      metadata: fc.record({ about: text }),
      reasoning_effort: fc.constantFrom('low', 'none'),
      stream: fc.boolean(),
    },
    { requiredKeys: ['messages'] },
  )
  .map((body) => ['chat', body] as const);

const foreign = text.map((thinking): Json => ({ type: 'thinking', thinking, signature: 'weir:{"id":"r"}' }));
const block: fc.Arbitrary<Json> = fc.oneof(
  foreign,
  text.map((said): Json => ({ type: 'text', text: said, cache_control: { type: 'ephemeral' } })),
  fc.tuple(id, name).map(([used, tool]): Json => ({ type: 'tool_use', id: used, name: tool, input: { many } })),
  id.map((used): Json => ({ type: 'tool_result', tool_use_id: used, content: '', is_error: true })),
);
export const messagesTalk = fc
  .record({
    messages: fc.array(
      fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.array(block, { maxLength: 12 }) }),
      { minLength: 1, maxLength: 6 },
    ),
    max_tokens: fc.constant(500),
    system: text,
    tools: fc.constant([{ name: 'f', input_schema: { type: 'object', properties: {}, maximum: large } }]),
    cache_control: fc.constant({ type: 'ephemeral' }),
  })
  .map((body) => ['messages', body] as const);

const item: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'developer', 'assistant'), content: text }),
  text.map((thought): Json => ({
    type: 'reasoning',
    summary: [],
    encrypted_content: sealReasoning([{ type: 'reasoning.text', text: thought }]),
  })),
  fc.tuple(id, name).map(([called, tool]): Json => ({
    type: 'function_call',
    call_id: called,
    name: tool,
    arguments: '{}',
  })),
  fc
    .tuple(id, text)
    .map(([called, input]): Json => ({ type: 'custom_tool_call', call_id: called, name: 'free', input })),
  id.map((called): Json => ({ type: 'function_call_output', call_id: called, output: '' })),
  fc.constant<Json>({ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x', many }] }),
);
export const responsesTalk = fc
  .record({
    input: fc.array(item, { minLength: 1, maxLength: 20 }),
    instructions: text,
    tools: fc.constant([
      { type: 'custom', name: 'free', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } },
      { type: 'namespace', name: 'deep', tools: [{ type: 'function', name: 'f', parameters: { enum: [large] } }] },
    ]),
    stream: fc.boolean(),
  })
  .map((body) => ['responses', body] as const);
