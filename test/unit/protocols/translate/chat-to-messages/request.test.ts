import { describe, expect, it } from 'vitest';
import { messagesBodyOf } from '../../../../../src/protocols/translate/chat-to-messages/request.ts';
import type { ClaudeModel } from '../../../../../src/protocols/translate/chat-to-messages/model.ts';
import type { ChatRequest } from '../../../../../src/protocols/chat/request.ts';

const haiku: ClaudeModel = {
  name: 'claude-haiku-4-5',
  maxOutputTokens: 64_000,
  defaultOutputTokens: 8192,
  thinking: 'budget',
};
const opus: ClaudeModel = { ...haiku, name: 'claude-opus-5-5', maxOutputTokens: 128_000, thinking: 'adaptive' };

const hello = { role: 'user', content: 'Hello' };
const bodyOf = (fields: object, model = haiku) => {
  const request: ChatRequest = { messages: [hello], ...fields };
  return messagesBodyOf(request, model);
};

describe('a chat completion, asked of Claude', () => {
  it('says no more than was asked', () => {
    expect(bodyOf({})).toEqual({
      model: 'claude-haiku-4-5',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    });
  });

  it('keeps what both protocols know', () => {
    const cache = { type: 'ephemeral', ttl: '1h' };
    const asked = {
      stream: true,
      max_completion_tokens: 500,
      temperature: 0.3,
      stop: ['END', ''],
      safety_identifier: 'user-7',
      service_tier: 'default',
      cache_control: cache,
    };
    expect(bodyOf(asked)).toMatchObject({
      stream: true,
      max_tokens: 500,
      temperature: 0.3,
      stop_sequences: ['END'],
      metadata: { user_id: 'user-7' },
      service_tier: 'standard_only',
      cache_control: cache,
    });
  });

  it('caps its output where the client does, but no higher than the model can', () => {
    expect(bodyOf({ max_tokens: 10 })).toMatchObject({ max_tokens: 10 });
    expect(bodyOf({ max_tokens: 10, max_completion_tokens: 7 })).toMatchObject({ max_tokens: 7 });
    expect(bodyOf({ max_tokens: 1_000_000 })).toMatchObject({ max_tokens: 64_000 });
    expect(bodyOf({})).not.toHaveProperty('max_tokens');
  });

  it.each([
    [{ user: 'u' }, 'u'],
    [{ metadata: { user_id: 'm' } }, 'm'],
    [{ safety_identifier: 's', user: 'u' }, 's'],
    [{ user: 'x'.repeat(300) }, 'x'.repeat(256)],
  ])('names its user: %j', (fields, id) => {
    expect(bodyOf(fields)).toMatchObject({ metadata: { user_id: id } });
  });

  it('takes no more of a temperature than Anthropic does, and none where the model takes none', () => {
    expect(bodyOf({ temperature: 1.7 })).toMatchObject({ temperature: 1 });
    expect(bodyOf({ temperature: 0.5, top_p: 0.9, top_k: 40 })).toMatchObject({ temperature: 0.5, top_k: 40 });
    expect(bodyOf({ temperature: 0.5, top_p: 0.9 })).not.toHaveProperty('top_p');
    expect(bodyOf({ top_p: 0.9 })).toMatchObject({ top_p: 0.9 });
    const adaptive = bodyOf({ temperature: 0.5, top_p: 0.9, top_k: 40 }, opus);
    for (const name of ['temperature', 'top_p', 'top_k']) expect(adaptive).not.toHaveProperty(name);
    expect(bodyOf({ temperature: 0.5, reasoning_effort: 'low' })).not.toHaveProperty('temperature');
  });

  it('leaves out what only advises how to write the answer, and what nobody has heard of', () => {
    const advice = {
      seed: 7,
      frequency_penalty: 1,
      presence_penalty: 1,
      logit_bias: { 5: 1 },
      verbosity: 'low',
      store: true,
      prompt_cache_key: 'k',
      n: 1,
      novel: true,
      service_tier: 'flex',
      stream_options: { include_usage: true },
    };
    expect(bodyOf(advice)).toEqual(bodyOf({}));
  });

  it.each([
    [{ n: 2 }, 'n', /Send n calls/],
    [{ logprobs: true }, 'logprobs', /Leave it out/],
    [{ modalities: ['text', 'audio'] }, 'modalities', /text only/],
    [{ web_search_options: {} }, 'web_search_options', /web_search tool/],
    [{ stop: '\n' }, 'stop', /Leave it out/],
    [{ response_format: { type: 'grammar' } }, 'response_format.type', /json_schema/],
    [{ messages: [{ role: 'user', content: ' ' }] }, 'messages', /text in it/],
  ])('is refused with a remedy where the answer would have another shape: %j', (fields, param, message) => {
    expect(bodyOf(fields)).toEqual({
      kind: 'untranslatable',
      param,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('goes on where the assistant ended, or says that it can not', () => {
    const messages = [hello, { role: 'assistant', content: 'The answer is \n' }];
    expect(bodyOf({ messages })).toMatchObject({
      messages: [{}, { role: 'assistant', content: [{ type: 'text', text: 'The answer is' }] }],
    });
    expect(bodyOf({ messages, reasoning_effort: 'high' })).not.toHaveProperty('thinking');
    expect(bodyOf({ messages }, opus)).toMatchObject({ kind: 'untranslatable', param: 'messages' });
  });
});

describe('structured output', () => {
  const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } }, required: ['age'] };
  const asked = (spec: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', ...spec } } });

  it('is of the schema that was asked for, closed, with what can not be enforced in words', () => {
    expect(bodyOf(asked({ schema, strict: true }))).toMatchObject({
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { age: { type: 'integer', description: '{minimum: 0}' } },
            required: ['age'],
            additionalProperties: false,
          },
        },
      },
    });
  });

  it('is asked for in words where Anthropic can not hold to it and need not, and refused where it must', () => {
    const map = { type: 'object', additionalProperties: { type: 'string' } };
    const said = bodyOf({ ...asked({ schema: map }), messages: [{ role: 'system', content: 'Be kind.' }, hello] });
    expect(said).not.toHaveProperty('output_config');
    expect(said).toMatchObject({
      system: [{ text: 'Be kind.' }, { text: expect.stringContaining(JSON.stringify(map)) as unknown }],
    });
    expect(bodyOf(asked({ schema: map, strict: true }))).toMatchObject({
      kind: 'untranslatable',
      param: 'response_format.json_schema.schema',
    });
  });

  it('of any shape is asked for in words', () => {
    const said = bodyOf({ response_format: { type: 'json_object' } });
    expect(said).toMatchObject({ system: [{ type: 'text', text: expect.stringMatching(/JSON object/) as unknown }] });
    expect(bodyOf({ response_format: { type: 'text' } })).toEqual(bodyOf({}));
  });
});
