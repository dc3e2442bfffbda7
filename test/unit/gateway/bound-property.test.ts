import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { datedPricesSchema } from '../../../src/catalog/price-document.ts';
import { costOfCall } from '../../../src/catalog/dated-prices.ts';
import { boundAttempts, dearestBound } from '../../../src/gateway/bound/bound.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import type { Bound } from '../../../src/core/ledger/command.ts';
import { nanoUsdRoundedUp } from '../../../src/core/money/usd.ts';
import { candidates, chatCall, testCatalog } from '../../support/chat.ts';

// No bill is above its bound: whatever is sent, whatever cap is granted, and however a provider that keeps to the cap
// that it was sent counts and prices it, also where the price changes while the call runs.

const text = fc.string({
  unit: fc.oneof(fc.constantFrom('a', ' ', '\n', '"', '\\', '🎉', 'é', '中', '\u0000'), fc.string({ unit: 'binary' })),
  maxLength: 60,
});
const part = fc.oneof(
  text.map((value) => ({ type: 'text', text: value })),
  text.map((url) => ({ type: 'image_url', image_url: { url } })),
);
const message = fc.record({
  role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
  content: fc.oneof(text, fc.array(part, { maxLength: 3 })),
});
const tool = fc.record({
  type: fc.constant('function'),
  function: fc.record({
    name: text.map((name) => name.slice(0, 64)),
    description: text,
    parameters: fc.dictionary(text, text, { maxKeys: 3 }),
  }),
});
const body = fc.record(
  {
    model: fc.constantFrom('m', 'r'),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    tools: fc.array(tool, { maxLength: 2 }),
    n: fc.integer({ min: 1, max: 5 }),
    max_tokens: fc.integer({ min: 1, max: 500 }),
    max_completion_tokens: fc.integer({ min: 1, max: 500 }),
    service_tier: fc.constantFrom('auto', 'default', 'flex', 'priority'),
    user: text,
    temperature: fc.double(),
  },
  { requiredKeys: ['model', 'messages'] },
);

const money = fc.integer({ min: 0, max: 50_000_000 }).map((pico) => (pico / 1_000_000).toFixed(6));
const rates = fc.record(
  { input: money, output: money, cachedInput: money, cacheWrite5m: money, cacheWrite1h: money },
  { requiredKeys: ['input', 'output'] },
);
const price = fc
  .record({
    rates,
    request: money,
    image: money,
    above: fc.option(fc.tuple(fc.integer({ min: 1, max: 400 }), rates)),
    priority: fc.option(rates),
    flex: rates,
  })
  .map(({ above, priority, flex, ...rest }) => ({
    ...rest.rates,
    request: rest.request,
    image: rest.image,
    ...(above === null ? {} : { above: [{ inputTokens: above[0], ...above[1] }] }),
    serviceTiers: { flex, ...(priority === null ? {} : { priority }) },
  }))
  .filter((written) => v.is(datedPricesSchema, written));

const hourMs = 3_600_000;
/** One of the prices changes then. */
const decemberMs = Date.UTC(2026, 11);

/** Most often all of it: what comes nearest to a bound is what finds it too low. */
const share = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);
/** What a provider makes of a call: how far it goes within what it may. */
const behaviour = fc.record({
  input: share,
  template: share,
  imageTokens: share,
  output: share,
  cached: share,
  written5m: share,
  written1h: share,
  target: fc.nat({ max: 9 }),
  granted: share,
  tier: fc.constantFrom('asked', 'default'),
  startsBeforeMs: fc.constantFrom(0, 1, hourMs / 2, hourMs, hourMs + 1, 48 * hourMs),
  takesMs: fc.constantFrom(0, 1, hourMs / 2, hourMs, 48 * hourMs),
});
type Behaviour = typeof behaviour extends fc.Arbitrary<infer Value> ? Value : never;

const sizes = { contextTokens: 3000, maxOutputTokens: 1000, defaultOutputTokens: 300, input: ['text', 'image'] };

