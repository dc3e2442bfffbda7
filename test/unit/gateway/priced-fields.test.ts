import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { datedPricesSchema } from '../../../src/catalog/price-document.ts';
import { type PricedUsage, type Rates, costNanoUsd } from '../../../src/catalog/price.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import type { JsonRecord } from '../../../src/protocols/json/json-value.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { bounding } from '../../support/bound.ts';
import { onlyPrice } from '../../support/price.ts';

/** Every part of a price is posted, in every protocol that can tell of it, of an answer that came whole or as a stream. */

type Field = keyof Rates | 'tier' | 'webSearch';

const chatDetails = {
  prompt_tokens_details: {
    cached_tokens: 10,
    cache_write_tokens: 30,
    cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 10 },
    audio_tokens: 5,
  },
  completion_tokens_details: { reasoning_tokens: 8, audio_tokens: 2 },
};
const chatUsage = { prompt_tokens: 100, completion_tokens: 40, total_tokens: 140, ...chatDetails };
const responsesUsage = {
  input_tokens: 100,
  input_tokens_details: chatDetails.prompt_tokens_details,
  output_tokens: 40,
  output_tokens_details: chatDetails.completion_tokens_details,
  total_tokens: 140,
};
const messagesUsage = {
  input_tokens: 60,
  cache_read_input_tokens: 10,
  cache_creation_input_tokens: 30,
  cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 10 },
  output_tokens: 40,
  output_tokens_details: { thinking_tokens: 8 },
  server_tool_use: { web_search_requests: 5 },
  service_tier: 'priority',
};

const search = { type: 'web_search_call', status: 'completed', action: { type: 'search' } };
const searches = Array.from({ length: 5 }, () => search);
const tier = { service_tier: 'priority' };
const response = { object: 'response', status: 'completed', output: searches, usage: responsesUsage, ...tier };
const delta = { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] };
const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const counted = { server_tool_use_details: { web_search_requests: 5 } };
const begunUsage = { ...messagesUsage, output_tokens: 1 };

interface Told {
  readonly whole: JsonRecord;
  /** Streams that tell the same, wherever in them it stands. */
  readonly streams: readonly (readonly JsonRecord[])[];
  /** What nothing of this protocol can tell. */
  readonly never: readonly Field[];
}

const told: Readonly<Record<ProtocolName, Told>> = {
  chat: {
    whole: { choices: [], usage: { ...chatUsage, ...counted }, ...tier },
    streams: [
      [delta, finish, { choices: [], usage: { ...chatUsage, ...counted }, ...tier }],
      [{ ...delta, ...tier }, finish, { choices: [], usage: { ...chatUsage, ...counted } }],
      [delta, { ...finish, usage: { ...chatUsage, ...counted } }, { choices: [], ...tier }],
      [
        { ...delta, ...tier },
        { ...finish, usage: { ...chatUsage, ...counted } },
        { choices: [], usage: { prompt_tokens: 100, completion_tokens: 39, prompt_tokens_details: null } },
      ],
    ],
    never: [],
  },
  responses: {
    whole: response,
    streams: [
      [{ type: 'response.completed', response }],
      [
        { type: 'response.created', response: { ...tier, status: 'in_progress', output: [] } },
        ...searches.map((item, index) => ({ type: 'response.output_item.done', output_index: index, item })),
        { type: 'response.completed', response: { ...response, output: [], service_tier: null } },
      ],
      [{ type: 'response.failed', response: { ...response, status: 'failed', error: { message: 'dry' } } }],
    ],
    never: [],
  },
  messages: {
    whole: { type: 'message', content: [], usage: messagesUsage },
    streams: [
      [
        { type: 'message_start', message: { usage: begunUsage } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: messagesUsage },
      ],
      [
        { type: 'message_start', message: { usage: begunUsage } },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: {
            output_tokens: 40,
            cache_creation_input_tokens: 30,
            cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
            server_tool_use: { web_search_requests: 0 },
          },
        },
      ],
    ],
    never: ['audioInput', 'audioOutput'],
  },
  embeddings: {
    whole: { data: [], usage: { prompt_tokens: 100, total_tokens: 100 } },
    streams: [],
    never: [
      'cachedInput',
      'cacheWrite5m',
      'cacheWrite1h',
      'audioInput',
      'output',
      'reasoning',
      'audioOutput',
      'tier',
      'webSearch',
    ],
  },
};

