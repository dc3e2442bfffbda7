import OpenAI, { APIError, type ClientOptions } from 'openai';
import { afterAll, beforeAll } from 'vitest';
import { type Behaviour, steady } from '../load/fake-provider.ts';
import type { LimitSetting } from '../load/admin-client.ts';
import { type Stage, openStage } from '../load/stage.ts';

/** A money limit that nothing here reaches, so that calls are bounded, capped and charged. */
export const plenty: LimitSetting = { metric: 'usd', per: 'total', max: '100' };

export const behaviours = {
  steady,
  slow: { ...steady, latencyMs: 800 },
  trickle: { ...steady, outputTokens: 400, tokenMs: 10, cancels: true },
  failing: { ...steady, failEvery: 1 },
  // At the provider that bills failures, whose retries the failures of the others don't use up.
  'failing-once': { ...steady, failEvery: 2, billsFailures: true },
  cut: { ...steady, cutEvery: 1 },
} satisfies Record<string, Behaviour>;

interface SdkStage {
  stage(): Stage;
  /** The official client with a new key of these limits. */
  client(limits?: readonly LimitSetting[], options?: ClientOptions): Promise<OpenAI>;
}

/** A gateway for the tests of a file, started as users start it, with the fake provider behind it. */
export function useGateway(): SdkStage {
  let opened: Stage | undefined;
  beforeAll(async () => {
    opened = await openStage(behaviours);
  });
  afterAll(async () => {
    await opened?.close();
  });
  const stage = (): Stage => {
    if (opened === undefined) throw new Error('the gateway is up only while tests run');
    return opened;
  };
  return {
    stage,
    client: async (limits = [plenty], options = {}) => {
      const { key } = await stage().admin.createKey('sdk', limits);
      return new OpenAI({ apiKey: key, baseURL: new URL('/v1', stage().admin.url).href, maxRetries: 0, ...options });
    },
  };
}

/** The error that a call of the official client fails with. */
export async function failureOf(call: Promise<unknown>): Promise<APIError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof APIError)) throw new Error(`it was to fail with an APIError, not ${String(error)}`);
  return error;
}

/** `fetch` that counts: how often the client really asked. */
export function countedFetch(): { readonly fetch: typeof fetch; readonly statuses: readonly number[] } {
  const statuses: number[] = [];
  return {
    statuses,
    fetch: async (...request) => {
      const answer = await fetch(...request);
      statuses.push(answer.status);
      return answer;
    },
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
