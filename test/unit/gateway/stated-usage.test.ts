import { describe, expect, it } from 'vitest';
import { statedUsage } from '../../../src/gateway/attempt/stated-usage.ts';
import type { JsonRecord } from '../../../src/protocols/json/json-value.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';

const chat = { prompt_tokens: 7, completion_tokens: 3 };
const responses = { input_tokens: 7, output_tokens: 3 };
const error = { message: 'The river ran dry.' };

const used: readonly (readonly [ProtocolName, JsonRecord])[] = [
  ['chat', chat],
  ['messages', responses],
  ['responses', responses],
  ['embeddings', { prompt_tokens: 10 }],
];

describe.each(used)('what a failure of %s says that was used', (protocol, usage) => {
  it.each<readonly [string, JsonRecord]>([
    ['beside the error', { error, usage }],
    ['in the error', { error: { ...error, usage } }],
    ['in an answer that the body is around', { error, response: { object: 'response', output: [], usage } }],
    ['in a message that the body is around', { type: 'error', error, message: { usage } }],
    ['in what Cloudflare wraps around it', { success: false, errors: [error], result: { usage } }],
  ])('is found %s', (_where, body) => {
    const { inputTokens = 0, outputTokens = 0 } = statedUsage(protocol, body, 1) ?? {};
    expect(inputTokens + outputTokens).toBe(10);
  });

  it.each<readonly [string, JsonRecord]>([
    ['is absent', { error }],
    ['is null', { error, usage: null }],
    ['is of nothing', { error, usage: { prompt_tokens: 0, completion_tokens: 0, input_tokens: 0, output_tokens: 0 } }],
  ])('is nothing where it %s', (_what, body) => {
    expect(statedUsage(protocol, body, 1)).toBeUndefined();
  });
});

describe('what a failed answer says that was used', () => {
  it('is not believed where more words came', () => {
    const content = 'one two three four';
    expect(statedUsage('chat', { choices: [{ message: { content } }], usage: chat }, 1)).toBeUndefined();
    const text = [{ type: 'output_text', text: content }];
    const output = [{ type: 'message', content: text }];
    expect(statedUsage('responses', { status: 'failed', output, usage: responses }, 1)).toBeUndefined();
    expect(statedUsage('responses', { status: 'failed', output, usage: responses }, 2)).toMatchObject({
      outputTokens: 3,
    });
  });
});
