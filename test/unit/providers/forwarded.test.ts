import { describe, expect, test } from 'vitest';
import { forwardedTo } from '../../../src/providers/forwarded.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';

const protocols = ['chat', 'responses', 'messages', 'embeddings'] as const satisfies readonly ProtocolName[];

const sent = {
  authorization: 'Bearer weir_live_client',
  'x-api-key': 'weir_live_client',
  cookie: 'session=1',
  'openai-organization': 'org',
  'idempotency-key': 'once',
  'x-goog-api-key': 'theirs',
  'content-type': 'text/plain',
  'openai-beta': 'assistants=v2',
  'anthropic-beta': 'one-2025-01-01, two-2025-01-01',
  'anthropic-version': '2099-01-01',
  'anthropic-workspace-id': 'w',
  traceparent: '00-1-2-03',
};
const query = '?key=nonsense&beta=true&api-version=2&beta=true&x=%20y';

function forwarded(to: ProtocolName, from: ProtocolName, more: { query?: string; contextTokens?: number } = {}) {
  const client = { protocol: from, query: more.query ?? query, headers: new Headers(sent) };
  return forwardedTo(to, client, more.contextTokens);
}

const openAi = { query: '', headers: { 'openai-beta': 'assistants=v2', traceparent: '00-1-2-03' } };
const anthropic = {
  query: '?beta=true',
  headers: {
    'anthropic-version': '2099-01-01',
    'anthropic-beta': 'one-2025-01-01,two-2025-01-01',
    traceparent: '00-1-2-03',
  },
};

describe('what goes on of a client’s query and headers', () => {
  test.each(protocols)('to its own protocol (%s) is what that knows', (protocol) => {
    expect(forwarded(protocol, protocol)).toEqual(protocol === 'messages' ? anthropic : openAi);
  });

  test.each(protocols.flatMap((from) => protocols.filter((to) => to !== from).map((to) => [from, to] as const)))(
    'from %s to %s is nothing',
    (from, to) => {
      expect(forwarded(to, from)).toEqual({ query: '', headers: {} });
    },
  );

  test.each(['', '?', '?beta', '?beta=false', '?beta=true%26key=x', '?BETA=true', '?key=beta=true'])(
    'is no query where it is %s',
    (given) => {
      expect(forwarded('messages', 'messages', { query: given }).query).toBe('');
    },
  );

  test('asks for no context that is larger than the one that was reckoned with', () => {
    const headers = new Headers({ 'anthropic-beta': 'context-1m-2025-08-07, effort-2025-11-24' });
    const betasOf = (contextTokens: number | undefined) =>
      forwardedTo('messages', { protocol: 'messages', query: '', headers }, contextTokens).headers['anthropic-beta'];
    expect(betasOf(999_999)).toBe('effort-2025-11-24');
    expect(betasOf(1_000_000)).toBe('context-1m-2025-08-07,effort-2025-11-24');
    expect(betasOf(undefined)).toBe('context-1m-2025-08-07,effort-2025-11-24');
  });

  test('leaves a header out of which nothing is left', () => {
    const headers = new Headers({ 'anthropic-beta': 'context-1m-2025-08-07' });
    expect(forwardedTo('messages', { protocol: 'messages', query: '', headers }, 1000).headers).toEqual({});
  });
});
