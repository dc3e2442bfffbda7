import { describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { limited } from '../../support/bound.ts';
import { candidates, hello, testCatalog } from '../../support/chat.ts';

const encoder = new TextEncoder();

function boundOf(protocol: 'chat' | 'messages', body: string | object, attempts: readonly Bindable[]) {
  const call = protocols[protocol].read(encoder.encode(typeof body === 'string' ? body : JSON.stringify(body)));
  const bounding = boundAttempts(call, attempts, limited);
  if (bounding.kind === 'refused') throw bounding.error;
  return bounding.attempts.map((planned) => ({
    fixedTokens: planned.bound.fixedTokens,
    sent: new TextDecoder().decode(prepareBody(planned, planned.attempt, 100)),
  }));
}

function messagesBytes(sent: string): number {
  return encoder.encode(JSON.stringify((JSON.parse(sent) as { messages: unknown }).messages)).length;
}

describe('what is bounded is what is sent', () => {
  test('where the names of tools are put in beside their results', () => {
    const id = 'c';
    const call = { id, type: 'function', function: { name: 'x'.repeat(64), arguments: '{}' } };
    const results = Array.from({ length: 2000 }, () => ({ role: 'tool', tool_call_id: id, content: '' }));
    const messages = [...hello, { role: 'assistant', content: null, tool_calls: [call] }, ...results];
    const attempts = candidates(bundledCatalog(), 'gemini-3.8-flash').filter(
      ({ provider }) => provider.name === 'google',
    );
    const [only] = boundOf('chat', { model: 'gemini-3.8-flash', messages }, attempts);
    if (only === undefined) throw new Error('it is not served');
    expect(only.sent.split('x'.repeat(64))).toHaveLength(2002);
    expect(only.fixedTokens).toBeGreaterThanOrEqual(messagesBytes(only.sent));
  });

  test('where a conversation is written anew without what other models have thought', () => {
    const numbers = Array.from({ length: 500 }, () => '1e20').join(',');
    const thought = '{"type":"thinking","thinking":"","signature":"weir:{}"}';
    const use = `{"type":"tool_use","id":"t","name":"f","input":{"a":[${numbers}]}}`;
    const body = `{"max_tokens":100,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[${thought},${use}]}]}`;
    const catalog = testCatalog({
      providers: { claude: { kind: 'anthropic', baseUrl: 'https://claude.example' } },
      models: {
        claude: {
          contextTokens: 1_000_000,
          maxOutputTokens: 4000,
          price: { input: '1', output: '2' },
          targets: [{ provider: 'claude', model: 'claude' }],
        },
      },
    });
    const [only] = boundOf('messages', body, candidates(catalog, 'claude'));
    if (only === undefined) throw new Error('it is not served');
    expect(only.sent).not.toContain('weir:');
    expect(only.fixedTokens).toBeGreaterThanOrEqual(messagesBytes(only.sent));
  });

  test('where two models of the catalog ask one target, each in its own words', () => {
    const model = (system: string) => ({
      contextTokens: 10_000,
      maxOutputTokens: 4000,
      price: { input: '1', output: '2' },
      targets: [{ provider: 'claude', model: 'claude-1' }],
      params: { system },
    });
    const catalog = testCatalog({
      providers: { claude: { kind: 'anthropic', baseUrl: 'https://claude.example' } },
      models: { terse: model('Be brief.'), wordy: model('Say all that there is to say. '.repeat(20)) },
      routes: { both: { strategy: 'fallback', models: ['terse', 'wordy'] } },
    });
    const [terse, wordy] = boundOf('messages', { max_tokens: 100, messages: hello }, candidates(catalog, 'both'));
    expect(terse?.sent).toContain('Be brief.');
    expect(wordy?.sent).toContain('Say all');
    expect((wordy?.fixedTokens ?? 0) - (terse?.fixedTokens ?? 0)).toBeGreaterThan(500);
  });

  test('and what nothing is put into is neither parsed nor copied', () => {
    const call = protocols.chat.read(
      encoder.encode(JSON.stringify({ model: 'gemini-3.8-flash', user: 'a', messages: hello })),
    );
    const attempts = candidates(bundledCatalog(), 'gemini-3.8-flash').filter(
      ({ provider }) => provider.name === 'google',
    );
    const bounding = boundAttempts(call, attempts, limited);
    if (bounding.kind === 'refused') throw bounding.error;
    expect(bounding.attempts[0].call).toBe(call);
    // What its server refuses, and has no effect, is taken out as the body is sent.
    expect(new TextDecoder().decode(prepareBody(bounding.attempts[0], bounding.attempts[0].attempt, 9))).not.toContain(
      'user":"a',
    );
  });
});
