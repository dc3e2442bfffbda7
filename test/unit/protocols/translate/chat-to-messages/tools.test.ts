import { describe, expect, it } from 'vitest';
import { toolsOf } from '../../../../../src/protocols/translate/chat-to-messages/tools.ts';
import { closedSchema } from '../../../../../src/protocols/translate/chat-to-messages/schema.ts';

const messages = [{ role: 'user', content: 'Hello' }];
const schema = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const list = { type: 'function', function: { name: 'list', description: 'Lists', parameters: schema } };
const read = { type: 'function', function: { name: 'read', parameters: schema } };
const asked = (fields: object, used: readonly string[] = []) => toolsOf({ messages, ...fields }, used);

describe('the tools of a chat completion', () => {
  it('are Anthropic’s, with what is to be cached', () => {
    const cache = { type: 'ephemeral' };
    expect(
      asked({
        tools: [
          { ...list, cache_control: cache },
          { type: 'function', function: { name: 'now' } },
        ],
      }),
    ).toEqual({
      tools: [
        { name: 'list', description: 'Lists', input_schema: schema, cache_control: cache },
        { name: 'now', input_schema: { type: 'object', properties: {} } },
      ],
      choice: undefined,
      isForced: false,
    });
  });

  it('are strict where they were, with a closed schema', () => {
    const strict = { type: 'function', function: { ...list.function, strict: true } };
    expect(asked({ tools: [strict] })).toMatchObject({
      tools: [{ strict: true, input_schema: { ...schema, additionalProperties: false } }],
    });
    const map = { type: 'object', additionalProperties: true };
    const open = { type: 'function', function: { name: 'x', strict: true, parameters: map } };
    expect(asked({ tools: [open] })).toMatchObject({ kind: 'untranslatable', param: 'tools[0].function.parameters' });
    const loose = { type: 'function', function: { name: 'x', parameters: map } };
    expect(asked({ tools: [loose] })).toMatchObject({ tools: [{ input_schema: map }] });
  });

  it.each([
    ['auto', { type: 'auto' }, false],
    ['none', { type: 'none' }, false],
    ['required', { type: 'any' }, true],
    [{ type: 'function', function: { name: 'list' } }, { type: 'tool', name: 'list' }, true],
  ])('are chosen from as before: %j', (choice, expected, isForced) => {
    expect(asked({ tools: [list], tool_choice: choice })).toMatchObject({ choice: expected, isForced });
  });

  it('are called one at a time where that was asked', () => {
    const single = { tools: [list], parallel_tool_calls: false };
    expect(asked(single)).toMatchObject({ choice: { type: 'auto', disable_parallel_tool_use: true } });
    expect(asked({ ...single, tool_choice: 'required' })).toMatchObject({
      choice: { type: 'any', disable_parallel_tool_use: true },
    });
    expect(asked({ ...single, tool_choice: 'none' })).toMatchObject({ choice: { type: 'none' } });
    expect(asked({ ...single, parallel_tool_calls: true })).toMatchObject({ choice: undefined });
  });

  it('are no more than were allowed', () => {
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'read' } }] };
    const choice = { type: 'allowed_tools', allowed_tools: allowed };
    expect(asked({ tools: [list, read], tool_choice: choice })).toMatchObject({
      tools: [{ name: 'read' }],
      choice: { type: 'any' },
      isForced: true,
    });
  });

  it('are those of the older protocol too', () => {
    expect(asked({ functions: [list.function], function_call: { name: 'list' } })).toMatchObject({
      tools: [{ name: 'list' }],
      choice: { type: 'tool', name: 'list' },
    });
  });

  it('are made up of those that were used where none are left, and not to be called', () => {
    expect(asked({}, ['list'])).toEqual({
      tools: [{ name: 'list', input_schema: { type: 'object', properties: {} } }],
      choice: { type: 'none' },
      isForced: false,
    });
    expect(asked({})).toEqual({ tools: [], choice: undefined, isForced: false });
  });

  it.each([
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [list], tool_choice: 'perhaps' }, 'tool_choice'],
  ])('are refused where Anthropic has no like: %j', (fields, param) => {
    expect(asked(fields)).toMatchObject({ kind: 'untranslatable', param });
  });
});

describe('a closed schema', () => {
  it('is closed all the way down, and says in words what is not enforced', () => {
    const item = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } };
    const open = {
      type: 'object',
      description: 'A list.',
      properties: {
        items: { type: 'array', items: { $ref: '#/$defs/item' }, maxItems: 3, minItems: 1 },
        either: { oneOf: [{ type: 'string', maxLength: 5, description: 'Short.' }, item] },
      },
      $defs: { item },
    };
    const closedItem = { ...item, additionalProperties: false };
    expect(closedSchema(open)).toEqual({
      type: 'object',
      description: 'A list.',
      properties: {
        items: { type: 'array', items: { $ref: '#/$defs/item' }, minItems: 1, description: '{maxItems: 3}' },
        either: { anyOf: [{ type: 'string', description: 'Short. {maxLength: 5}' }, closedItem] },
      },
      $defs: { item: closedItem },
      additionalProperties: false,
    });
  });

  it.each([
    { type: 'object' },
    { type: 'object', additionalProperties: { type: 'number' } },
    { type: 'object', properties: { a: {} }, patternProperties: {} },
    { type: 'object', properties: { a: { type: 'array', items: { type: 'object' } } } },
    { type: 'object', properties: { next: { $ref: '#' } } },
    { $ref: '#/$defs/a', $defs: { a: { type: 'object', properties: { b: { $ref: '#/$defs/a' } } } } },
    {
      type: 'object',
      properties: { a: { $ref: '#/$defs/a' } },
      $defs: {
        a: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }] },
        b: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/a' }] },
      },
    },
  ])('is none where it can not be held to: %j', (schemaGiven) => {
    expect(closedSchema(schemaGiven)).toBeUndefined();
  });

  it('may use a definition twice', () => {
    const named = { type: 'string', enum: ['a'] };
    const twice = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/x' }, b: { $ref: '#/$defs/x' } },
      $defs: { x: named },
    };
    expect(closedSchema(twice)).toEqual({ ...twice, additionalProperties: false });
  });
});
