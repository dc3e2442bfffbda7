import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Upstream } from '../../../src/gateway/attempt/upstream.ts';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { SilenceTimer } from '../../../src/gateway/relay/silence.ts';
import { afterStopMs, callMsMax, stallMs } from '../../../src/limits.ts';
import { steadyNowMs } from '../../../src/steady-time.ts';

// A machine that sleeps, or a process that is stopped: when it goes on, every timer is due at once, and what the
// provider has sent meanwhile lies there unread.

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stream() {
  const clock = new CallClock();
  const never = new AbortController().signal;
  const signals = { client: never, fence: never, deadlineMs: steadyNowMs() + callMsMax, timeIsOver: '', clock };
  const upstream = new Upstream(signals, { kind: 'cancel', charge: 'cancelled' }, 25_000);
  const silence = new SilenceTimer(clock, stallMs, () => upstream.interrupt('stalled'));
  silence.heard();
  upstream.lag.reading();
  return { upstream, silence };
}

/** The wall clock goes on, and nothing else does. The runtime's timers, which are due, fire when it is over. */
function stopFor(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  vi.advanceTimersByTime(stallMs);
}

test('what was received while nothing ran is read before a stream is taken to have stalled', () => {
  const { upstream, silence } = stream();
  stopFor(70_000);
  silence.heard();
  vi.advanceTimersByTime(afterStopMs);
  expect(upstream.interruption).toBeUndefined();
  vi.advanceTimersByTime(stallMs);
  expect(upstream.interruption).toBe('stalled');
});

test('a stream that has said nothing by then has stalled', () => {
  const { upstream } = stream();
  stopFor(70_000);
  expect(upstream.interruption).toBeUndefined();
  vi.advanceTimersByTime(afterStopMs);
  expect(upstream.interruption).toBe('stalled');
});

test('a stream that ends early after that is not charged by what was read of it', () => {
  const { upstream } = stream();
  expect(upstream.chargeIfEarly).toBe('cancelled');
  stopFor(70_000);
  expect(upstream.chargeIfEarly).toBe('unknown');
});
