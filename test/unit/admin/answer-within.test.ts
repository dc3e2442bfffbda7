import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { answerIfAny } from '../../../src/answer-within.ts';
import { pushDelayMs } from '../../../src/actors/directory/push-delay.ts';
import { pushRetryMsMax, pushRetryMsMin } from '../../../src/limits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an answer within a time', () => {
  test('is the answer, if it comes, and leaves no timer behind', async () => {
    expect(await answerIfAny(1000, Promise.resolve('yes'))).toBe('yes');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is nothing if it fails, before or after the time', async () => {
    expect(await answerIfAny(1000, Promise.reject(new Error('no')))).toBeUndefined();
    const late = Promise.withResolvers<string>();
    const answer = answerIfAny(1000, late.promise);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBeUndefined();
    late.reject(new Error('no'));
    await vi.advanceTimersByTimeAsync(0);
  });

  test('is nothing if it does not come in time', async () => {
    let answer: unknown = 'none so far';
    void answerIfAny(1000, new Promise(() => {})).then((given) => (answer = given));
    await vi.advanceTimersByTimeAsync(999);
    expect(answer).toBe('none so far');
    await vi.advanceTimersByTimeAsync(1);
    expect(answer).toBeUndefined();
  });
});

describe('the delay of a push', () => {
  test('doubles with each failure, up to its bound', () => {
    expect([0, 1, 2, 3].map(pushDelayMs)).toEqual([1, 2, 4, 8].map((times) => times * pushRetryMsMin));
    expect(pushDelayMs(1000)).toBe(pushRetryMsMax);
  });
});
