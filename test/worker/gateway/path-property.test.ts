// Sets the clock.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestIdTimeMs } from '../../../src/http/request-id.ts';
import { type Json, type TestKey, chat, contentOf, inspect, newKey, send } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  failure,
  model,
  putCatalog,
  refused,
  replaceFetch,
  servedBy,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import { membersText, objectText } from '../../support/json-text.ts';

/** Properties of the whole path, from a client's request to the provider's and back. */

beforeEach(() => {
  replaceFetch();
  skipRetryWaits();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const chatPath = { method: 'POST', path: '/v1/chat/completions' };
/** What each run does is many requests. */
const runs = { numRuns: 40 };

/** Those that the gateway itself must understand, and so may refuse. */
const understood = new Set(
  (
    'model messages stream stream_options max_tokens max_completion_tokens n tools functions stop modalities ' +
    'service_tier user safety_identifier metadata'
  ).split(' '),
);

describe('parameter preservation', () => {
  test('whatever a client sends beside what the gateway understands reaches the provider byte for byte', async () => {
    const [fake] = await servedBy(1);
    const { key } = await newKey();
    const others = membersText.filter((members) =>
      members.every(({ name }) => !understood.has(String(JSON.parse(name)))),
    );
    const messages = { name: '"messages"', value: '[{"role":"user","content":"Hi \\u00e9"}]' };
    const asked = { name: '"model"', value: `"${fake?.name}/as-it-is"` };
    const place = fc.nat();
    await fc.assert(
      fc.asyncProperty(
        objectText(fc.tuple(others, place).map(([list, at]) => insertAt(list, at, messages, asked))),
        async (body) => {
          const answer = await send(key, { ...chatPath, body, unsettled: true });
          expect(answer.status).toBe(200);
          const sent = new TextDecoder().decode(fake?.calls.at(-1)?.body);
          expect(sent).toBe(body.replace(asked.value, '"as-it-is"'));
        },
      ),
      runs,
    );
  });

  test('and all of it stays as it was where the gateway puts a cap in and asks for the usage', async () => {
    const [fake] = await servedBy(1, { neutralParams: [] });
    const { key } = await newKey({ maxTokens: 500 });
    const others = membersText.filter((members) =>
      members.every(({ name }) => !understood.has(String(JSON.parse(name)))),
    );
    await fc.assert(
      fc.asyncProperty(objectText(others), async (text) => {
        const body = spliced(text, '"model":"served","stream":true,"messages":[{"role":"user","content":"Hi"}]');
        fake?.says(() => new Response('data: {"choices":[]}\n\ndata: [DONE]\n\n'));
        await send(key, { ...chatPath, body, unsettled: true });
        const sent = JSON.parse(new TextDecoder().decode(fake?.calls.at(-1)?.body)) as Json;
        const { model: name, max_completion_tokens: cap, stream_options: options, ...rest } = sent;
        expect({ name, cap, options }).toEqual({
          name: `${fake?.name}-model`,
          cap: 500,
          options: { include_usage: true },
        });
        const { model: _, ...before } = JSON.parse(body) as Json;
        expect(JSON.stringify(rest)).toBe(JSON.stringify(before));
      }),
      runs,
    );
  });
});

describe('model override', () => {
  test('whatever name leads to a target, the provider is asked for its own name and the client told the catalog’s', async () => {
    const [large, small] = [new FakeProvider(), new FakeProvider()];
    await putCatalog(
      {
        'vendor/large': { ...model(large), aliases: ['big', 'L'] },
        small: { ...model(small), aliases: ['tiny'], targets: [{ provider: small.name, model: 'v/small@1' }] },
      },
      { [large.name]: large.entry(), [small.name]: small.entry() },
      { routes: { auto: { strategy: 'fallback', models: ['small', 'vendor/large'] } } },
    );
    const names: Record<string, [FakeProvider, string, string]> = {
      'vendor/large': [large, `${large.name}-model`, 'vendor/large'],
      big: [large, `${large.name}-model`, 'vendor/large'],
      L: [large, `${large.name}-model`, 'vendor/large'],
      small: [small, 'v/small@1', 'small'],
      tiny: [small, 'v/small@1', 'small'],
      auto: [small, 'v/small@1', 'small'],
      [`${small.name}/v/small@1`]: [small, 'v/small@1', 'small'],
      [`${small.name}/other`]: [small, 'other', `${small.name}/other`],
    };
    const plain = await newKey();
    const withDefault = await newKey({ defaultModel: 'big' });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(names)), fc.boolean(), async (name, hasDefault) => {
        const [fake, upstream, served] = names[name] ?? [large, '', ''];
        const answer = await chat(hasDefault ? withDefault : plain, { model: name }, { unsettled: true });
        expect(answer.headers.get('x-gateway-model')).toBe(served);
        expect(fake.calls.at(-1)?.json['model']).toBe(upstream);
      }),
      runs,
    );
    expect((await chat(withDefault, { model: undefined })).headers.get('x-gateway-model')).toBe('vendor/large');
  });
});

describe('retry only of transient errors', () => {
  test('a status is tried again if it passes by itself, and otherwise never', async () => {
    const key = await newKey();
    const transient = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530]);
    const statuses = fc.oneof(fc.integer({ min: 400, max: 599 }), fc.constantFrom(...transient));
    await fc.assert(
      fc.asyncProperty(statuses, async (status) => {
        const fake = await servedByOne();
        fake.says(failure(status), completion());
        const answer = await chat(key, { model: 'served' }, { unsettled: true });
        const isRetried = transient.has(status);
        expect(fake.arrivals).toBe(isRetried ? 2 : 1);
        expect(answer.status === 200).toBe(isRetried);
        expect(answer.headers.get('x-gateway-attempts')).toBe(isRetried ? '2' : '1');
      }),
      { numRuns: 25 },
    );
  });
});

