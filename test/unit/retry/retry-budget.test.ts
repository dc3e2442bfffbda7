import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetryBudget, RetryBudgets } from '../../../src/core/retry/retry-budget.ts';
import { retriesPerMinuteLeast, retryPercentMax } from '../../../src/limits.ts';

const startMs = 1_000_000;
const minuteMs = 60_000;

function taken(budget: RetryBudget, tries: number, nowMs: number): number {
  return Array.from({ length: tries }, () => budget.takeRetry(nowMs)).filter(Boolean).length;
}

function called(calls: number): RetryBudget {
  const budget = new RetryBudget(startMs);
  for (let call = 0; call < calls; call += 1) budget.noteCall(startMs);
  return budget;
}

describe('a retry budget', () => {
  test('lets a provider that is seldom called be asked again, up to a floor', () => {
    expect(taken(called(1), 100, startMs)).toBe(retriesPerMinuteLeast);
  });

  test('lets a fifth of the calls be repeated, and not one more', () => {
    expect(taken(called(1000), 1000, startMs)).toBe((1000 * retryPercentMax) / 100);
    expect(taken(called(29), 100, startMs)).toBe(5);
    expect(taken(called(30), 100, startMs)).toBe(6);
  });

  test('says whether there is room without taking any', () => {
    const budget = called(1);
    expect(Array.from({ length: 100 }, () => budget.hasRoom(startMs))).not.toContain(false);
    expect(taken(budget, 100, startMs)).toBe(retriesPerMinuteLeast);
    expect(budget.hasRoom(startMs)).toBe(false);
  });

  test('is whole again when the minute is over, and not before', () => {
    const budget = called(1);
    taken(budget, 100, startMs);
    expect(budget.takeRetry(startMs + minuteMs)).toBe(false);
    expect(budget.takeRetry(startMs + minuteMs + 5000)).toBe(true);
  });

  test('is neither filled nor emptied by a clock that is set back', () => {
    const budget = called(1);
    taken(budget, 100, startMs);
    expect(budget.takeRetry(startMs - 3_600_000)).toBe(false);
    expect(budget.takeRetry(startMs - 3_600_000 + minuteMs + 5000)).toBe(true);
  });

  test('never lets more through in any minute than the share of its calls, or the floor', () => {
    const step = fc.record({ afterMs: fc.nat(20_000), calls: fc.nat(60), retries: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = new RetryBudget(startMs);
        const log: { atMs: number; calls: number; retries: number }[] = [];
        let nowMs = startMs;
        for (const { afterMs, calls, retries } of steps) {
          nowMs += afterMs;
          for (let call = 0; call < calls; call += 1) budget.noteCall(nowMs);
          log.push({ atMs: nowMs, calls, retries: taken(budget, retries, nowMs) });
          const recent = log.filter(({ atMs }) => atMs > nowMs - minuteMs);
          const sum = (count: 'calls' | 'retries') => recent.reduce((all, entry) => all + entry[count], 0);
          const share = (sum('calls') * retryPercentMax) / 100;
          // What was let through before and is within the minute still may be more than the calls that are left in it.
          if ((log.at(-1)?.retries ?? 0) > 0) {
            expect(sum('retries')).toBeLessThanOrEqual(Math.max(retriesPerMinuteLeast, share));
          }
        }
        const all = (count: 'calls' | 'retries') => log.reduce((total, entry) => total + entry[count], 0);
        const minutes = Math.ceil((nowMs - startMs) / minuteMs) + 1;
        expect(all('retries')).toBeLessThanOrEqual(
          (all('calls') * retryPercentMax) / 100 + minutes * retriesPerMinuteLeast,
        );
      }),
    );
  });
});

test('each provider has a budget of its own', () => {
  const budgets = new RetryBudgets();
  expect(taken(budgets.of('one', startMs), 100, startMs)).toBe(retriesPerMinuteLeast);
  expect(budgets.of('one', startMs).takeRetry(startMs)).toBe(false);
  expect(budgets.of('two', startMs).takeRetry(startMs)).toBe(true);
});
