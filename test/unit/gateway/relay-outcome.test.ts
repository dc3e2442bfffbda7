import { expect, test } from 'vitest';
import type { AttemptAnswered } from '../../../src/gateway/attempt/attempt.ts';
import { type CallTerms, answerOutcome, heldOutcome } from '../../../src/gateway/attempt/call-outcome.ts';
import { terms } from '../../support/terms.ts';

const message = { role: 'assistant', content: 'Hello' };

function answered(answer: Readonly<Record<string, unknown>>, hasClientLeft = false): AttemptAnswered {
  return {
    kind: 'answered',
    status: 200,
    providerRequestId: undefined,
    firstByteMs: 1,
    bytes: new Uint8Array(0),
    contentType: 'application/json',
    answer,
    hasClientLeft,
  };
}

const usage = {
  prompt_tokens: 7,
  completion_tokens: 3,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

test('an answer is charged what the provider reported', () => {
  expect(answerOutcome(answered({ choices: [{ message }], usage }), 'chat', terms)).toEqual({
    end: 'completed',
    estimated: false,
    tokens: 10,
    nanoUsd: 13_000,
    inputTokens: 7,
    cachedInputTokens: 4,
    outputTokens: 3,
    reasoningTokens: 2,
    reported: expect.objectContaining({ inputTokens: 7, outputTokens: 3 }),
    costParts: expect.objectContaining({ inputNanoUsd: 7000, outputNanoUsd: 6000 }),
    health: { kind: 'answered', status: 200 },
  });
});

test('an answer whose client has left is charged the same', () => {
  const outcome = answerOutcome(answered({ choices: [{ message }], usage }, true), 'chat', terms);
  expect(outcome).toMatchObject({ end: 'client_left', estimated: false, tokens: 10 });
});

test('an answer above its hold is charged in full: the ledger calls it a breach', () => {
  const over = { prompt_tokens: 10, completion_tokens: 500 };
  expect(answerOutcome(answered({ choices: [{ message }], usage: over }), 'chat', terms)).toMatchObject({
    tokens: 510,
  });
});

test('an answer without a usage is charged what came, all choices together, within the hold', () => {
  const choices = [
    { index: 0, message, finish_reason: 'stop' },
    { index: 1, message, finish_reason: 'stop' },
  ];
  const outcome = answerOutcome(answered({ choices }), 'chat', terms);
  expect(outcome).toMatchObject({ end: 'completed', estimated: true, inputTokens: 10, outputTokens: 12 });
  const long = { role: 'assistant', content: 'x'.repeat(1000) };
  expect(answerOutcome(answered({ choices: [{ message: long }] }), 'chat', terms)).toMatchObject({
    tokens: 60,
    nanoUsd: 110_000,
  });
});

test('an answer without a usage is charged the searches that are in it, where it has no bound', () => {
  const fee = 10_000_000;
  const price: CallTerms['price'] = ({ webSearches = 0 }) => webSearches * fee;
  const output = [{ type: 'web_search_call' }, { type: 'web_search_call', action: { type: 'open_page' } }];
  const unbounded = { ...terms, bounded: false, price };
  const without = answerOutcome(answered({ object: 'response', output: [] }), 'responses', unbounded);
  const outcome = answerOutcome(answered({ object: 'response', output }), 'responses', unbounded);
  expect(outcome.nanoUsd).toBeGreaterThanOrEqual(without.nanoUsd + fee);
  expect(outcome.nanoUsd).toBeLessThan(without.nanoUsd + 2 * fee);
});

test('an answer without a usage is charged the hold where some of the output may have been hidden', () => {
  const outcome = answerOutcome(answered({ choices: [{ message }] }), 'chat', { ...terms, hidesOutput: true });
  expect(outcome).toMatchObject({ estimated: true, tokens: 60, nanoUsd: 110_000 });
});

test('an answer of more words than were reported is charged what came', () => {
  const long = { role: 'assistant', content: 'word '.repeat(20) };
  const outcome = answerOutcome(answered({ choices: [{ message: long }], usage }), 'chat', terms);
  expect(outcome).toMatchObject({ end: 'completed', estimated: true });
  expect(outcome.outputTokens).toBeGreaterThanOrEqual(20);
});

test('a call of which nothing can be said is charged its whole hold', () => {
  expect(heldOutcome(terms)).toMatchObject({ end: 'provider_failed', estimated: true, tokens: 60, nanoUsd: 110_000 });
});
