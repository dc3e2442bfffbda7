import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Answer, type TestKey, chat, eventually, inspect, newKey, send } from '../../support/gateway.ts';
import { type FakeProvider, Gate, completion, replaceFetch, servedByOne } from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';

/** Properties of what is admitted, whatever the limits, the calls and their order. */

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

type Limit = NonNullable<Policy['limits']>[number];

interface Wanted {
  readonly stream: boolean;
  readonly cap: number;
}

const wanted = fc.record({ stream: fc.boolean(), cap: fc.integer({ min: 1, max: 200 }) });
const crowd = fc.array(wanted, { minLength: 1, maxLength: 20 });

/** All of them at once. None is answered before each has reached the provider or been refused. */
async function rush(key: TestKey, fake: FakeProvider, calls: readonly Wanted[]): Promise<Answer[]> {
  const gate = new Gate();
  const before = fake.calls.length;
  // Each uses all that it was allowed.
  fake.says(
    gate.before((call) => {
      const usage = { prompt_tokens: 20, completion_tokens: Number(call.json['max_completion_tokens'] ?? 10) };
      return (call.json['stream'] === true ? streamed(usage, 'Hi') : completion(usage))(call);
    }),
  );
  let refused = 0;
  const answers = calls.map(async ({ stream, cap }) => {
    const answer = await chat(key, { model: 'served', stream, max_completion_tokens: cap });
    refused += answer.status === 200 ? 0 : 1;
    return answer;
  });
  await eventually(() => fake.calls.length - before + refused === calls.length);
  gate.open();
  return Promise.all(answers);
}

const servedOf = (calls: readonly Wanted[], answers: readonly Answer[]): Wanted[] =>
  calls.filter((_, index) => answers[index]?.status === 200);

describe('concurrency enforcement', () => {
  test('of any crowd, as many are served at once as the limit allows, and no fewer', async () => {
    const fake = await servedByOne();
    await fc.assert(
      fc.asyncProperty(crowd, fc.integer({ min: 0, max: 12 }), async (calls, max) => {
        const key = await newKey({ limits: [{ metric: 'concurrency', max }] });
        const answers = await rush(key, fake, calls);
        expect(servedOf(calls, answers)).toHaveLength(Math.min(calls.length, max));
        expect((await inspect(key)).standings[0]).toMatchObject({ posted: 0, held: 0 });
      }),
      { numRuns: 12 },
    );
  });
});

describe('streams counted apart from others', () => {
  test('a limit of streams never refuses what is no stream, and a limit of concurrency counts both', async () => {
    const fake = await servedByOne();
    await fc.assert(
      fc.asyncProperty(crowd, fc.integer({ min: 0, max: 6 }), async (calls, max) => {
        const key = await newKey({ limits: [{ metric: 'streams', max }] });
        const answers = await rush(key, fake, calls);
        const served = servedOf(calls, answers);
        const streams = calls.filter(({ stream }) => stream).length;
        expect(served.filter(({ stream }) => stream)).toHaveLength(Math.min(streams, max));
        expect(served.filter(({ stream }) => !stream)).toHaveLength(calls.length - streams);
      }),
      { numRuns: 12 },
    );
  });
});

describe('rate-limit enforcement and atomicity', () => {
  test('whatever the limits, none is overrun, a refusal consumes nothing, and each names a limit that it would overrun', async () => {
    const fake = await servedByOne();
    const limits = fc.uniqueArray(
      fc.oneof(
        fc.integer({ min: 0, max: 10 }).map((max): Limit => ({ metric: 'requests', per: 'day', max })),
        fc.integer({ min: 0, max: 3000 }).map((max): Limit => ({ metric: 'tokens', per: 'hour', max })),
        fc
          .integer({ min: 0, max: 3000 })
          .map((micros): Limit => ({ metric: 'usd', per: 'total', max: (micros / 1e6).toFixed(6) })),
        fc.integer({ min: 0, max: 8 }).map((max): Limit => ({ metric: 'concurrency', max })),
      ),
      { selector: ({ metric }) => metric, minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(limits, fc.array(crowd, { minLength: 1, maxLength: 2 }), async (set, rushes) => {
        const key = await newKey({ limits: set });
        const served: Wanted[] = [];
        for (const calls of rushes) {
          const answers = await rush(key, fake, calls);
          served.push(...servedOf(calls, answers));
          expect(answers.filter((answer) => !isHonest(answer))).toEqual([]);
        }
        await expectExactly(key, set, served);
      }),
      { numRuns: 15 },
    );
  });
});

/** What is posted is what was served, to the last unit, under every limit; and under none is it more than allowed. */
async function expectExactly(key: TestKey, limits: readonly Limit[], served: readonly Wanted[]): Promise<void> {
  const tokens = served.reduce((sum, { cap }) => sum + 20 + cap, 0);
  const nanoUsd = served.reduce((sum, { cap }) => sum + 20 * 1000 + cap * 2000, 0);
  const posted = { requests: served.length, tokens, usd: nanoUsd, concurrency: 0, streams: 0 };
  const { standings } = await inspect(key);
  for (const [index, { metric, max }] of limits.entries()) {
    expect(standings[index]).toMatchObject({ posted: posted[metric], held: 0 });
    const most = metric === 'usd' ? Math.round(Number(max) * 1e9) : Number(max);
    expect(posted[metric]).toBeLessThanOrEqual(most);
  }
  const { json } = await send(key.key, { path: '/v1/usage' });
  expect(json['by_model']).toHaveLength(served.length === 0 ? 0 : 1);
}

/** Served; or refused by a limit that it does not fit under, by the numbers that it was told. */
function isHonest({ status, json }: Answer): boolean {
  if (status !== 429) return status === 200;
  const { limit } = json['error'] as { limit: Record<string, string | number> };
  const value = (name: string): number => Math.round(Number(limit[name]) * (limit['metric'] === 'usd' ? 1e9 : 1));
  const free = Math.max(0, value('max') - value('posted') - value('held'));
  return value('free') === free && value('needed') > free;
}
