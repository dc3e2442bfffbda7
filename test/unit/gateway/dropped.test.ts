import { describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { type BoundAttempt, type Bounding, boundAttempts } from '../../../src/gateway/bound/bound.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { limited, unlimited } from '../../support/bound.ts';
import { candidates, hello } from '../../support/chat.ts';

const catalog = bundledCatalog();

function boundingOf(protocol: ProtocolName, model: string, fields: object, options = limited): Bounding<Bindable> {
  const prompt = protocol === 'responses' ? { input: 'Hello' } : { messages: hello };
  const body = { model, ...prompt, ...(protocol === 'messages' ? { max_tokens: 20 } : {}), ...fields };
  const call = protocols[protocol].read(new TextEncoder().encode(JSON.stringify(body)));
  return boundAttempts(call, candidates(catalog, model).slice(0, 1), options);
}

function attemptOf(protocol: ProtocolName, model: string, fields: object, options = limited): BoundAttempt<Bindable> {
  const bounding = boundingOf(protocol, model, fields, options);
  if (bounding.kind === 'refused') throw bounding.error;
  return bounding.attempts[0];
}

/** What the provider gets, and what it is told to the client that it doesn't. */
function sentOf(protocol: ProtocolName, model: string, fields: object, options = limited) {
  const planned = attemptOf(protocol, model, fields, options);
  const { dropped } = planned;
  const text = new TextDecoder().decode(prepareBody(planned, planned.attempt, undefined));
  return { sent: JSON.parse(text) as Record<string, unknown>, dropped };
}

function refusedField(protocol: ProtocolName, model: string, fields: object, options = limited) {
  const bounding = boundingOf(protocol, model, fields, options);
  if (bounding.kind === 'bounded') throw new Error('it was bounded');
  const { code } = bounding.error;
  return { code, param: bounding.error.options.param };
}

const sampling = { top_k: 5, min_p: 0.1, repetition_penalty: 1.1, chat_template_kwargs: { enable_thinking: false } };

describe('how tokens are chosen, by the names of other servers', () => {
  test.each(['gemini-3.1-pro-preview', 'mistral-small-latest', 'gpt-4.1'])(
    'is left out for %s, whose provider refuses names it does not know, and that is told',
    (model) => {
      const { sent, dropped } = sentOf('chat', model, sampling);
      for (const name of Object.keys(sampling)) expect(sent).not.toHaveProperty(name);
      expect(dropped).toEqual(Object.keys(sampling));
    },
  );

  test('is no reason to refuse a limited account, and goes to servers that may know it', () => {
    const { sent, dropped } = sentOf('chat', 'deepseek-v4-flash', sampling);
    expect(sent).toMatchObject(sampling);
    expect(dropped).toEqual([]);
  });

  test('is counted where it may be put in', () => {
    const words = { chat_template_kwargs: { persona: 'x'.repeat(500) } };
    const tokens = (fields: object) => attemptOf('chat', 'deepseek-v4-flash', fields).bound.fixedTokens;
    expect(tokens(words)).toBeGreaterThan(tokens({}) + 500);
  });

  test('is told to be left out for Claude, but for what it knows too', () => {
    const { sent, dropped } = sentOf('chat', 'claude-haiku-4-5', { ...sampling, seed: 1 });
    expect(sent['top_k']).toBe(5);
    expect(dropped).toEqual(['min_p', 'repetition_penalty', 'chat_template_kwargs', 'seed']);
  });
});

describe('what a conversation has brought along from another provider', () => {
  const details = [{ type: 'reasoning.text', text: 'Hm.' }];
  const marked = { type: 'text', text: 'Hello', cache_control: { type: 'ephemeral' } };
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const signed = { ...call, extra_content: { google: { thought_signature: 's' } } };
  const messages = [
    { role: 'user', content: [marked] },
    { role: 'assistant', content: null, reasoning_content: 'Hm.', reasoning_details: details, tool_calls: [signed] },
    { role: 'tool', tool_call_id: 'c', content: 'So.', name: 'f' },
  ];
  const tools = [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }];

  test.each(['gpt-4.1', 'mistral-small-latest', 'groq/openai/gpt-oss-120b'])(
    'is left out for %s, whose provider refuses names it does not know, and that is told',
    (model) => {
      const { sent, dropped } = sentOf('chat', model, { messages, tools }, unlimited);
      expect(sent['messages']).toEqual([
        { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
        { role: 'assistant', content: null, tool_calls: [call] },
        expect.objectContaining({ role: 'tool', content: 'So.' }),
      ]);
      expect(sent['tools']).toEqual([{ type: 'function', function: { name: 'f' } }]);
      expect(dropped).toEqual([
        'messages.cache_control',
        'messages.reasoning_content',
        'messages.reasoning_details',
        'messages.extra_content',
        'tools.cache_control',
      ]);
    },
  );

  test('goes to Gemini as far as it is its own', () => {
    const { sent, dropped } = sentOf('chat', 'gemini-3.1-pro-preview', { messages }, unlimited);
    expect(sent['messages']).toContainEqual({ role: 'assistant', content: null, tool_calls: [signed] });
    expect(dropped).not.toContain('messages.extra_content');
  });

  test('goes to servers that may know it', () => {
    const { sent, dropped } = sentOf('chat', 'openrouter/openai/gpt-4.1', { messages, tools }, unlimited);
    expect(sent).toMatchObject({ messages, tools });
    expect(dropped).toEqual([]);
  });
});

describe('a tier that the target does not have', () => {
  test('is left out, and told: one of Responses in chat completions, one of OpenAI at Anthropic', () => {
    const { sent, dropped } = sentOf('responses', 'deepseek-v4-flash', { service_tier: 'ultrafast' }, unlimited);
    expect(sent).not.toHaveProperty('service_tier');
    expect(dropped).toEqual(['service_tier']);
    const flex = sentOf('chat', 'claude-haiku-4-5', { service_tier: 'flex', prompt_cache_options: {} }, unlimited);
    expect(flex.sent).not.toHaveProperty('service_tier');
    expect(flex.dropped).toEqual(['service_tier', 'prompt_cache_options']);
    const own = sentOf('chat', 'claude-haiku-4-5', { service_tier: 'default' }, unlimited);
    expect(own.sent['service_tier']).toBe('standard_only');
    expect(own.dropped).toEqual([]);
  });
});

describe('how hard Claude is to think from some turn on', () => {
  const effort = { role: 'system', output_config: { effort: 'low' } };
  const messages = [{ role: 'user', content: 'Hello' }, effort];

  test('goes to Claude, in a turn that says nothing else', () => {
    const { sent, dropped } = sentOf('messages', 'claude-haiku-4-5', { messages });
    expect(sent).toMatchObject({ messages });
    expect(dropped).toEqual([]);
  });

  test('is left out for others, and told', () => {
    const { sent, dropped } = sentOf('messages', 'deepseek-v4-flash', { messages });
    expect(sent['messages']).toEqual([{ role: 'user', content: 'Hello' }]);
    expect(dropped).toEqual(['messages.output_config']);
  });
});

describe('how OpenRouter is to serve a call', () => {
  const routing = { usage: { include: true }, provider: { sort: 'price' }, transforms: [], route: 'fallback' };

  test.each(['gpt-4.1', 'deepseek-v4-flash', 'claude-haiku-4-5', 'echo'])('is left out for %s, and told', (model) => {
    const { sent, dropped } = sentOf('chat', model, routing);
    for (const name of Object.keys(routing)) expect(sent).not.toHaveProperty(name);
    expect(dropped).toEqual(Object.keys(routing));
  });

  test('goes to OpenRouter', () => {
    const { sent, dropped } = sentOf('chat', 'openrouter/openai/gpt-4.1', routing, unlimited);
    expect(sent).toMatchObject(routing);
    expect(dropped).toEqual([]);
  });

  test('is refused of plugins, which change the answer', () => {
    const plugins = [{ id: 'web' }];
    expect(refusedField('chat', 'claude-haiku-4-5', { plugins }, unlimited)).toEqual({
      code: 'unsupported_parameter',
      param: 'plugins',
    });
    expect(refusedField('chat', 'gpt-4.1', { plugins })).toEqual({ code: 'unbounded_cost', param: 'plugins' });
  });
});

describe('how much to reason, as clients of OpenRouter say it', () => {
  test.each<[string, object, object]>([
    ['gpt-5-mini', { effort: 'low' }, { reasoning_effort: 'low' }],
    ['gpt-5-mini', { enabled: false }, { reasoning_effort: 'low' }],
    ['deepseek-v4-flash', { effort: 'high' }, { thinking: { type: 'enabled' }, reasoning_effort: 'high' }],
  ])('is told to %s in its own words: %j', (model, reasoning, told) => {
    const { sent, dropped } = sentOf('chat', model, { reasoning });
    expect(sent).toMatchObject(told);
    expect(sent).not.toHaveProperty('reasoning');
    expect(dropped).toEqual([]);
  });

  test('is left out, and told, where the model does not reason', () => {
    const { sent, dropped } = sentOf('chat', 'gpt-4.1', { reasoning: { effort: 'low' } });
    expect(sent).not.toHaveProperty('reasoning');
    expect(sent).not.toHaveProperty('reasoning_effort');
    expect(dropped).toEqual(['reasoning']);
  });
});

describe('a tool that a provider runs', () => {
  const read = { type: 'function', name: 'read', parameters: { type: 'object', properties: {} } };
  const searched = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } };

  test.each(['deepseek-v4-flash', 'claude-haiku-4-5', 'mistral-small-latest'])(
    "of OpenAI's is left out for %s, of which a limited account can have the rest",
    (model) => {
      const { sent, dropped } = sentOf('responses', model, { tools: [read, { type: 'web_search' }] });
      expect(sent['tools']).toHaveLength(1);
      expect(JSON.stringify(sent)).not.toContain('web_search');
      expect(dropped).toEqual(['tools.web_search']);
    },
  );

  test("of Anthropic's is left out for others", () => {
    const tools = [
      { name: 'read', input_schema: { type: 'object', properties: {} } },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 5 },
    ];
    const { sent, dropped } = sentOf('messages', 'deepseek-v4-flash', { tools });
    expect(sent['tools']).toHaveLength(1);
    expect(dropped).toEqual(['tools.web_search_20250305']);
  });

  test.each<[ProtocolName, object, string]>([
    ['responses', { tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } }, 'tool_choice'],
    ['responses', { tools: [{ type: 'web_search' }], tool_choice: 'required' }, 'tool_choice'],
    [
      'messages',
      { tools: [{ type: 'web_search_20250305', name: 's' }], tool_choice: { type: 'tool', name: 's' } },
      'tools[0].type',
    ],
    ['messages', { tools: [{ type: 'web_search_20250305', name: 's' }], tool_choice: { type: 'any' } }, 'tool_choice'],
  ])('that must be used is refused: %s %j', (protocol, fields, param) => {
    expect(refusedField(protocol, 'deepseek-v4-flash', fields, unlimited).param).toBe(param);
  });

  test('leaves no trace in a conversation that goes on with another model', () => {
    const input = [{ role: 'user', content: 'Look.' }, searched, { role: 'assistant', content: 'It rains.' }];
    const responses = sentOf('responses', 'deepseek-v4-flash', { input: [...input, { role: 'user', content: 'So?' }] });
    expect(responses.dropped).toEqual(['input.web_search_call']);
    expect(responses.sent['messages']).toEqual([
      { role: 'user', content: 'Look.' },
      { role: 'assistant', content: 'It rains.' },
      { role: 'user', content: 'So?' },
    ]);
    const blocks = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      { type: 'text', text: 'It rains.' },
    ];
    const messages = [
      { role: 'user', content: 'Look.' },
      { role: 'assistant', content: blocks },
      { role: 'user', content: 'So?' },
    ];
    const sent = sentOf('messages', 'deepseek-v4-flash', { messages });
    expect(sent.dropped).toEqual(['messages.server_tool_use']);
    expect(sent.sent['messages']).toEqual(responses.sent['messages']);
  });
});
