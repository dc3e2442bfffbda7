import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { LeaseKeeper } from '../../../src/gateway/attempt/lease-keeper.ts';
import { steadyNowMs } from '../../../src/steady-time.ts';
import { afterStopMs, callMsMax, fenceMs, leaseMs, renewEveryMs, renewalsMax } from '../../../src/limits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Setting {
  readonly keeper: LeaseKeeper;
  readonly renewedAt: number[];
  readonly fencedAt: number[];
}

/** A keeper whose account answers as `answer` says, by the time since the call was admitted. */
function keep(answer: (ms: number) => boolean | Promise<boolean>, grantedAtMs = steadyNowMs()): Setting {
  const began = steadyNowMs();
  const renewedAt: number[] = [];
  const fencedAt: number[] = [];
  const renew = async (): Promise<boolean> => {
    renewedAt.push(steadyNowMs() - began);
    return answer(steadyNowMs() - began);
  };
  const keeper = new LeaseKeeper(renew, leaseMs, grantedAtMs, new CallClock());
  keeper.signal.addEventListener('abort', () => fencedAt.push(steadyNowMs() - began));
  return { keeper, renewedAt, fencedAt };
}

const unreachable = async (): Promise<boolean> => Promise.reject(new Error('connection lost'));
const every = (ms: number, count: number): number[] => Array.from({ length: count }, (_, n) => (n + 1) * ms);

describe('a lease', () => {
  test('is renewed every half a minute for as long as the call runs, and no longer', async () => {
    const { keeper, renewedAt, fencedAt } = keep(() => true);
    await vi.advanceTimersByTimeAsync(10 * renewEveryMs);
    expect(renewedAt).toEqual(every(renewEveryMs, 10));
    keeper.stop();
    await vi.advanceTimersByTimeAsync(10 * renewEveryMs);
    expect(renewedAt).toHaveLength(10);
    expect(fencedAt).toEqual([]);
  });

  test.each([-3_600_000, -600_000, -30_000])(
    'is renewed as often, and its fence falls as soon, when the wall clock is set by %d ms again and again',
    async (byMs) => {
      let renewals = 0;
      let isReachable = true;
      const { keeper } = keep(async () => {
        renewals += 1;
        return isReachable || unreachable();
      });
      const jump = (): void => void vi.setSystemTime(Date.now() + byMs);
      await vi.advanceTimersByTimeAsync(1000);
      jump();
      await vi.advanceTimersByTimeAsync(renewEveryMs);
      expect(renewals).toBe(1);
      isReachable = false;
      jump();
      await vi.advanceTimersByTimeAsync(leaseMs - fenceMs);
      expect(keeper.signal.aborted).toBe(true);
    },
  );

  test.each([600_000, 86_400_000])(
    'outlasts a wall clock that is set ahead by %d ms, if the account still has it, and is renewed as often as before',
    async (byMs) => {
      const { keeper, renewedAt, fencedAt } = keep(() => true);
      await vi.advanceTimersByTimeAsync(3000);
      vi.setSystemTime(Date.now() + byMs);
      await vi.advanceTimersByTimeAsync(renewEveryMs);
      expect(renewedAt).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(10 * renewEveryMs);
      expect(renewedAt).toHaveLength(11);
      expect(fencedAt).toEqual([]);
      keeper.stop();
    },
  );

  test.each([true, false])(
    'that may be over after a stop ends the call as soon as the account says so, or does not answer (%s)',
    async (answers) => {
      const { keeper, renewedAt } = keep(() => (answers ? false : new Promise(() => undefined)));
      vi.setSystemTime(Date.now() + 2 * leaseMs);
      await vi.advanceTimersByTimeAsync(renewEveryMs);
      expect(renewedAt).toHaveLength(1);
      expect(keeper.signal.aborted).toBe(answers);
      await vi.advanceTimersByTimeAsync(afterStopMs);
      expect(keeper.signal.aborted).toBe(true);
    },
  );

  test('that was renewed again after a stop is not ended by an older renewal, which is answered last', async () => {
    const answers: PromiseWithResolvers<boolean>[] = [];
    const { keeper } = keep(async () => {
      const answer = Promise.withResolvers<boolean>();
      answers.push(answer);
      return answer.promise;
    });
    await vi.advanceTimersByTimeAsync(renewEveryMs);
    vi.setSystemTime(Date.now() + leaseMs);
    await vi.advanceTimersByTimeAsync(leaseMs - renewEveryMs - fenceMs);
    expect(answers).toHaveLength(2);
    for (const answer of answers.toReversed()) answer.resolve(true);
    await vi.advanceTimersByTimeAsync(renewEveryMs - 1);
    expect(keeper.signal.aborted).toBe(false);
    keeper.stop();
  });

  test('is not renewed for ever: a call that goes on for twice as long as any may is ended', async () => {
    const { renewedAt, fencedAt } = keep(() => true);
    await vi.advanceTimersByTimeAsync(3 * callMsMax);
    expect(renewedAt).toHaveLength(renewalsMax + 1);
    expect(fencedAt).toEqual([2 * callMsMax + renewEveryMs]);
  });

  test('of a call shorter than that costs no question', async () => {
    const { keeper, renewedAt } = keep(() => true);
    await vi.advanceTimersByTimeAsync(renewEveryMs - 1);
    keeper.stop();
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(renewedAt).toEqual([]);
  });

  test('that has ended ends the call at once', async () => {
    const { renewedAt, fencedAt } = keep(() => false);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(fencedAt).toEqual([renewEveryMs]);
    expect(renewedAt).toEqual([renewEveryMs]);
  });

  test('that can not be renewed ends the call so long before it ends itself', async () => {
    const { renewedAt, fencedAt } = keep(unreachable);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(fencedAt).toHaveLength(1);
    expect(fencedAt[0]).toBeLessThanOrEqual(leaseMs - fenceMs);
    expect(renewedAt.length).toBeGreaterThan(10);
  });

  test('that can be renewed again in time goes on from there', async () => {
    const { keeper, renewedAt, fencedAt } = keep((ms) => (ms < 100_000 ? unreachable() : true));
    await vi.advanceTimersByTimeAsync(100_000 + leaseMs);
    expect(fencedAt).toEqual([]);
    const [first, second] = renewedAt.filter((ms) => ms >= 100_000);
    expect((second ?? 0) - (first ?? 0)).toBe(renewEveryMs);
    keeper.stop();
  });

  test('is counted from when its admission was asked for, which may be long before it was granted', async () => {
    const { fencedAt } = keep(unreachable, steadyNowMs() - 60_000);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(fencedAt[0]).toBeLessThanOrEqual(leaseMs - fenceMs - 60_000);
  });

  test('of a call that ends while it is being renewed does nothing more', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { keeper, renewedAt, fencedAt } = keep(async () => answer.promise);
    await vi.advanceTimersByTimeAsync(renewEveryMs);
    keeper.stop();
    answer.resolve(true);
    await vi.advanceTimersByTimeAsync(10 * leaseMs);
    expect(renewedAt).toEqual([renewEveryMs]);
    expect(fencedAt).toEqual([]);
  });

  test('whose renewal takes its time ends the call in time all the same', async () => {
    const { fencedAt } = keep(
      async () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 10_000)),
    );
    await vi.advanceTimersByTimeAsync(2 * leaseMs);
    expect(fencedAt).toHaveLength(1);
    expect(fencedAt[0]).toBeLessThanOrEqual(leaseMs - fenceMs);
  });
});
