import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { renewEveryMs } from '../../../src/limits.ts';
import { letPass } from '../../../src/actors/tenant/timers.ts';
import { type Doubt, doubtMs, doubtPieceMs } from '../../../src/core/account/doubt.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the time of a doubt', () => {
  test.each([-86_400_000, 0, 600_000, 86_400_000])(
    'truly passes before it is over, also when the clock is set by %d ms',
    (byMs) => {
      const doubt: Doubt = { leftMs: doubtMs };
      const whenOver = vi.fn<() => void>();
      letPass(doubt, whenOver);
      vi.advanceTimersByTime(1000);
      vi.setSystemTime(Date.now() + byMs);
      vi.advanceTimersByTime(doubtMs - 1001);
      expect(whenOver).not.toHaveBeenCalled();
      expect(doubt.leftMs).toBeGreaterThan(0);
      vi.advanceTimersByTime(1);
      expect(whenOver).toHaveBeenCalledOnce();
      expect(doubt.leftMs).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test('leaves every owner that lives one renewal after a stop, in which timers run on and nothing is heard', () => {
    const doubt: Doubt = { leftMs: doubtMs };
    letPass(doubt, () => undefined);
    // All timers that were set before the stop fire when it is over.
    vi.advanceTimersToNextTimer();
    expect(doubt.leftMs).toBe(doubtMs - doubtPieceMs);
    expect(doubt.leftMs).toBeGreaterThanOrEqual(renewEveryMs);
    vi.advanceTimersByTime(doubt.leftMs - 1);
    expect(doubt.leftMs).toBeGreaterThan(0);
  });
});
