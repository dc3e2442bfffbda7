import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { boundAttempts, dearestBound } from '../../../src/gateway/bound/bound.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { answerAsEcho } from '../../../src/providers/echo.ts';
import { decodeUsage } from '../../../src/protocols/chat/usage.ts';
import { candidates, chatCall } from '../../support/chat.ts';
import { valueText } from '../../support/json-text.ts';
import { anyTimeMs } from '../../support/price.ts';

const catalog = bundledCatalog();
const said = fc.string({
  unit: fc.constantFrom('a', 'word', ' ', '\n', '\u2003', '🎉', 'é', '中', '"'),
  maxLength: 80,
});
const content = fc.oneof(
  said,
  fc.array(
    said.map((text) => ({ type: 'text', text })),
    { maxLength: 3 },
  ),
);
const body = fc.record({
  model: fc.constantFrom('echo', 'echo-tools'),
  messages: fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content }), {
    minLength: 1,
    maxLength: 5,
  }),
  tools: fc.array(valueText, { maxLength: 2 }),
  n: fc.integer({ min: 1, max: 3 }),
  cap: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  granted: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('what echo counts is never above the bound, whatever cap is granted', async () => {
  await fc.assert(
    fc.asyncProperty(body, async ({ model, messages, tools, n, cap, granted }) => {
      const fields = JSON.stringify({ model, messages, n, ...(cap === undefined ? {} : { max_tokens: cap }) });
      const written = tools.map(
        (parameters) => `{"type":"function","function":{"name":"f","parameters":${parameters}}}`,
      );
      const call = chatCall(`${fields.slice(0, -1)},"tools":[${written.join(',')}]}`);
      const bounding = boundAttempts(call, candidates(catalog, model), {
        isLimited: true,
        startedAtMs: anyTimeMs,
        maxTokens: undefined,
        budget: undefined,
      });
      if (bounding.kind === 'refused') {
        // The tools that were made at random can name a field twice.
        expect(bounding.error.code).toBe('invalid_request');
        return;
      }
      const bound = dearestBound(bounding.attempts);
      const given = bound.capLeast + Math.floor(granted * (bound.capWanted - bound.capLeast));
      const sent = prepareBody(bounding.attempts[0], bounding.attempts[0].attempt, given);
      const answer = await answerAsEcho(sent, new AbortController().signal);
      const usage = decodeUsage(await answer.json<Record<string, unknown>>());
      expect(usage?.inputTokens).toBeLessThanOrEqual(bound.fixedTokens);
      expect(usage?.outputTokens).toBeLessThanOrEqual(given * bound.tokensPerCapToken);
    }),
    { numRuns: 500 },
  );
}, 60_000);
