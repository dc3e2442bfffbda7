import fc from 'fast-check';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';

/** Requests of every protocol that a strict provider takes, with whatever decides what they cost. */

export type Json = Record<string, unknown>;

const scripts = [
  'The weir',
  'река 7',
  '水利工程',
  'السد',
  'นทื',
  '🌊🏞️',
  ' \n\t',
  '"\\{}',
  '\u0001',
  'é',
  'x'.repeat(40),
];
export const text = fc
  .array(fc.oneof(fc.constantFrom(...scripts), fc.string({ unit: 'binary', maxLength: 12 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((pieces) => `a${pieces.join(' ')}`);
const name = fc.stringMatching(/^[a-z][a-z_]{1,12}$/);
const schema = fc
  .dictionary(name, fc.record({ type: fc.constantFrom('string', 'integer'), description: text }), { maxKeys: 3 })
  .map((properties) => ({ type: 'object', properties }));
const args = fc.dictionary(name, text, { maxKeys: 3 }).map((value) => ({ ...value, n: 1 }));
const cap = fc.integer({ min: 16, max: 900 });
const png = 'iVBORw0KGgo=';
const imageUrl = fc.constantFrom('https://pictures.example/weir.png', `data:image/png;base64,${png}`);
const tools = fc.array(fc.tuple(name, text, schema), { maxLength: 2 });
const tier = fc.constantFrom('auto', 'default', 'flex', 'priority');

/** Some of these fields, each there or not. */
function optional<T extends Json>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Json> {
  return fc.record(fields, { requiredKeys: [] });
}

/** A tool that was called, with what it was called with and what it answered. */
const used = fc.option(fc.record({ tool: name, args, answer: text }), { nil: undefined });

const chatPart = fc.oneof(
  { weight: 4, arbitrary: text.map((value): Json => ({ type: 'text', text: value })) },
  imageUrl.map((url): Json => ({ type: 'image_url', image_url: { url } })),
);

const chatBody = fc
  .record({
    system: fc.option(text, { nil: undefined }),
    content: fc.oneof(text, fc.array(chatPart, { minLength: 1, maxLength: 3 })),
    used,
    tools,
    rest: optional({
      max_completion_tokens: cap,
      n: fc.integer({ min: 1, max: 3 }),
      service_tier: tier,
      reasoning_effort: fc.constantFrom('low', 'high'),
      temperature: fc.constant(1),
      response_format: fc.tuple(name, schema).map(([called, is]) => ({
        type: 'json_schema',
        json_schema: { name: called, schema: is },
      })),
    }),
  })
  .map(({ system, content, used: call, tools: offered, rest }): Json => ({
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content },
      ...(call === undefined ? [] : chatCalled(call)),
    ],
    ...(offered.length === 0 ? {} : { tools: offered.map(chatTool) }),
    ...rest,
  }));

function chatCalled({ tool, args: given, answer }: { tool: string; args: Json; answer: string }): Json[] {
  const called = { id: 'call_1', type: 'function', function: { name: tool, arguments: JSON.stringify(given) } };
  return [
    { role: 'assistant', content: null, tool_calls: [called] },
    { role: 'tool', tool_call_id: 'call_1', content: answer },
  ];
}

function chatTool([called, description, parameters]: readonly [string, string, Json]): Json {
  return { type: 'function', function: { name: called, description, parameters } };
}

const cacheControl = optional({
  cache_control: fc.constantFrom(
    { type: 'ephemeral' },
    { type: 'ephemeral', ttl: '5m' },
    { type: 'ephemeral', ttl: '1h' },
  ),
});
const messagesPart = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: text.map((value): Json => ({ type: 'text', text: value })) },
      fc.constant<Json>({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }),
      fc.constant<Json>({ type: 'image', source: { type: 'url', url: 'https://pictures.example/weir.png' } }),
      text.map((data): Json => ({ type: 'document', source: { type: 'text', media_type: 'text/plain', data } })),
      fc.constant<Json>({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: png } }),
    ),
    cacheControl,
  )
  .map(([part, marker]): Json => ({ ...part, ...marker }));

