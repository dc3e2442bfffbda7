import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { embeddingInputsMax, reportedTokensMax, requestedModelCharsMax } from '../../../../src/limits.ts';
import { measureEmbeddingsPrompt } from '../../../../src/protocols/embeddings/prompt.ts';
import { readEmbeddingsCall } from '../../../../src/protocols/embeddings/request.ts';
import { decodeEmbeddingsUsage } from '../../../../src/protocols/embeddings/usage.ts';
import { countEchoTokens } from '../../../../src/providers/echo-tokens.ts';

const encoder = new TextEncoder();
const read = (body: unknown) => readEmbeddingsCall(encoder.encode(JSON.stringify(body)));

describe('an embeddings request', () => {
  test.each(['text', ['one', 'two'], [1, 2, 3], [[1, 2], [3]], [0]])('may embed %j', (input) => {
    const call = read({ model: 'm', input, dimensions: 256, encoding_format: 'base64', user: 'ada' });
    expect(call).toMatchObject({
      protocol: 'embeddings',
      model: 'm',
      stream: false,
      endUser: 'ada',
      request: { input },
    });
  });

  test('names its end user as other requests do', () => {
    expect(read({ input: 'x', safety_identifier: 's', user: 'u' }).endUser).toBe('s');
    expect(read({ input: 'x', metadata: { user_id: 'm' } }).endUser).toBe('m');
    expect(read({ input: 'x', user: '' }).endUser).toBeUndefined();
  });

  test.each([
    [{}, "'input' is required"],
    [{ input: null }, "'input' is required"],
    [{ input: '' }, "'input' must not be empty"],
    [{ input: [] }, "'input' must not be empty"],
    [{ input: ['a', 1] }, "'input' is required, and must be"],
    [{ input: [[1], 'a'] }, "'input' is required, and must be"],
    [{ input: [1.5] }, "'input' is required, and must be"],
    [{ input: [-1] }, "'input' is required, and must be"],
    [{ input: [{ text: 'a' }] }, "'input' is required, and must be"],
    [{ input: 'a', dimensions: 0 }, "'dimensions' must be at least 1"],
    [{ input: 'a', dimensions: 1.5 }, "'dimensions' must be a whole number"],
    [{ input: 'a', encoding_format: 'int8' }, "'encoding_format' must be 'float' or 'base64'"],
    [{ input: 'a', model: 7 }, "'model' must be a string"],
  ])('%j is refused', (body, message) => {
    expect(() => read(body)).toThrow(message);
  });

  test('holds as many inputs as OpenAI takes, and no more', () => {
    const inputs = (count: number) => Array.from({ length: count }, () => 'a');
    expect(read({ input: inputs(embeddingInputsMax) }).request.input).toHaveLength(embeddingInputsMax);
    expect(() => read({ input: inputs(embeddingInputsMax + 1) })).toThrow(`at most ${embeddingInputsMax} inputs`);
    expect(() => read({ input: Array.from({ length: embeddingInputsMax + 1 }, () => [1]) })).toThrow('at most');
    // These are the tokens of one.
    expect(() => read({ input: Array.from({ length: embeddingInputsMax + 1 }, () => 1) })).not.toThrow();
  });

  test('may name a model as long as others may', () => {
    const model = 'm'.repeat(requestedModelCharsMax);
    expect(read({ input: 'a', model }).model).toBe(model);
    expect(() => read({ input: 'a', model: `${model}m` })).toThrow("'model' must be at most");
  });
});

describe('what an embeddings request puts in', () => {
  const tokensOf = (input: unknown) => measureEmbeddingsPrompt(read({ model: 'm', input })).textBytes;

  test('is exactly its tokens, where they come as such', () => {
    expect(tokensOf([7, 8, 9])).toBe(3);
    expect(tokensOf([[1000], [2000, 3000]])).toBe(3);
  });

  test('is never fewer tokens than the text has bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), (texts) => {
        const bytes = texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);
        const bound = tokensOf(texts);
        expect(bound).toBeGreaterThanOrEqual(bytes + 2 * texts.length);
        expect(bound).toBeGreaterThanOrEqual(texts.reduce((sum, text) => sum + countEchoTokens(text), 0));
      }),
    );
  });

  test('names what is not known to leave the price alone', () => {
    const call = read({ model: 'm', input: 'a', dimensions: 3, user: 'u', input_type: 'query', instruction: 'x' });
    expect(measureEmbeddingsPrompt(call).unknown).toEqual([
      { name: 'input_type', param: 'input_type' },
      { name: 'instruction', param: 'instruction' },
    ]);
  });
});

describe('the usage of embeddings', () => {
  test.each([
    ['openai', { prompt_tokens: 8, total_tokens: 8 }],
    ['mistral', { prompt_tokens: 8, total_tokens: 8, completion_tokens: 0 }],
    ['one that has a total only', { total_tokens: 8 }],
  ])('of %s is input only', (_, usage) => {
    expect(decodeEmbeddingsUsage({ usage })).toEqual({
      inputTokens: 8,
      cachedInputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    });
  });

  test('of OpenRouter has its cost', () => {
    const usage = { prompt_tokens: 8, total_tokens: 8, cost: 1.6e-7 };
    expect(decodeEmbeddingsUsage({ usage })?.statedNanoUsd).toBe(160);
  });

  test.each([
    {},
    { usage: null },
    { usage: { prompt_tokens: 0, total_tokens: 0 } },
    { usage: { prompt_tokens: -1 } },
    { usage: { prompt_tokens: '8' } },
    { usage: { prompt_tokens: reportedTokensMax + 1 } },
  ])('in %j is none', (answer) => {
    expect(decodeEmbeddingsUsage(answer)).toBeUndefined();
  });
});
