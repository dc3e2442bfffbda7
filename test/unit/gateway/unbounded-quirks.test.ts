import { expect, test } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { limited } from '../../support/bound.ts';
import { candidates, chatCall, hello, testCatalog } from '../../support/chat.ts';

const model = (provider: string) => ({
  targets: [{ provider, model: 'm-1' }],
  price: { input: '1', output: '2' },
  contextTokens: 10_000,
  maxOutputTokens: 1000,
});

const catalog = testCatalog({
  providers: {
    plain: { kind: 'openai', baseUrl: 'https://plain.example/v1' },
    odd: {
      kind: 'openai',
      baseUrl: 'https://odd.example/v1',
      quirks: { reasoning: 'object', rename: { seed: 'random_seed', mystery: 'riddle' } },
    },
  },
  models: { plain: model('plain'), odd: model('odd') },
});

function kindOf(name: string, field: object): string {
  const call = chatCall({ model: name, messages: hello, max_tokens: 5, ...field });
  return boundAttempts(call, candidates(catalog, name), limited).kind;
}

test('what a provider’s quirks call a field whose price is known is known too', () => {
  expect(kindOf('odd', { random_seed: 1 })).toBe('bounded');
  expect(kindOf('plain', { random_seed: 1 })).toBe('refused');
});

test('another name for what nobody knows is not known', () => {
  expect(kindOf('odd', { riddle: 1 })).toBe('refused');
});

test('how a provider is told to reason is known where its quirks say so', () => {
  expect(kindOf('odd', { reasoning: { effort: 'low' } })).toBe('bounded');
  expect(kindOf('plain', { reasoning: { effort: 'low' } })).toBe('bounded');
  expect(kindOf('odd', { thinking: { type: 'enabled' } })).toBe('refused');
});