const messagesBody = fc
  .record({
    content: fc.oneof(text, fc.array(messagesPart, { minLength: 1, maxLength: 3 })),
    used,
    tools,
    most: fc.oneof(
      fc.record({ max_tokens: cap }),
      fc.constant<Json>({ max_tokens: 1500, thinking: { type: 'enabled', budget_tokens: 1024 } }),
    ),
    rest: optional({
      system: fc.oneof(
        text,
        text.map((value) => [{ type: 'text', text: value }]),
      ),
      service_tier: fc.constantFrom('auto', 'standard_only'),
      stop_sequences: fc.constant(['STOP']),
      metadata: fc.constant({ user_id: 'ada' }),
    }),
  })
  .map(({ content, used: call, tools: offered, rest, most }): Json => ({
    messages: [{ role: 'user', content }, ...(call === undefined ? [] : messagesCalled(call))],
    ...(offered.length === 0 ? {} : { tools: offered.map(messagesTool) }),
    ...most,
    ...rest,
  }));

function messagesCalled({ tool, args: input, answer }: { tool: string; args: Json; answer: string }): Json[] {
  return [
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: tool, input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: answer }] },
  ];
}

function messagesTool([called, description, schemaOf]: readonly [string, string, Json]): Json {
  return { name: called, description, input_schema: schemaOf };
}

const responsesPart = fc.oneof(
  { weight: 4, arbitrary: text.map((value): Json => ({ type: 'input_text', text: value })) },
  imageUrl.map((url): Json => ({ type: 'input_image', image_url: url, detail: 'auto' })),
);

const responsesBody = fc
  .record({
    content: fc.oneof(text, fc.array(responsesPart, { minLength: 1, maxLength: 3 })),
    used,
    tools,
    rest: optional({
      instructions: text,
      max_output_tokens: cap,
      service_tier: tier,
      reasoning: fc.constantFrom({ effort: 'low' }, { effort: 'high', summary: 'auto' }),
      store: fc.constant(false),
      text: fc
        .tuple(name, schema)
        .map(([called, is]) => ({ format: { type: 'json_schema', name: called, schema: is } })),
    }),
  })
  .map(({ content, used: call, tools: offered, rest }): Json => ({
    input: [{ role: 'user', content }, ...(call === undefined ? [] : responsesCalled(call))],
    ...(offered.length === 0 ? {} : { tools: offered.map(responsesTool) }),
    ...rest,
  }));

function responsesCalled({ tool, args: given, answer }: { tool: string; args: Json; answer: string }): Json[] {
  return [
    { type: 'function_call', call_id: 'call_1', name: tool, arguments: JSON.stringify(given) },
    { type: 'function_call_output', call_id: 'call_1', output: answer },
  ];
}

function responsesTool([called, description, parameters]: readonly [string, string, Json]): Json {
  return { type: 'function', name: called, description, parameters, strict: false };
}

const embeddingsBody = fc
  .record({
    input: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    rest: optional({ dimensions: fc.constant(8), encoding_format: fc.constantFrom('float', 'base64') }),
  })
  .map(({ input, rest }): Json => ({ input, ...rest }));

/** The protocol, and a body of it. */
export const request: fc.Arbitrary<readonly [ProtocolName, Json]> = fc.oneof(
  chatBody.map((body) => ['chat', body] as const),
  messagesBody.map((body) => ['messages', body] as const),
  responsesBody.map((body) => ['responses', body] as const),
  embeddingsBody.map((body) => ['embeddings', body] as const),
);

const money = fc.integer({ min: 0, max: 50_000_000 }).map((pico) => (pico / 1_000_000).toFixed(6));
const sorts = { cachedInput: money, cacheWrite5m: money, cacheWrite1h: money, reasoning: money };
const rates = fc.record({ input: money, output: money, ...sorts }, { requiredKeys: ['input', 'output'] });

/** A price with every component that there is. */
export const price = fc
  .record({
    rates,
    request: money,
    image: money,
    webSearch: money,
    above: fc.option(fc.tuple(fc.integer({ min: 1, max: 400 }), rates), { nil: undefined }),
    priority: rates,
    flex: rates,
  })
  .map(({ above, rates: plain, priority, flex, ...fees }): Json => ({
    ...plain,
    ...fees,
    ...(above === undefined ? {} : { above: [{ inputTokens: above[0], ...above[1] }] }),
    serviceTiers: { flex, priority },
  }));
