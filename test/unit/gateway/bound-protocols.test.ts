import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { datedPricesSchema } from '../../../src/catalog/price-document.ts';
import { type PricedUsage, costNanoUsd } from '../../../src/catalog/price.ts';
import { boundAttempts, dearestBound } from '../../../src/gateway/bound/bound.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { type AnyCall, protocols } from '../../../src/protocols/protocols.ts';
import { nanoUsdRoundedUp } from '../../../src/core/money/usd.ts';
import { tablePath } from '../../../src/local/make-ranks.ts';
import { readRanks } from '../../../src/tokenizer/ranks.ts';
import { asList, asRecord } from '../../../src/protocols/json/json-value.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { dialects } from '../../support/fakes/dialects.ts';
import { FakeRefusal } from '../../support/fakes/fake.ts';
import { FakeMemory } from '../../support/fakes/memory.ts';
import { readChat } from '../../support/fakes/chat-request.ts';
import { readMessages } from '../../support/fakes/messages-request.ts';
import { readResponses } from '../../support/fakes/responses-request.ts';
import { type Json, price, request } from './random-bodies.ts';
import { onlyPrice, anyTimeMs } from '../../support/price.ts';

// No bill is above its bound, in whatever protocol a client asks and in whichever its target is asked: the fakes say
// what a request puts in, and are billed for it by the worst tokenizer that there can be, at the dearest that they may.

const contextTokens = 6000;
const sizes = {
  contextTokens,
  maxOutputTokens: 2000,
  defaultOutputTokens: 300,
  input: ['text', 'image', 'audio', 'file'],
  imageTokens: 200,
  tools: true,
  structuredOutput: true,
  reasoning: true,
  thinking: 'budget',
};
const share = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);
/** How far a provider goes within what it may. */
const behaviour = fc.record({
  output: share,
  cached: share,
  written: share,
  reasoned: share,
  granted: share,
  target: fc.nat({ max: 8 }),
  tier: fc.constantFrom('default', 'flex', 'priority'),
  isClamped: fc.boolean(),
  isAlone: fc.boolean(),
});
type Behaviour = typeof behaviour extends fc.Arbitrary<infer Value> ? Value : never;

const generation = (priceWritten: Json, more: Json = {}) => ({
  ...sizes,
  ...more,
  price: priceWritten,
  targets: ['open', 'responding', 'claude'].map((provider) => ({ provider, model: `${provider}-model` })),
});

function attemptsFor(protocol: string, written: Json, more: Json): Bindable[] {
  const catalog = testCatalog({
    providers: {
      open: { kind: 'openai', baseUrl: 'https://a.example' },
      responding: { kind: 'openai', baseUrl: 'https://b.example', protocols: ['chat', 'responses', 'embeddings'] },
      claude: { kind: 'anthropic', baseUrl: 'https://c.example' },
    },
    models: {
      served: generation(written, more),
      vectors: {
        ...sizes,
        price: written,
        endpoints: ['embeddings'],
        targets: [{ provider: 'responding', model: 'vectors' }],
      },
    },
  });
  return candidates(catalog, protocol === 'embeddings' ? 'vectors' : 'served');
}

const priced = price.filter((written) => v.is(datedPricesSchema, written));
const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;
const o200k = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });

/** What a fake takes for the prompt; undefined where it refuses the request, which then costs nothing. */
function promptOf(protocol: AnyCall['protocol'], body: Json): readonly string[] | undefined {
  try {
    switch (protocol) {
      case 'chat':
        return readChat('openrouter', dialects.openrouter, body).prompt;
      case 'messages':
        return readMessages(body, 'answer').prompt;
      case 'responses':
        return readResponses(body, new FakeMemory()).prompt;
      case 'embeddings':
        return [body['input']].flat().map(String);
    }
  } catch (error) {
    if (error instanceof FakeRefusal) return undefined;
    throw error;
  }
}

const tokensPerPart = 3;

/** The most that a provider may bill for an upstream body. */
function bill(
  protocol: AnyCall['protocol'],
  body: Json,
  how: Behaviour,
  count: (text: string) => number,
): PricedUsage | undefined {
  const prompt = promptOf(protocol, body);
  if (prompt === undefined) return undefined;
  const json = JSON.stringify(body);
  const images = json.split(/"type":"(?:image|image_url|input_image)"/).length - 1;
  const hasFile = /"type":"(?:base64|file|input_file)"/.test(json) && json.includes('application/pdf');
  const usesTools = asList(body['tools']).length > 0;
  const counted =
    prompt.reduce((sum, part) => sum + tokensPerPart + count(part), 0) +
    images * sizes.imageTokens +
    (usesTools ? 900 : 0);
  const inputTokens = hasFile ? contextTokens : counted;
  if (inputTokens > contextTokens) return undefined;
  const cap = protocol === 'embeddings' ? 0 : capIn(body);
  const outputTokens = Math.floor(how.output * cap) * (typeof body['n'] === 'number' ? body['n'] : 1);
  const written = Math.floor(how.written * inputTokens);
  const isLong = json.includes('"ttl":"1h"');
  const asked = body['service_tier'];
  const isFree = asked === undefined || asked === 'auto' || asked === how.tier || how.tier === 'default';
  return {
    inputTokens,
    outputTokens,
    images,
    cachedInputTokens: Math.floor(how.cached * inputTokens),
    cacheWrite5mTokens: isLong ? 0 : written,
    cacheWrite1hTokens: isLong ? written : 0,
    reasoningTokens: Math.floor(how.reasoned * outputTokens),
    serviceTier: isFree ? how.tier : 'default',
  };
}

