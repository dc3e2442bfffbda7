import { describe, expect, it } from 'vitest';
import { asAsked, searchesAsked, wantsLongCache } from '../../../src/gateway/bound/as-asked.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { candidates, document, hello, testCatalog } from '../../support/chat.ts';

const call = (protocol: ProtocolName, body: object) =>
  protocols[protocol].read(new TextEncoder().encode(JSON.stringify({ model: 'plain', ...body })));
const chat = (body: object) => call('chat', { messages: hello, ...body });
const responses = (body: object) => call('responses', { input: 'Hello', ...body });
const messages = (body: object) => call('messages', { messages: hello, max_tokens: 9, ...body });

function only([bindable]: readonly Bindable[]): Bindable {
  if (bindable === undefined) throw new Error('there is none');
  return bindable;
}

const hour = { type: 'ephemeral', ttl: '1h' };
const marked = (control: object) => [{ type: 'text', text: 'Hello', cache_control: control }];
const tool = { type: 'function', function: { name: 'dam', parameters: {} } };

describe('a long cache', () => {
  it.each([
    ['at a part of a message', chat({ messages: [{ role: 'user', content: marked(hour) }] })],
    ['at a tool', chat({ tools: [{ ...tool, cache_control: hour }] })],
    ['at the top', chat({ cache_control: hour })],
    ['for a time that nobody knows', chat({ cache_control: { type: 'ephemeral', ttl: '3h' } })],
    ['by its retention', chat({ prompt_cache_retention: '24h' })],
    ['by its options', chat({ prompt_cache_options: { ttl: '12h' } })],
    ['of the Responses API', responses({ prompt_cache_retention: '24h' })],
    ['of Messages', messages({ system: marked(hour) })],
  ])('is asked for %s', (_where, asked) => {
    expect(wantsLongCache(asked)).toBe(true);
  });

  it.each([
    ['a plain call', chat({})],
    ['a mark without a time', chat({ messages: [{ role: 'user', content: marked({ type: 'ephemeral' }) }] })],
    ['a short time', chat({ cache_control: { type: 'ephemeral', ttl: '5m' } })],
    ['a retention in memory', chat({ prompt_cache_retention: 'in_memory' })],
    ['short options', chat({ prompt_cache_options: { ttl: '30m', mode: 'explicit' } })],
    ['Messages with a short time', messages({ system: marked({ type: 'ephemeral', ttl: '5m' }) })],
  ])('is not asked for by %s', (_what, asked) => {
    expect(wantsLongCache(asked)).toBe(false);
  });

  it('is asked for where the catalog adds it', () => {
    const { plain: written } = document.models;
    const params = { prompt_cache_retention: '24h' };
    const added = testCatalog({ ...document, models: { ...document.models, plain: { ...written, params } } });
    const encoded = encodeCall(chat({}), only(candidates(added, 'plain')));
    expect(!(encoded instanceof GatewayError) && wantsLongCache(encoded.call)).toBe(true);
  });
});

describe('writes to a cache', () => {
  const usage = {
    inputTokens: 100,
    outputTokens: 1,
    cacheWrite5mTokens: 50,
    cacheWrite1hTokens: 10,
    undividedCacheWriteTokens: 30,
  };

  it('of which nobody said how long they are kept are taken for long where long ones were asked for', () => {
    expect(asAsked(usage, chat({ prompt_cache_retention: '24h' }))).toMatchObject({
      cacheWrite5mTokens: 20,
      cacheWrite1hTokens: 40,
    });
  });

  it('stay as they are where none were asked for, or where they were told apart', () => {
    expect(asAsked(usage, chat({}))).toBe(usage);
    const { undividedCacheWriteTokens: _, ...divided } = usage;
    expect(asAsked(divided, chat({ prompt_cache_retention: '24h' }))).toBe(divided);
  });
});

describe('searches that a provider may not count', () => {
  it.each([
    [1, chat({ web_search_options: {} })],
    [1, chat({ tools: [{ type: 'web_search', web_search: { enable: true } }] })],
    [0, chat({ tools: [{ type: 'web_search', web_search: { enable: false } }] })],
    [0, chat({ tools: [tool] })],
    [0, responses({ tools: [{ type: 'web_search' }] })],
  ])('are %i', (count, asked) => {
    expect(searchesAsked(asked)).toBe(count);
  });
});
