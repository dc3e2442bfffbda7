import { describe, expect, it } from 'vitest';
import { type AnthropicUpstreamCall, encodeAnthropicCall } from '../../../src/providers/anthropic.ts';

const call: AnthropicUpstreamCall = {
  provider: { headers: {} },
  endpoint: { baseUrl: 'https://api.anthropic.com' },
  path: '/v1/messages',
  query: '',
  clientHeaders: new Headers(),
  credential: 'sk-ant-1',
  contextTokens: 200_000,
};

const encoded = (fields: Partial<AnthropicUpstreamCall>) => encodeAnthropicCall({ ...call, ...fields });

describe('a call of Anthropic', () => {
  it('has the key, and a version though the client names none', () => {
    expect(encoded({})).toEqual({
      url: 'https://api.anthropic.com/v1/messages',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'weir',
        'anthropic-version': '2023-06-01',
        'x-api-key': 'sk-ant-1',
      },
    });
    expect(encoded({ credential: undefined }).headers).not.toHaveProperty('x-api-key');
  });

  it('counts tokens where that was asked, with the client’s query', () => {
    const { url } = encoded({ path: '/v1/messages/count_tokens', query: '?beta=true' });
    expect(url).toBe('https://api.anthropic.com/v1/messages/count_tokens?beta=true');
  });

  it('takes the version and the betas from the client, and nothing that is between it and us', () => {
    const clientHeaders = new Headers({
      'anthropic-version': '2099-01-01',
      'anthropic-beta': 'one-2025-01-01, two-2025-01-01',
      traceparent: '00-1-2-03',
      'x-api-key': 'client',
      authorization: 'Bearer client',
      cookie: 'a=b',
      origin: 'https://a.example',
      'anthropic-workspace-id': 'w',
    });
    expect(encoded({ clientHeaders }).headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'weir',
      'anthropic-version': '2099-01-01',
      'anthropic-beta': 'one-2025-01-01,two-2025-01-01',
      traceparent: '00-1-2-03',
      'x-api-key': 'sk-ant-1',
    });
  });

  it('names each beta once, of the client, of the body and of the provider', () => {
    const { headers } = encoded({
      clientHeaders: new Headers({ 'anthropic-beta': 'one,two' }),
      betas: ['two', 'three'],
      provider: { headers: { 'Anthropic-Beta': 'one,four', 'X-Team': 'blue' } },
    });
    expect(headers).toMatchObject({ 'anthropic-beta': 'one,two,three,four', 'x-team': 'blue' });
  });

  it('lets no client make the context larger than the one that was reckoned with', () => {
    const clientHeaders = new Headers({ 'anthropic-beta': 'context-1m-2025-08-07,context-management-2025-06-27' });
    const betaWith = (contextTokens: number | undefined) =>
      encoded({ clientHeaders, contextTokens }).headers['anthropic-beta'];
    expect(betaWith(999_999)).toBe('context-management-2025-06-27');
    expect(betaWith(1_000_000)).toBe('context-1m-2025-08-07,context-management-2025-06-27');
    expect(betaWith(undefined)).toBe('context-1m-2025-08-07,context-management-2025-06-27');
  });
});
