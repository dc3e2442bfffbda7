import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type TestKey, chat, newKey } from '../../support/gateway.ts';
import { type FakeProvider, completion, replaceFetch, servedByOne, usage } from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';

/**
 * Goal: a call asks the platform for few objects. To make and free those, and to go to and fro between them and our
 * code, costs more than our code.
 */

const classes = [
  'AbortController',
  'Headers',
  'Request',
  'Response',
  'ReadableStream',
  'TransformStream',
  'IdentityTransformStream',
  'FixedLengthStream',
  'TextDecoder',
  'URL',
] as const;

let counts: Record<string, number>;
let fake: FakeProvider;
let key: TestKey;

/** Counts what the Worker's own code asks for, and not what its actors, the tests or their servers do. */
function note(what: string): void {
  const callers = (new Error('to see who calls').stack ?? '').split('\n');
  if (callers.some((line) => line.includes('/src/actors/'))) return;
  const caller = callers.find((line) => /\/(src|test)\//.test(line) && !line.includes('platform-objects')) ?? '';
  if (caller.includes('/src/')) counts[what] = (counts[what] ?? 0) + 1;
}

function watch(): void {
  for (const name of classes) {
    // By their names, these are constructors.
    const real = Reflect.get(globalThis, name) as new (...words: never[]) => object;
    const construct = (target: typeof real, words: never[], made: unknown): object => {
      note(name);
      return Reflect.construct(target, words, made as typeof real);
    };
    vi.stubGlobal(name, new Proxy(real, { construct }));
  }
  const watched = <T extends object>(of: T, method: keyof T & string, name: string): void => {
    const real = of[method] as (...words: unknown[]) => unknown;
    const counting = function (this: unknown, ...words: unknown[]): unknown {
      note(name);
      return Reflect.apply(real, this, words);
    };
    vi.spyOn(of as Record<string, (...words: unknown[]) => unknown>, method).mockImplementation(counting);
  };
  watched(AbortSignal, 'any', 'AbortSignal.any');
  watched(AbortSignal, 'timeout', 'AbortSignal.timeout');
  watched(AbortSignal.prototype, 'addEventListener', 'listener of a signal');
  watched(Headers.prototype, 'set', 'header that is set');
  watched(Promise, 'race', 'Promise.race');
  watched(globalThis, 'setTimeout', 'timer');
}

beforeEach(async () => {
  replaceFetch();
  key = await newKey();
  fake = await servedByOne();
  // What an isolate asks once is not the call's.
  await chat(key, { model: 'served' });
  await chat(key, { model: 'served' });
  counts = {};
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a call that is answered at once asks for few', async () => {
  fake.says(completion());
  watch();
  const answer = await chat(key, { model: 'served' });
  expect(answer.status).toBe(200);
  const headers = { 'header that is set': 8 };
  expect(counts).toEqual({ Response: 1, AbortController: 1, 'listener of a signal': 1, timer: 1, ...headers });
});

test('so does a stream', async () => {
  fake.says(streamed(usage, 'Hello', ' there'));
  watch();
  const answer = await chat(key, { model: 'served', stream: true });
  expect(answer.status).toBe(200);
  const streams = { IdentityTransformStream: 1, TextDecoder: 1 };
  const headers = { 'header that is set': 7 };
  expect(counts).toEqual({
    Response: 1,
    AbortController: 1,
    'listener of a signal': 1,
    timer: 2,
    ...streams,
    ...headers,
  });
});