test('no bill is above its bound', () => {
  fc.assert(
    fc.property(
      body,
      price,
      price,
      behaviour,
      fc.boolean(),
      fc.boolean(),
      (sent, price1, price2, how, isClamped, isCounted) => {
        const catalog = testCatalog({
          providers: {
            one: { kind: 'openai', baseUrl: 'https://a.example' },
            two: { kind: 'openai', baseUrl: 'https://b.example', quirks: { outputCap: 'max_tokens' } },
          },
          models: {
            m: {
              ...sizes,
              ...(isCounted ? { imageTokens: 200 } : {}),
              targets: [
                { provider: 'one', model: 'm' },
                { provider: 'two', model: 'm', price: [price2, { from: '2026-12-01', ...price1 }] },
              ],
              price: price1,
            },
          },
          routes: { r: { strategy: 'fallback', models: ['m'] } },
        });
        const call = chatCall(sent);
        const options = {
          isLimited: true,
          startedAtMs: decemberMs - how.startsBeforeMs,
          maxTokens: undefined,
          budget: isClamped ? 'clamp' : undefined,
        } as const;
        const bounding = boundAttempts(call, candidates(catalog, sent.model), options);
        if (bounding.kind === 'refused') {
          expect(bounding.error.options.param).toBe('service_tier');
          return;
        }
        const bound = dearestBound(bounding.attempts);
        const cap = bound.capLeast + Math.floor(how.granted * (bound.capWanted - bound.capLeast));
        const planned = bounding.attempts[how.target % bounding.attempts.length] ?? bounding.attempts[0];
        const upstream: unknown = JSON.parse(new TextDecoder().decode(prepareBody(planned, planned.attempt, cap)));
        const usage = used(upstream as Record<string, unknown>, how, isCounted ? 200 : 1500);
        if (usage.inputTokens > sizes.contextTokens) return;
        const targetPrice = planned.attempt.candidate.price;
        if (targetPrice === undefined) throw new Error('the target has no price');
        expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(
          bound.fixedTokens + cap * bound.tokensPerCapToken,
        );
        const span = { startedAtMs: options.startedAtMs, endedAtMs: options.startedAtMs + how.takesMs };
        expect(costOfCall(targetPrice, span, usage)).toBeLessThanOrEqual(heldNanoUsd(bound, cap));
      },
    ),
    { numRuns: 500 },
  );
}, 60_000);

function heldNanoUsd(bound: Bound, cap: number): number {
  return bound.fixedNanoUsd + nanoUsdRoundedUp(cap * bound.picoUsdPerCapToken);
}

/** A token for each byte of what is said, ten around each message and tool, and the server's own words. */
function used(upstream: Record<string, unknown>, how: Behaviour, imageTokensMax: number) {
  const {
    messages,
    tools = [],
    n = 1,
  } = upstream as { messages: { role: string; content: string | { text?: string }[] }[]; tools?: object[]; n?: number };
  const caps = [upstream['max_tokens'], upstream['max_completion_tokens']].filter((cap) => cap !== undefined);
  expect(caps.length).toBe(1);
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [{ text: content }] : content));
  const images = parts.filter(({ text: said }) => said === undefined).length;
  const said = [...parts.map(({ text: each }) => each ?? ''), ...tools.flatMap(textsOf)];
  const bytes = said.reduce((sum, each) => sum + new TextEncoder().encode(each).length, 0);
  const wrapping = 10 * (messages.length + tools.length) + 90 + (tools.length > 0 ? 1000 : 0);
  const inputTokens =
    Math.floor(how.input * bytes) +
    Math.floor(how.template * wrapping) +
    Math.floor(how.imageTokens * imageTokensMax) * images;
  const asked = upstream['service_tier'];
  const tier = how.tier === 'default' ? 'default' : typeof asked === 'string' && asked !== 'auto' ? asked : undefined;
  return {
    inputTokens,
    cachedInputTokens: Math.floor(how.cached * inputTokens),
    cacheWrite5mTokens: Math.floor(how.written5m * inputTokens),
    cacheWrite1hTokens: Math.floor(how.written1h * inputTokens),
    outputTokens: Math.floor(how.output * Number(caps[0])) * n,
    images,
    ...(tier === undefined ? {} : { serviceTier: tier }),
  };
}

/** Everything that a tool says, with its names. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => [
    name === 'type' || name === 'function' ? '' : name,
    ...textsOf(inner),
  ]);
}
