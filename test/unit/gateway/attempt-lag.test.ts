import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Lag } from '../../../src/gateway/attempt/lag.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

test('a stream lags behind by as long as its client keeps it from being read', () => {
  const lag = new Lag();
  pass(1000);
  expect(lag.lagMs).toBe(0);
  lag.passing();
  pass(300);
  expect(lag.lagMs).toBe(300);
});

test('a stream catches up as long as more is waited for, and is never ahead', () => {
  const lag = new Lag();
  lag.passing();
  pass(300);
  lag.reading();
  pass(100);
  expect(lag.lagMs).toBe(200);
  lag.passing();
  pass(50);
  lag.reading();
  pass(1000);
  expect(lag.lagMs).toBe(0);
  lag.passing();
  pass(20);
  expect(lag.lagMs).toBe(20);
});

test('a stream that was ended lags behind by no more than it did', () => {
  const lag = new Lag();
  lag.passing();
  pass(300);
  lag.end();
  pass(1000);
  lag.reading();
  pass(1000);
  expect(lag.lagMs).toBe(300);
});

test('a stream lags behind by as long as nothing ran here, whatever it was doing, until that is caught up', () => {
  for (const turn of ['reading', 'passing'] as const) {
    const lag = new Lag();
    lag[turn]();
    pass(100);
    lag.stopped(70_000);
    expect(lag.lagMs).toBe(turn === 'passing' ? 70_100 : 70_000);
    lag.reading();
    pass(70_100);
    expect(lag.lagMs).toBe(0);
  }
});

test('a stream that was ended is no further behind for what stops later', () => {
  const lag = new Lag();
  lag.end();
  lag.stopped(70_000);
  expect(lag.lagMs).toBe(0);
});

test('a provider is silent since it was asked, or since output came last, as long as it is waited for', () => {
  const lag = new Lag();
  pass(1000);
  expect(lag.silentMs).toBe(1000);
  lag.passing();
  // This is the client's time, and no silence.
  pass(300);
  lag.reading();
  pass(100);
  expect(lag.silentMs).toBe(1100);
  lag.passing();
  lag.output();
  expect(lag.silentMs).toBe(0);
  lag.reading();
  pass(40);
  lag.end();
  pass(1000);
  expect(lag.silentMs).toBe(40);
});
