import { describe, expect, it } from 'vitest';
import { writtenMessagesCall } from '../../../src/protocols/messages/request.ts';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import type { Model, Target } from '../../../src/catalog/schema.ts';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import type { AnyCall } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { writtenResponsesCall } from '../../../src/protocols/responses/request.ts';
import { targetProtocol } from '../../../src/core/routing/target-protocol.ts';
import { asRecord } from '../../../src/protocols/json/json-value.ts';
import { limited } from '../../support/bound.ts';

const catalog = bundledCatalog();

/** Every target of the catalog that generates, with what it takes to bound a call to it. */
const attempts = [...catalog.models.values()].flatMap((model) =>
  model.endpoints.includes('embeddings') ? [] : model.targets.map((target) => attemptAt(model, target)),
);

function attemptAt(model: Model, target: Target) {
  const provider = catalog.providers.get(target.provider);
  if (provider === undefined) throw new Error(`no provider ${target.provider}`);
  return { candidate: { modelName: model.name, model, target, price: target.price }, provider };
}

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const cached = { cache_control: { type: 'ephemeral', ttl: '1h' } };

/** What a coding agent sends, with every field that a translation makes something of. */
function richMessages(model: Model): AnyCall {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
  return writtenMessagesCall({
    model: model.name,
    max_tokens: 4096,
    stream: true,
    system: [{ type: 'text', text: 'You help.', ...cached }],
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text: 'Weather?' }, ...(model.input.includes('image') ? [image] : [])],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'I look it up.', signature: 'c2ln' },
          { type: 'text', text: 'One moment.' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Berlin' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'Rain.', ...cached }] },
    ],
    tools: [{ name: 'weather', description: 'Looks it up.', input_schema: schema, ...cached }],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 2048 },
    temperature: 1,
    top_p: 0.95,
    top_k: 40,
    stop_sequences: ['END'],
    metadata: { user_id: 'user-1' },
    service_tier: 'auto',
  });
}

function richResponses(model: Model): AnyCall {
  return writtenResponsesCall({
    model: model.name,
    instructions: 'You help.',
    input: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'I look it up.' }] },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Berlin"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'Rain.' },
    ],
    tools: [{ type: 'function', name: 'weather', parameters: schema, strict: false }],
    reasoning: { effort: 'medium', summary: 'auto' },
    text: { verbosity: 'low' },
    max_output_tokens: 4096,
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: 'conversation-1',
    user: 'user-1',
  });
}

/** Why calls are refused to an account whose spending is limited, at every target that can be asked. */
function refusalsOf(rich: (model: Model) => AnyCall) {
  return attempts.flatMap((attempt) => {
    const { model, target } = attempt.candidate;
    const call = rich(model);
    if (targetProtocol(call.protocol, attempt.provider, target) === undefined) return [];
    const result = boundAttempts(call, [attempt], limited);
    return result.kind === 'refused' ? [`${model.name} at ${target.provider}: ${result.error.message}`] : [];
  });
}

describe('a translated call of an account whose spending is limited', () => {
  it('is refused at no target of the bundled catalog for what Weir itself put into it', () => {
    expect(attempts.length).toBeGreaterThan(100);
    expect(refusalsOf(richMessages)).toEqual([]);
    expect(refusalsOf(richResponses)).toEqual([]);
  });

  it.each([
    ['deepseek-flash', 'deepseek', { thinking: { type: 'enabled' }, reasoning_effort: 'low' }],
    ['glm-5.3', 'zai', { reasoning_effort: 'low' }],
    ['claude-opus-5', 'openrouter', { reasoning: { max_tokens: 2048 }, top_k: 40 }],
    ['gemini-3.8-flash', 'google', { reasoning_effort: 'low' }],
    ['grok-4.7', 'xai', { reasoning_effort: 'low' }],
  ])('has for %s at %s the words for thinking that are known there', (name, providerName, words) => {
    const attempt = attempts.find(
      ({ candidate: { model, target } }) => model.name === name && target.provider === providerName,
    );
    if (attempt === undefined) throw new Error(`${name} is not at ${providerName}`);
    const encoded = encodeCall(richMessages(attempt.candidate.model), attempt);
    if (encoded instanceof GatewayError) throw encoded;
    const { reasoning, reasoning_effort: effort, thinking, top_k: topK } = asRecord(encoded.call.request) ?? {};
    expect({ reasoning, reasoning_effort: effort, thinking, top_k: topK }).toEqual({
      reasoning: undefined,
      reasoning_effort: undefined,
      thinking: undefined,
      top_k: undefined,
      ...words,
    });
  });
});
