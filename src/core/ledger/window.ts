import { assert } from '../../assert.ts';
import type { EpochMs } from './epoch-ms.ts';

/**
 * What a counter counts over. A window is cut into periods and keeps a fixed number of the newest. A sliding window of
 * length W keeps 65 periods of W/64: so a period leaves only when it is wholly outside. A month is one period. A total
 * is one that never ends. So one representation, in constant memory, serves all.
 */
export type Window =
  | { readonly kind: 'sliding'; readonly ms: number }
  | { readonly kind: 'month' }
  | { readonly kind: 'total' };

export const slidingPeriods = 64;

export const minute: Window = { kind: 'sliding', ms: 60_000 };
export const hour: Window = { kind: 'sliding', ms: 3_600_000 };
export const day: Window = { kind: 'sliding', ms: 86_400_000 };
export const month: Window = { kind: 'month' };
export const total: Window = { kind: 'total' };

export function windowKey(window: Window): string {
  return window.kind === 'sliding' ? `${window.ms}ms` : window.kind;
}

export function periodsKept(window: Window): number {
  return window.kind === 'sliding' ? slidingPeriods + 1 : 1;
}

/** The period of a moment. Periods are numbered from 1970. */
export function periodAt(window: Window, at: EpochMs): number {
  switch (window.kind) {
    case 'sliding':
      return Math.floor((at * slidingPeriods) / window.ms);
    case 'month':
      return monthAt(at);
    case 'total':
      return 0;
  }
}

/** The first moment at which a period no longer counts. Undefined if that never comes. */
export function periodLeavesAt(window: Window, period: number): EpochMs | undefined {
  switch (window.kind) {
    case 'sliding':
      return Math.ceil(((period + slidingPeriods + 1) * window.ms) / slidingPeriods) as EpochMs;
    case 'month':
      return monthStart(period + 1);
    case 'total':
      return undefined;
  }
}

const msPerDay = 86_400_000;

/** Months since January 1970, UTC. Computed here because the ledger reads no clock and no time zone. */
function monthAt(at: EpochMs): number {
  const { year, monthOfYear } = civilMonth(Math.floor(at / msPerDay));
  return (year - 1970) * 12 + monthOfYear;
}

function monthStart(monthIndex: number): EpochMs {
  const year = 1970 + Math.floor(monthIndex / 12);
  return (daysBeforeMonth(year, monthIndex - (year - 1970) * 12) * msPerDay) as EpochMs;
}

// The Gregorian calendar repeats every 400 years, which have 146,097 days. A year that begins in March ends with the
// leap day: so one linear formula gives the days before a month.
const daysPerEra = 146_097;
const daysFromEraToEpoch = 719_468;

function civilMonth(daysSince1970: number): { year: number; monthOfYear: number } {
  assert(daysSince1970 >= 0, 'a moment before 1970');
  const days = daysSince1970 + daysFromEraToEpoch;
  const era = Math.floor(days / daysPerEra);
  const dayOfEra = days - era * daysPerEra;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const marchYear = yearOfEra + era * 400;
  return { year: monthFromMarch < 10 ? marchYear : marchYear + 1, monthOfYear: (monthFromMarch + 2) % 12 };
}

function daysBeforeMonth(year: number, monthOfYear: number): number {
  const marchYear = monthOfYear < 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const monthFromMarch = (monthOfYear + 10) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5);
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * daysPerEra + dayOfEra - daysFromEraToEpoch;
}
