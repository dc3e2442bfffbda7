import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { answerMs, firstByteMs, stallMs } from '../../../src/limits.ts';
import { eventually } from '../../support/gateway.ts';
import { type Reply, failure, replaceFetch, silent } from '../../support/gateway-provider.ts';
import { TestTime, skipRetryWaits } from '../../support/gateway-time.ts';
import {
  type Ended,
  type Scene,
  Stage,
  bytes,
  checkNextIsServed,
  namedScenes,
  namedStreaming,
  silence,
  sse,
} from './stage.ts';

/** Slow providers: each wait ends, and the client is told. */

beforeEach(() => {
  replaceFetch();
  skipRetryWaits();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Asks, and lets so much time pass once the provider is asked. By then the call must have ended. */
async function askFor(stage: Stage, reply: Reply, ms: number, headers: Record<string, string> = {}): Promise<Ended> {
  const time = new TestTime();
  const arrived = Promise.withResolvers<void>();
  const noting: Reply = (call) => {
    arrived.resolve();
    return reply(call);
  };
  let ended: Ended | undefined;
  const ending = stage.ask(noting, { env: time.env, headers }).then((each) => (ended = each));
  await arrived.promise;
  await time.pass(ms);
  vi.restoreAllMocks();
  replaceFetch();
  await eventually(() => ended !== undefined);
  return ending;
}

const lastWordsMs = 2000;
const timeout = { 'x-gateway-timeout-ms': '1000' };

describe.each(namedScenes)('%s', (_name, scene: Scene) => {
  test('ends when the provider says nothing for too long', async () => {
    const stage = await Stage.open(scene);
    const mostMs = scene.stream ? firstByteMs : answerMs;
    const { answer, verdict, posted, held, record } = await askFor(stage, silent, mostMs);
    expect({ verdict, status: answer.status }).toEqual({ verdict: 'error', status: 504 });
    expect(record).toMatchObject({ end: 'provider_timeout', estimated: true });
    expect(posted).toBe(held);
    await checkNextIsServed(stage);
  });

  test('ends when the time is over that the client gave it', async () => {
    const stage = await Stage.open(scene);
    const { answer, verdict, posted, held } = await askFor(stage, silent, 1000 + lastWordsMs, timeout);
    expect({ verdict, status: answer.status }).toEqual({ verdict: 'error', status: 504 });
    expect(answer.text).toContain('x-gateway-timeout-ms');
    expect(posted).toBe(held);
    await checkNextIsServed(stage);
  });

  test('ends, also in the middle of an answer, when the time is over that the client gave it', async () => {
    const stage = await Stage.open(scene);
    const { verdict, posted, held } = await askFor(stage, begunOnly(stage), 1000 + lastWordsMs, timeout);
    expect(verdict).toBe('error');
    expect(posted).toBe(held);
    await checkNextIsServed(stage);
  });

  test('is told to come back where every target is limiting its rate, and nothing is charged', async () => {
    const stage = await Stage.open(scene, 3);
    const { answer, verdict, posted, record } = await stage.ask(failure(429, {}, { 'retry-after': '30' }));
    expect({ verdict, status: answer.status, posted }).toEqual({ verdict: 'error', status: 429, posted: 0 });
    expect(answer.text).toContain('provider_rate_limited');
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(answer.headers.get('x-should-retry')).toBe('true');
    expect(record).toMatchObject({ end: 'provider_refused', attempts: 3 });
    expect(stage.fakes.map(({ arrivals }) => arrivals)).toEqual([1, 1, 1]);
  });
});

describe.each(namedStreaming)('%s', (_name, scene: Scene) => {
  test('ends when a stream has stalled', async () => {
    const stage = await Stage.open(scene);
    const { verdict, posted, held, record } = await askFor(stage, begunOnly(stage), stallMs + lastWordsMs);
    expect({ verdict, end: record['end'] }).toEqual({ verdict: 'error', end: 'stalled' });
    expect(posted).toBe(held);
    await checkNextIsServed(stage);
  });
});

/** The beginning of an answer. The rest never comes. */
function begunOnly({ scene, said, plainUsage }: Stage): Reply {
  if (!scene.stream) return bytes('application/json', JSON.stringify(said.whole(plainUsage)).slice(0, 40), silence);
  const events = said.events(plainUsage);
  const words = events.findIndex((event) => event.includes('river'));
  return sse(...events.slice(0, words + 1), silence);
}