/** How many tokens of each sort are told above. At a dollar a million, each costs 1000 nano-dollars. */
const counts: Readonly<Record<keyof Rates, number>> = {
  input: 55,
  cachedInput: 10,
  cacheWrite5m: 10,
  cacheWrite1h: 20,
  audioInput: 5,
  output: 30,
  reasoning: 8,
  audioOutput: 2,
};

const free = Object.fromEntries(Object.keys(counts).map((sort) => [sort, '0']));
const priceOf = (written: object) => onlyPrice(v.parse(datedPricesSchema, { ...free, ...written }));
const plain = { choices: 1, wordsPerToken: 1 };

function usagesOf(protocol: ProtocolName): readonly PricedUsage[] {
  const { whole, streams } = told[protocol];
  const ofStreams = streams.map((events) => {
    const reader = protocols[protocol].reader(plain);
    for (const event of events) reader.read(JSON.stringify(event));
    return reader.finalUsage;
  });
  return [protocols[protocol].usageIn(whole), ...ofStreams].map((usage) => {
    if (usage === undefined) throw new Error('nothing was reported');
    return usage;
  });
}

function costsOf(protocol: ProtocolName, written: object): readonly number[] {
  return usagesOf(protocol).map((usage) => costNanoUsd(priceOf(written), usage));
}

describe.each<ProtocolName>(['chat', 'responses', 'messages', 'embeddings'])('an answer of %s', (protocol) => {
  const can = (field: Field) => !told[protocol].never.includes(field);

  // In a protocol that can't tell of sound, it is plain input, or output.
  const expected = (sort: keyof Rates): number => {
    if (protocol === 'embeddings') return 100;
    const sounds = sort === 'input' ? counts.audioInput : sort === 'output' ? counts.audioOutput : 0;
    return counts[sort] + (can('audioInput') ? 0 : sounds);
  };

  const sorts = (Object.keys(counts) as (keyof Rates)[]).filter(can);
  test.each(sorts)('posts what is priced as %s', (sort) => {
    expect(new Set(costsOf(protocol, { [sort]: '1' }))).toEqual(new Set([expected(sort) * 1000]));
  });

  test.each(can('webSearch') ? ['webSearch'] : [])('posts the fee of each search: %s', () => {
    expect(new Set(costsOf(protocol, { webSearch: '0.01' }))).toEqual(new Set([5 * 10_000_000]));
  });

  test.each(can('tier') ? ['tier'] : [])('posts the rates of the %s that served', () => {
    const tiers = { serviceTiers: { priority: { input: '1' }, flex: { input: '2' } } };
    const written = { ...Object.fromEntries(Object.keys(counts).map((sort) => [sort, '0.5'])), ...tiers };
    const [first, ...others] = costsOf(protocol, written);
    expect(first).toBeGreaterThan(140 * 500);
    expect(new Set(others)).toEqual(new Set([first]));
  });

  test('posts the rates of a long prompt', () => {
    const steps = {
      input: '1',
      above: [
        { inputTokens: 99, input: '2' },
        { inputTokens: 100, input: '4' },
      ],
    };
    const once = costsOf(protocol, { input: '2' });
    expect(costsOf(protocol, steps)).toEqual(once);
  });

  test('posts the fee of the request', () => {
    for (const cost of costsOf(protocol, { request: '0.5' })) expect(cost).toBe(500_000_000);
  });
});

test('there is no other part of a price than those tried here', () => {
  const price = priceOf({ above: [{ inputTokens: 1, input: '1' }] });
  const { aboveInputTokens, ...rates } = price.standard[1] ?? { aboveInputTokens: 0 };
  expect(aboveInputTokens).toBe(1);
  expect(new Set(Object.keys(rates))).toEqual(new Set(Object.keys(counts)));
  expect(new Set(Object.keys(price))).toEqual(
    new Set(['request', 'image', 'webSearch', 'standard', 'serviceTiers', 'tiersOnlyIfAsked']),
  );
});

test('the fee of an image is posted by what was asked, since no provider counts them', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const result = bounding({ messages: [{ role: 'user', content: [image, image] }] }, undefined, 'seeing');
  if (result.kind === 'refused') throw result.error;
  const { unreported } = result.attempts[0];
  const usage = { ...unreported, inputTokens: 1, outputTokens: 1 };
  expect(costNanoUsd(priceOf({ image: '0.5' }), usage)).toBe(1_000_000_000);
});
