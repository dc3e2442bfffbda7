import { describe, expect, test } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { readEmbeddingsCall } from '../../../src/protocols/embeddings/request.ts';
import { limited } from '../../support/bound.ts';
import { candidates, testCatalog } from '../../support/chat.ts';

const catalog = testCatalog({
  providers: { one: { kind: 'openai', baseUrl: 'https://one.example/v1' } },
  models: {
    vectors: {
      targets: [{ provider: 'one', model: 'vectors-1' }],
      price: { input: '1', output: '0' },
      contextTokens: 100,
      maxOutputTokens: 1,
      endpoints: ['embeddings'],
    },
  },
});

function boundOf(input: unknown) {
  const body = new TextEncoder().encode(JSON.stringify({ model: 'vectors', input }));
  const result = boundAttempts(readEmbeddingsCall(body), candidates(catalog, 'vectors'), limited);
  if (result.kind === 'refused') throw result.error;
  return result.attempts[0].bound;
}

describe('a batch of embeddings', () => {
  test('may put in the whole context with each of its inputs', () => {
    const inputs = Array.from({ length: 10 }, () => 'x'.repeat(90));
    expect(boundOf(inputs).fixedTokens).toBeGreaterThanOrEqual(900);
    expect(boundOf(inputs).fixedNanoUsd).toBeGreaterThanOrEqual(900_000);
  });

  test('has no output to be capped, nor to be paid for', () => {
    expect(boundOf('x')).toMatchObject({ tokensPerCapToken: 0, picoUsdPerCapToken: 0 });
  });
});
