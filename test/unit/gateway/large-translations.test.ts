import { expect, test } from 'vitest';
import { noQuirks } from '../../../src/catalog/quirks.ts';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { messagesMax, toolsMax } from '../../../src/limits.ts';
import { plainChatBody } from '../../../src/protocols/chat/plain-chat.ts';
import { chatTools } from '../../../src/protocols/responses/tools.ts';
import { writtenResponsesCall } from '../../../src/protocols/responses/request.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { unlimited } from '../../support/bound.ts';

// What is large, and allowed, is put into the words of another protocol in one go, or goes where it need not be.

const many = <Item>(count: number, make: (at: number) => Item) => Array.from({ length: count }, (_, at) => make(at));
const sizes = { contextTokens: 10_000, maxOutputTokens: 4000, price: { input: '1', output: '2' } };
const catalog = testCatalog({
  providers: {
    open: { kind: 'openai', baseUrl: 'https://open.example/v1' },
    claude: { kind: 'anthropic', baseUrl: 'https://claude.example' },
  },
  models: {
    served: { ...sizes, targets: ['open', 'claude'].map((provider) => ({ provider, model: `${provider}-model` })) },
  },
});

function servedBy(protocol: 'chat' | 'messages' | 'responses', body: object): string[] {
  const call = protocols[protocol].read(new TextEncoder().encode(JSON.stringify({ model: 'served', ...body })));
  const bounding = boundAttempts(call, candidates(catalog, 'served'), unlimited);
  if (bounding.kind === 'refused') throw bounding.error;
  return bounding.attempts.map(({ attempt }) => attempt.provider.name);
}

test('a target whose protocol has no room for a call leaves it to one that has', () => {
  const results = many(messagesMax + 1, (at) => ({ type: 'tool_result', tool_use_id: `t${at}`, content: 'x' }));
  expect(servedBy('messages', { max_tokens: 10, messages: [{ role: 'user', content: results }] })).toEqual(['claude']);
});

test('there may be more parts than a function takes arguments', () => {
  const content = many(200_000, () => ({ type: 'text', text: 'a' }));
  const said = { role: 'user', content: 'Hello' };
  expect(servedBy('chat', { messages: [{ role: 'system', content }, said] })).toEqual(['open', 'claude']);
  const summary = many(200_000, () => ({ type: 'summary_text', text: 'a' }));
  const thought = { type: 'reasoning', id: 'rs_1', summary };
  const input = [said, thought, { role: 'assistant', content: 'Hi' }, said];
  expect(servedBy('responses', { input })).toEqual(['open', 'claude']);
});

test('the signatures of calls are looked through once, however many calls there are', () => {
  let looks = 0;
  const details = many(100, (at) => ({
    type: 'reasoning.encrypted',
    id: `c${at}`,
    data: 's',
    get format() {
      looks += 1;
      return 'google-gemini-v1';
    },
  }));
  const calls = many(100, (at) => ({ id: `c${at}`, type: 'function', function: { name: 'f', arguments: '{}' } }));
  const message = { role: 'assistant', content: null, tool_calls: calls, reasoning_details: details };
  const signed = { extra_content: { google: { thought_signature: 's' } } };
  expect(plainChatBody({ messages: [message] }, { ...noQuirks, extensions: ['thought_signature'] })).toMatchObject({
    messages: [{ tool_calls: calls.map(() => signed) }],
  });
  expect(looks).toBe(details.length);
});

test('tools that would share one long name each get one of their own, that is no longer', () => {
  const tool = { type: 'function', name: 'f'.repeat(64), parameters: {} };
  const tools = many(toolsMax, (at) => ({ type: 'namespace', name: `n${at}`, tools: [tool] }));
  const made = chatTools(writtenResponsesCall({ input: 'x', tools }).request);
  const names =
    'kind' in made ? [] : made.tools.map((each) => JSON.stringify(each).match(/"name":"([^"]*)"/)?.[1] ?? '');
  expect(new Set(names)).toHaveLength(toolsMax);
  expect(Math.max(...names.map(({ length }) => length))).toBe(64);
});
