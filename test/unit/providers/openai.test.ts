import { describe, expect, test } from 'vitest';
import { reportedTokensMax } from '../../../src/limits.ts';
import { decodeFault } from '../../../src/protocols/chat/fault.ts';
import { decodeUsage } from '../../../src/protocols/chat/usage.ts';
import { encodeCall } from '../../../src/providers/openai.ts';

describe('a call to a provider', () => {
  const call = {
    provider: { headers: {} },
    endpoint: { baseUrl: 'https://api.example.com/v1' },
    path: '/chat/completions',
    forwarded: { query: '?known=1', headers: {} },
    credential: 'provider-key',
  };

  test('goes to its base URL, with the path, and what goes on of the client’s query', () => {
    expect(encodeCall(call).url).toBe('https://api.example.com/v1/chat/completions?known=1');
  });

  test('has what goes on of the client’s headers, and no others', () => {
    const forwarded = { query: '', headers: { 'openai-beta': 'assistants=v2' } };
    expect(encodeCall({ ...call, forwarded }).headers).toEqual({
      authorization: 'Bearer provider-key',
      'content-type': 'application/json',
      'user-agent': 'weir',
      'openai-beta': 'assistants=v2',
    });
  });

  test('has the headers that its provider is described with, which win', () => {
    const headers = { 'x-title': 'Weir', 'User-Agent': 'other' };
    const encoded = encodeCall({ ...call, provider: { headers } });
    expect(encoded.headers).toMatchObject({ 'x-title': 'Weir', 'user-agent': 'other' });
    expect(encoded.headers).not.toHaveProperty('User-Agent');
  });

  test('has no credential where the server wants none', () => {
    expect(encodeCall({ ...call, credential: undefined }).headers).not.toHaveProperty('authorization');
  });
});

describe('a reported usage', () => {
  test('is read with its parts, and the tier that served', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 40, audio_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 2 },
    };
    expect(decodeUsage({ usage, service_tier: 'priority' })).toEqual({
      inputTokens: 100,
      cachedInputTokens: 40,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      audioInputTokens: 3,
      outputTokens: 50,
      reasoningTokens: 30,
      audioOutputTokens: 2,
      serviceTier: 'priority',
    });
  });

  test.each([
    ["DeepSeek's", { prompt_cache_hit_tokens: 5 }],
    ["Moonshot's", { cached_tokens: 5 }],
  ])('has its cached tokens also under %s name', (_, cached) => {
    const usage = { prompt_tokens: 10, completion_tokens: 1, ...cached };
    expect(decodeUsage({ usage })).toMatchObject({ cachedInputTokens: 5 });
  });

  test.each([
    ['xAI', { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135 }, 103],
    ['a server whose total is wrong', { prompt_tokens: 32, completion_tokens: 9, total_tokens: 0 }, 9],
    ['a server whose total is none', { prompt_tokens: 32, completion_tokens: 9, total_tokens: -1e300 }, 9],
  ])('has the reasoning that is counted beside the completion in its output, from %s', (_, usage, outputTokens) => {
    const reported = { ...usage, completion_tokens_details: { reasoning_tokens: 94 } };
    expect(decodeUsage({ usage: reported })).toMatchObject({ inputTokens: 32, outputTokens, reasoningTokens: 94 });
  });

  test('is the sum over the choices, which have one prompt between them, where each has its own', () => {
    const choices = [
      { index: 0, usage: { prompt_tokens: 7, completion_tokens: 300, cached_tokens: 5 } },
      { index: 1 },
      { index: 2, usage: { prompt_tokens: 7, completion_tokens: 20, cached_tokens: 4 } },
    ];
    expect(decodeUsage({ choices })).toMatchObject({ inputTokens: 7, cachedInputTokens: 4, outputTokens: 320 });
    const largest = { prompt_tokens: 7, completion_tokens: reportedTokensMax };
    expect(decodeUsage({ choices: [{ usage: largest }] })?.outputTokens).toBe(reportedTokensMax);
    expect(decodeUsage({ choices: [{ index: 5, usage: largest }, ...choices] })).toBeUndefined();
  });

  test.each([
    [{}],
    [{ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }],
    [{ usage: null }],
    [{ usage: {} }],
    [{ usage: { prompt_tokens: 1 } }],
    [{ usage: { prompt_tokens: 1, completion_tokens: -1 } }],
    [{ usage: { prompt_tokens: 1.5, completion_tokens: 1 } }],
    [{ usage: { prompt_tokens: '1', completion_tokens: 1 } }],
  ])('is none in %j', (answer) => {
    expect(decodeUsage(answer)).toBeUndefined();
  });

  test('is taken at the largest count that there can be, and is none above it', () => {
    const usage = { prompt_tokens: reportedTokensMax, completion_tokens: 1 };
    expect(decodeUsage({ usage })?.inputTokens).toBe(reportedTokensMax);
    expect(decodeUsage({ usage: { ...usage, prompt_tokens: reportedTokensMax + 1 } })).toBeUndefined();
  });
});

describe('a fault', () => {
  test("is read from OpenAI's shape", () => {
    const error = { message: 'no', type: 'invalid_request_error', code: 'bad', param: 'n' };
    expect(decodeFault({ error })).toEqual({ message: 'no', type: 'invalid_request_error', code: 'bad', param: 'n' });
  });

  test.each([
    ['a text', { error: 'no' }, { message: 'no' }],
    ['a status as its code', { error: { message: 'no', code: 529 } }, { message: 'no', code: '529', status: 529 }],
    ['itself', { object: 'error', message: 'no', code: 400 }, { message: 'no', code: '400', status: 400 }],
  ])('is read where the error is %s', (_, answer, fault) => {
    expect(decodeFault(answer)).toEqual(fault);
  });

  test('is none in an answer', () => {
    expect(decodeFault({ choices: [], error: '' })).toBeUndefined();
    expect(decodeFault({ object: 'chat.completion', choices: [], error: null })).toBeUndefined();
  });
});
