import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Env } from '../../../src/env.ts';
import { nothingReceived } from '../../../src/gateway/attempt/unreported-charge.ts';
import { type CallOutcome, type CallTerms, estimatedOutcome } from '../../../src/gateway/attempt/call-outcome.ts';
import { trueOutcome } from '../../../src/gateway/settle/true-usage.ts';
import { OutputCount } from '../../../src/protocols/output-count.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { terms as smallTerms } from '../../support/terms.ts';

const terms: CallTerms = { ...smallTerms, holdTokens: 1000, holdNanoUsd: 2_000_000, outputTokensMax: 900 };
const received = { ...nothingReceived, outputTokensMost: 50, outputMs: 2000 };
const estimated = estimatedOutcome('client_left', 'cancelled', terms, received, { kind: 'client-left' });

const catalog = testCatalog({
  providers: { router: { kind: 'openai', baseUrl: 'https://router.example/v1', generationPath: '/generation' } },
  models: { m: { contextTokens: 10, maxOutputTokens: 10, targets: [{ provider: 'router', model: 'm' }] } },
});

beforeEach(() => vi.stubGlobal('scheduler', { wait: () => Promise.resolve() }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** What becomes of the estimate of a stream of so many words, when its provider says afterwards what it made. */
async function corrected(words: number, native_tokens_completion: number): Promise<CallOutcome> {
  const answer = Response.json({ data: { native_tokens_prompt: 7, native_tokens_completion } });
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
  const [found] = candidates(catalog, 'm');
  if (found?.provider.kind !== 'openai') throw new Error('there is such a provider');
  const count = new OutputCount(terms.wordsPerToken);
  count.addContent(0, 'word '.repeat(words));
  const attempt = { provider: found.provider, endpoint: found.provider.endpoints[0] };
  // None of its bindings are looked at but variables, of which none is needed.
  const incoming = { env: {} as unknown as Env };
  return trueOutcome(estimated, terms, attempt, { answerId: 'gen-1', count }, incoming);
}

test('what its provider says afterwards of a call that ended early is what it is charged', async () => {
  expect(await corrected(40, 45)).toMatchObject({ end: 'client_left', estimated: false, tokens: 52, nanoUsd: 97_000 });
});

test('a provider that says it has made less than came is not believed', async () => {
  expect(await corrected(40, 12)).toEqual(estimated);
});
