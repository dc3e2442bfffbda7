import { describe, expect, it } from 'vitest';
import { type AnthropicUpstreamCall, encodeAnthropicCall } from '../../../src/providers/anthropic.ts';

const call: AnthropicUpstreamCall = {
  provider: { headers: {} },
  endpoint: { baseUrl: 'https://api.anthropic.com' },
  path: '/v1/messages',
  forwarded: { query: '', headers: {} },
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
    const { url } = encoded({ path: '/v1/messages/count_tokens', forwarded: { query: '?beta=true', headers: {} } });
    expect(url).toBe('https://api.anthropic.com/v1/messages/count_tokens?beta=true');
  });

  it('has what goes on of the client’s headers, and its version in place of ours', () => {
    const headers = { 'anthropic-version': '2099-01-01', 'anthropic-beta': 'one,two', traceparent: '00-1-2-03' };
    expect(encoded({ forwarded: { query: '', headers } }).headers).toEqual({
      ...headers,
      'content-type': 'application/json',
      'user-agent': 'weir',
      'x-api-key': 'sk-ant-1',
    });
  });

  it('names each beta once, of the client, of the body and of the provider', () => {
    const { headers } = encoded({
      forwarded: { query: '', headers: { 'anthropic-beta': 'one,two' } },
      betas: ['two', 'three'],
      provider: { headers: { 'Anthropic-Beta': 'one,four', 'X-Team': 'blue' } },
    });
    expect(headers).toMatchObject({ 'anthropic-beta': 'one,two,three,four', 'x-team': 'blue' });
  });
});
