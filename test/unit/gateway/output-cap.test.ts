import { describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import type { Bound } from '../../../src/core/ledger/command.ts';
import { month } from '../../../src/core/ledger/window.ts';
import { limited } from '../../support/bound.ts';
import { candidates, chatCall, testCatalog } from '../../support/chat.ts';
import { TestLedger, limit } from '../../support/ledger.ts';

const targets = [{ provider: 'server', model: 'm' }];
const price = { input: '1', output: '2' };
const catalog = testCatalog({
  providers: { server: { kind: 'openai', baseUrl: 'https://server.example/v1' } },
  models: {
    thinking: { targets, price, contextTokens: 131_072, maxOutputTokens: 65_536, reasoning: true },
    speaking: {
      targets: [{ provider: 'server', model: 'n' }],
      price,
      contextTokens: 131_072,
      maxOutputTokens: 65_536,
    },
  },
});

function boundOf(model: string, content: string, body: object = {}): Bound {
  const call = chatCall({ model, messages: [{ role: 'user', content }], ...body });
  const result = boundAttempts(call, candidates(catalog, model), limited);
  if (result.kind === 'refused') throw result.error;
  return result.attempts[0].bound;
}

describe('the output cap of a call whose client set none', () => {
  test('has room for what a model reasons', () => {
    expect(boundOf('thinking', 'Hi')).toMatchObject({ capWanted: 32_000, capLeast: 1 });
    expect(boundOf('speaking', 'Hi')).toMatchObject({ capWanted: 8192, capLeast: 1 });
  });

  test('is lowered to what is free under a small limit, and no refusal', () => {
    const bound = boundOf('thinking', 'Hi');
    const { fixedNanoUsd: nanoUsd, fixedTokens: tokens } = bound;
    const { capWanted, capLeast, picoUsdPerCapToken, tokensPerCapToken } = bound;
    const wanted = { nanoUsd, tokens, capWanted, capLeast, picoUsdPerCapToken, tokensPerCapToken };
    // A cent, of which each token of output takes two thousand nano-dollars.
    const ledger = new TestLedger([limit('usd', month, 10_000_000)]);
    expect(ledger.admit('a', wanted)).toMatchObject({
      kind: 'granted',
      cap: Math.floor((10_000_000 - nanoUsd) / 2000),
    });
  });

  test('leaves room in the context for a long prompt, whose size is estimated', () => {
    // About 100,000 tokens, and what surrounds them.
    expect(boundOf('thinking', 'a'.repeat(300_000)).capWanted).toBeLessThan(131_072 - 100_000);
    expect(boundOf('thinking', 'a'.repeat(300_000)).capWanted).toBeGreaterThan(30_000);
  });

  test('is no less than 8192 where the estimate fills the context, because it may be too high', () => {
    expect(boundOf('thinking', 'a'.repeat(600_000)).capWanted).toBe(8192);
  });

  test('leaves the cap that a client sets as it is', () => {
    const content = 'a'.repeat(300_000);
    expect(boundOf('thinking', content, { max_tokens: 60_000 })).toMatchObject({ capWanted: 60_000, capLeast: 60_000 });
  });
});

test('no bundled model that reasons is capped below 32,000 tokens where it can make so many', () => {
  const models = [...bundledCatalog().models.values()].filter(({ endpoints }) => !endpoints.includes('embeddings'));
  const short = models.filter(
    ({ reasoning, maxOutputTokens, defaultOutputTokens }) =>
      defaultOutputTokens < Math.min(maxOutputTokens, reasoning ? 32_000 : 1024),
  );
  expect(short.map(({ name }) => name)).toEqual([]);
  const defaults = ['claude-sonnet-5-5', 'qwen3.8-27b', 'gpt-4.1'].map(
    (name) => bundledCatalog().models.get(name)?.defaultOutputTokens,
  );
  expect(defaults).toEqual([32_000, 16_384, 8192]);
});