describe('a record for every request', () => {
  test('of whatever was admitted there is one, and together they come to what was posted', async () => {
    const [fake] = await servedBy(1, { breaker: { failuresInARow: 1000, callsToJudge: 100_000 } });
    const outcomes = fc.constantFrom('ok', 'stream', '400', '500', '503', 'refused', 'none', 'broken');
    await fc.assert(
      fc.asyncProperty(fc.array(outcomes, { minLength: 1, maxLength: 6 }), async (wanted) => {
        const key = await newKey({
          limits: [
            { metric: 'usd', per: 'total', max: '1' },
            { metric: 'requests', per: 'total', max: 1000 },
          ],
        });
        const ids: string[] = [];
        for (const outcome of wanted) {
          fake?.says(replyOf(outcome));
          const answer = await chat(key, { model: 'served', stream: outcome === 'stream', max_completion_tokens: 30 });
          ids.push(answer.headers.get('x-request-id') ?? '');
        }
        expect(await recordsOf(key, ids)).toEqual(await postedOf(key));
      }),
      { numRuns: 8 },
    );
  });
});

describe('request-id uniqueness', () => {
  test('of many requests at the same moment no two have the same id, and each says when it began', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const ids = await Promise.all(
      Array.from(
        { length: 500 },
        async () => (await send(undefined, { path: '/v1/nothing' })).headers.get('x-request-id') ?? '',
      ),
    );
    expect(new Set(ids).size).toBe(500);
    expect(ids.every((id) => requestIdTimeMs(id) === Date.now())).toBe(true);
  });
});

describe('OpenAI compatibility', () => {
  test('whatever is asked of echo, streamed or not, has the same text, finish and usage in OpenAI’s shape', async () => {
    const key = await newKey();
    const text = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (content, cap, n) => {
          const asked = { messages: [{ role: 'user', content }], max_tokens: cap, n };
          const whole = await chat(key, asked, { unsettled: true });
          const streaming = { ...asked, stream: true, stream_options: { include_usage: true } };
          const stream = await chat(key, streaming, { unsettled: true });
          const choices = whole.json['choices'] as {
            message: { content: string };
            finish_reason: string;
            index: number;
          }[];
          expect(choices.map(({ index }) => index)).toEqual(Array.from({ length: n }, (_, index) => index));
          expect(whole.json).toMatchObject({
            object: 'chat.completion',
            id: expect.any(String),
            created: expect.any(Number),
          });
          const chunks = dataOf(stream.text);
          expect(chunks.every(({ object }) => object === 'chat.completion.chunk')).toBe(true);
          const { cost_usd: cost, ...usage } = chunks.at(-1)?.usage ?? {};
          expect(usage).toEqual(whole.json['usage']);
          expect(cost).toBe(whole.headers.get('x-gateway-cost-usd'));
          if (n === 1) expect(contentOf(stream.text)).toBe(choices[0]?.message.content);
          const finishes = chunks.flatMap((chunk) =>
            chunk.choices.flatMap(({ finish_reason: reason }) => reason ?? []),
          );
          expect(finishes).toEqual(choices.map(({ finish_reason: reason }) => reason));
        },
      ),
      runs,
    );
  });
});

interface Chunk {
  readonly object: string;
  readonly usage?: Json | null;
  readonly choices: readonly { readonly finish_reason: string | null }[];
}

function dataOf(text: string): Chunk[] {
  const data = text.split('\n\n').filter((event) => event.startsWith('data: {'));
  return data.map((event) => JSON.parse(event.slice('data: '.length)) as Chunk);
}

function insertAt<T>(list: readonly T[], at: number, ...items: T[]): T[] {
  const place = at % (list.length + 1);
  return [...list.slice(0, place), ...items, ...list.slice(place)];
}

/** An object's text with more members in front. */
function spliced(text: string, members: string): string {
  const open = text.indexOf('{') + 1;
  const isEmpty = text.slice(open).trim() === '}';
  return `${text.slice(0, open)}${members}${isEmpty ? '' : ','}${text.slice(open)}`;
}

function replyOf(outcome: string): Parameters<FakeProvider['says']>[0] {
  switch (outcome) {
    case 'refused':
      return refused;
    case 'none':
      return completion(null);
    case 'broken':
      return () => new Response('{"choices":');
    case 'stream':
      return () =>
        new Response(
          'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
        );
    case 'ok':
      return completion();
    default:
      return failure(Number(outcome));
  }
}

interface Account {
  readonly calls: number;
  readonly nanoUsd: number;
}

async function recordsOf(key: TestKey, ids: readonly string[]): Promise<Account> {
  const records = await Promise.all(ids.map(async (id) => send(key.key, { path: `/v1/requests/${id}` })));
  const found = records.filter(({ status }) => status === 200);
  const nanoUsd = found.reduce((sum, { json }) => sum + Math.round(Number(json['cost_usd']) * 1e9), 0);
  return { calls: found.length, nanoUsd };
}

/** What the limits have counted, of which nothing is held any more. */
async function postedOf(key: TestKey): Promise<Account> {
  const { standings, spend } = await inspect(key);
  const [usd, requests] = standings;
  expect([usd?.held, requests?.held, spend.totalNanoUsd]).toEqual([0, 0, usd?.posted]);
  return { calls: requests?.posted ?? 0, nanoUsd: usd?.posted ?? 0 };
}
