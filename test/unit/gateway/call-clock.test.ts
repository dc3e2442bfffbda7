import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { afterStopMs, stopMsLeast } from '../../../src/limits.ts';

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

  test('has one timer of the platform, however many it has itself, and those that an earlier one overtook', () => {
    const clock = new CallClock();
    for (const ms of [1000, 5000, 3000, 2000]) clock.after(ms, () => undefined);
    expect(vi.getTimerCount()).toBe(1);
    clock.after(500, () => undefined);
    clock.after(600, () => undefined);
    expect(vi.getTimerCount()).toBe(2);
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

describe('when the wall clock is set', () => {
  /** Of a jump that is too small to tell from a timer that fires early; and what a stop takes. */
  const slackMs = 100 + stopMsLeast + afterStopMs;
  const setBy = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

  test('back by an hour, a timer rings when it would have, and so does what is set afterwards', () => {
    const clock = new CallClock();
    const rung: string[] = [];
    clock.after(30_000, () => rung.push('set before'));
    vi.advanceTimersByTime(3000);
    setBy(-3_600_000);
    clock.after(1000, () => rung.push('set after'));
    vi.advanceTimersByTime(1000);
    expect(rung).toEqual(['set after']);
    vi.advanceTimersByTime(26_000);
    expect(rung).toEqual(['set after', 'set before']);
  });

  test('ahead, as it is after a stop, what is due by then rings soon, and after what had been received', () => {
    const clock = new CallClock();
    const rung: number[] = [];
    const stops: number[] = [];
    clock.onStop((ms) => stops.push(ms));
    for (const ms of [60_000, 1000]) clock.after(ms, () => rung.push(ms));
    setBy(70_000);
    vi.advanceTimersByTime(1000);
    expect({ rung, stops }).toEqual({ rung: [], stops: [70_000] });
    vi.advanceTimersByTime(afterStopMs - 1);
    expect(rung).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rung).toEqual([60_000, 1000]);
    vi.advanceTimersByTime(60_000);
    expect(stops).toEqual([70_000]);
  });

  test.each([-1, 1])('by any amount, any number of times (%d), no timer rings later than it was set for', (sign) => {
    const action = fc.oneof(
      fc.record({ after: fc.integer({ min: 0, max: 120_000 }) }),
      fc.record({ pass: fc.integer({ min: 0, max: 60_000 }) }),
      fc.record({ jump: fc.integer({ min: 50, max: 7_200_000 }).map((ms) => sign * ms) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const clock = new CallClock();
        const due = new Map<object, number>();
        let passedMs = 0;
        const check = (): void => expect([...due.values()].filter((ms) => ms + slackMs < passedMs)).toEqual([]);
        for (const what of actions) {
          if ('jump' in what) setBy(what.jump);
          else if ('pass' in what) {
            vi.advanceTimersByTime(what.pass);
            passedMs += what.pass;
          } else {
            const timer = {};
            due.set(timer, passedMs + what.after);
            clock.after(what.after, () => due.delete(timer));
          }
          check();
        }
        vi.advanceTimersByTime(120_000 + slackMs);
        expect(due.size).toBe(0);
        clock.stop();
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
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
