import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallClock } from '../../../src/gateway/call-clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a clock for one call', () => {
  test('rings each timer once, at its time, whatever the order in which they were set', () => {
    const clock = new CallClock();
    const rung: string[] = [];
    for (const ms of [300, 100, 200, 100]) clock.after(ms, () => rung.push(`${ms} at ${Date.now() - began}`));
    const began = Date.now();
    vi.advanceTimersByTime(99);
    expect(rung).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(rung).toEqual(['100 at 100', '100 at 100', '200 at 200', '300 at 300']);
  });

  test('has one timer of the platform, however many it has itself', () => {
    const clock = new CallClock();
    for (const ms of [5000, 1000, 3000, 2000]) clock.after(ms, () => undefined);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1500);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not ring what was called off, nor anything once it was stopped', () => {
    const clock = new CallClock();
    const rung: string[] = [];
    clock.after(100, () => rung.push('kept'));
    const callOff = clock.after(100, () => rung.push('called off'));
    callOff();
    clock.after(300, () => rung.push('too late'));
    vi.advanceTimersByTime(200);
    clock.stop();
    vi.advanceTimersByTime(1000);
    expect(rung).toEqual(['kept']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('rings what is set while it rings', () => {
    const clock = new CallClock();
    let rung = 0;
    const again = (): void => {
      rung += 1;
      if (rung < 5) clock.after(100, again);
    };
    clock.after(100, again);
    vi.advanceTimersByTime(1000);
    expect(rung).toBe(5);
  });

  test('rings at once what is set for a time that is over', () => {
    const clock = new CallClock();
    let rung = 0;
    clock.after(-50, () => (rung += 1));
    vi.advanceTimersByTime(0);
    expect(rung).toBe(1);
  });
});

describe('within a time', () => {
  test('an answer is passed on, and leaves no timer that rings', async () => {
    const clock = new CallClock();
    expect(await clock.within(100, Promise.resolve('yes'))).toBe('yes');
    await expect(clock.within(100, Promise.reject(new Error('no')))).rejects.toThrow('no');
    const rang = vi.fn<() => void>();
    clock.after(100, rang);
    vi.advanceTimersByTime(100);
    expect(rang).toHaveBeenCalledOnce();
  });

  test('one that does not come is an error that says how long was waited', async () => {
    const clock = new CallClock();
    const answer = clock.within(100, new Promise(() => undefined));
    const late = answer.catch(String);
    vi.advanceTimersByTime(100);
    expect(await late).toBe('Error: no answer within 100 ms');
  });
});
