import { noQuirks } from '../../../src/catalog/quirks.ts';
import { expect, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { OpenAiProvider } from '../../../src/catalog/schema.ts';
import {
  type Attempt,
  type AttemptFailed,
  type AttemptResult,
  attemptCall,
} from '../../../src/gateway/attempt/attempt.ts';
import { AnsweredLately } from '../../../src/gateway/attempt/answered-lately.ts';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import type { AttemptFailure } from '../../../src/gateway/attempt/failure.ts';
import { callMsMax } from '../../../src/limits.ts';
import { steadyNowMs } from '../../../src/steady-time.ts';

export const encoder = new TextEncoder();

export const fake: OpenAiProvider = {
  kind: 'openai',
  name: 'fake',
  enabled: true,
  billsFailures: false,
  neutralParams: [],
  breaker: defaultBreakerConfig,
  endpoints: [],
  headers: {},
  healthCheck: undefined,
  protocols: ['chat'],
  generationPath: undefined,
  quirks: { ...noQuirks, outputCap: 'max_tokens' },
};

export const endpoint = { name: 'default', baseUrl: 'https://fake.example/v1', secret: 'FAKE_KEY', weight: 1 };

export interface Setting extends Partial<Attempt> {
  readonly client?: AbortController;
  readonly fence?: AbortController;
  readonly timeoutMs?: number;
}

export async function attempt({ client, fence, timeoutMs, ...setting }: Setting = {}): Promise<AttemptResult> {
  const signals = {
    client: (client ?? new AbortController()).signal,
    fence: (fence ?? new AbortController()).signal,
    deadlineMs: steadyNowMs() + (timeoutMs ?? callMsMax),
    timeIsOver: 'The time is over.',
    clock: new CallClock(),
  };
  return attemptCall({
    provider: fake,
    target: {
      provider: 'fake',
      model: 'fake-1',
      cancels: true,
      capsPrice: false,
      protocols: undefined,
      price: undefined,
    },
    contextTokens: undefined,
    wordsPerToken: 1,
    endpoint,
    protocol: 'chat',
    clientRequest: { protocol: 'chat', query: '', headers: new Headers() },
    body: encoder.encode('{"model":"fake-1"}'),
    stream: false,
    variable: (name) => (name === 'FAKE_KEY' ? 'hunter2-hunter2' : undefined),
    ai: undefined,
    about: {
      requestId: 'req_1',
      userId: undefined,
      organizationId: undefined,
      endUser: undefined,
      price: undefined,
    },
    answeredLately: new AnsweredLately(),
    signals,
    onClientLeft: { kind: 'drain' },
    ...setting,
  });
}

export async function failure(setting: Setting = {}): Promise<AttemptFailure> {
  const result = await attempt(setting);
  expect(result.kind).toBe('failed');
  // Just seen to be one.
  return (result as AttemptFailed).failure;
}

type Fetch = (url: string, init: RequestInit & { body: ReadableStream; signal: AbortSignal }) => Promise<Response>;

/** Stands in for the network. It reads the request, as a server does, before it answers. */
export function answering(answer: Response | ((signal: AbortSignal) => Promise<Response>)) {
  const fetched = vi.fn<Fetch>(async (_url, init) => {
    await new Response(init.body).text();
    return typeof answer === 'function' ? answer(init.signal) : answer;
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

export async function whenAborted(signal: AbortSignal): Promise<Response> {
  const { promise, reject } = Promise.withResolvers<Response>();
  signal.addEventListener('abort', () => reject(new Error('aborted')));
  return promise;
}

export function refusing(status: number, body: unknown = { error: { message: 'no' } }, headers: HeadersInit = {}) {
  return answering(Response.json(body, { status, headers }));
}

export const answer = { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' } }] };
