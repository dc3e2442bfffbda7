import { afterEach, expect, test, vi } from 'vitest';
import { PlainSignal } from '../../../src/gateway/request/plain-signal.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('all that listen hear of an end, once', () => {
  const signal = new PlainSignal();
  const heard: string[] = [];
  signal.addEventListener('abort', () => heard.push('one'));
  const other = (): void => void heard.push('other');
  signal.addEventListener('abort', other);
  signal.removeEventListener('abort', other);
  signal.addEventListener('abort', () => heard.push('last'));
  expect(signal.aborted).toBe(false);
  signal.abort();
  signal.abort();
  expect(signal.aborted).toBe(true);
  expect(heard).toEqual(['one', 'last']);
});

test('who listens after the end hears nothing: as with an AbortSignal, it must look first', () => {
  const signal = new PlainSignal();
  signal.abort();
  signal.addEventListener('abort', () => expect.unreachable('it is over'));
  signal.abort();
});

test('a listener that fails is told of, and keeps nobody else from hearing', () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const signal = new PlainSignal();
  let heard = 0;
  signal.addEventListener('abort', () => {
    throw new Error('a fault of ours');
  });
  signal.addEventListener('abort', () => {
    heard += 1;
  });
  signal.abort();
  expect(heard).toBe(1);
  expect(logged.mock.calls.join()).toContain('a fault of ours');
});