function capIn(body: Json): number {
  const caps = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'].filter((name) => body[name] !== undefined);
  expect(caps, 'the cap that was granted is in the body, once').toHaveLength(1);
  return Number(body[caps[0] ?? '']);
}

const ranks = readRanks(new Uint8Array(readFileSync(tablePath)));

test.each(['bytes', 'o200k'] as const)(
  'no bill is above its bound in any protocol, by %s',
  (tokenizer) => {
    let billed = 0;
    fc.assert(
      fc.property(request, priced, behaviour, ([protocol, sent], written, how) => {
        const isCounted = tokenizer === 'o200k';
        const call = protocols[protocol].read(encoder.encode(JSON.stringify({ model: 'served', ...sent })));
        const all = attemptsFor(protocol, written, isCounted ? { tokenizer } : {});
        // Of several targets the dearest hides what is wrong with the bound of another.
        const plan = how.isAlone ? all.slice(how.target % all.length).slice(0, 1) : all;
        const bounding = boundAttempts(call, plan, {
          isLimited: true,
          startedAtMs: anyTimeMs,
          maxTokens: undefined,
          budget: how.isClamped ? 'clamp' : undefined,
          counted: isCounted ? { ranks, told: new Map() } : undefined,
        });
        if (bounding.kind === 'refused') {
          // How many images there are in a file, nobody says; and Claude gives one answer at a time.
          expect(['unbounded_cost', 'unsupported_parameter']).toContain(bounding.error.code);
          return;
        }
        const bound = dearestBound(bounding.attempts);
        const cap = bound.capLeast + Math.floor(how.granted * (bound.capWanted - bound.capLeast));
        const planned = bounding.attempts[how.target % bounding.attempts.length] ?? bounding.attempts[0];
        const text = new TextDecoder().decode(prepareBody(planned, planned.attempt, cap));
        const upstream = asRecord(JSON.parse(text)) ?? {};
        const usage = bill(planned.call.protocol, upstream, how, isCounted ? o200k : bytesOf);
        const { price: paid } = planned.attempt.candidate;
        if (usage === undefined || paid === undefined) return;
        billed += 1;
        const held = bound.fixedNanoUsd + nanoUsdRoundedUp(cap * bound.picoUsdPerCapToken);
        expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(
          bound.fixedTokens + cap * bound.tokensPerCapToken,
        );
        expect(costNanoUsd(onlyPrice(paid), usage)).toBeLessThanOrEqual(held);
      }),
      { numRuns: 1200 },
    );
    // What every fake refuses would prove nothing.
    expect(billed).toBeGreaterThan(500);
  },
  120_000,
);

test('what is kept for an hour is reserved for only where somebody asks for it', () => {
  const written = { input: '1', output: '2', cacheWrite5m: '1.25', cacheWrite1h: '2' };
  const perToken = (protocol: 'chat' | 'messages', fields: Json, more: Json = {}): number => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'Hi', ...fields }] }];
    const call = protocols[protocol].read(
      encoder.encode(JSON.stringify({ model: 'served', max_tokens: 16, messages })),
    );
    const options = { isLimited: true, startedAtMs: anyTimeMs, maxTokens: undefined, budget: undefined };
    const bounding = boundAttempts(call, attemptsFor(protocol, written, more).slice(2), options);
    if (bounding.kind === 'refused') throw bounding.error;
    const { fixedNanoUsd, fixedTokens } = bounding.attempts[0].bound;
    return fixedNanoUsd / fixedTokens;
  };
  expect(perToken('messages', {})).toBe(1250);
  expect(perToken('messages', { cache_control: { type: 'ephemeral' } })).toBe(1250);
  expect(perToken('messages', { cache_control: { type: 'ephemeral', ttl: '1h' } })).toBe(2000);
  expect(perToken('messages', {}, { params: { cache_control: { type: 'ephemeral', ttl: '1h' } } })).toBe(2000);
  expect(perToken('chat', {})).toBe(1250);
  expect(perToken('chat', { cache_control: { type: 'ephemeral', ttl: '1h' } })).toBe(2000);
});
