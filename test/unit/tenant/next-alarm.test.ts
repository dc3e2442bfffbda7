import { describe, expect, test } from 'vitest';
import { claimKeepMs, claimPruneSlackMs, journalKeepMs, journalPruneSlackMs } from '../../../src/limits.ts';
import { mustArm } from '../../../src/actors/alarm.ts';
import { mustAskDisk, nextAlarmMs } from '../../../src/core/account/next-alarm.ts';

const now = Date.UTC(2026, 2, 10);
const never = Number.POSITIVE_INFINITY;

describe('an actor is woken', () => {
  test('for a lease, for a row that is to be pruned, or for the rest of the pruning: whatever comes first', () => {
    const row = { rowAtMs: now };
    expect(nextAlarmMs(now + 5, row)).toBe(now + 5);
    expect(nextAlarmMs(never, row)).toBe(now + journalKeepMs + journalPruneSlackMs);
    expect(nextAlarmMs(now + 5, { rowAtMs: now - journalKeepMs - journalPruneSlackMs })).toBe(now);
    expect(nextAlarmMs(now + 5, row, now + 1)).toBe(now + 1);
  });

  test('for a claim that is too old, an hour later than that, with what has become too old since', () => {
    expect(nextAlarmMs(never, { rowAtMs: now, claimAtMs: now })).toBe(now + claimKeepMs + claimPruneSlackMs);
    expect(nextAlarmMs(now + 5, { rowAtMs: now, claimAtMs: now })).toBe(now + 5);
  });

  test('for nothing, if nothing will have to be done', () => {
    expect(nextAlarmMs(never, {})).toBeUndefined();
  });
});

describe('an alarm', () => {
  test('is set where there is none, and left alone where none is wanted', () => {
    expect(mustArm(undefined, now + 1, now)).toBe(true);
    expect(mustArm(undefined, undefined, now)).toBe(false);
    expect(mustArm(now + 1, undefined, now)).toBe(false);
  });

  test('is set again only if it would come too late', () => {
    expect(mustArm(now + 10, now + 9, now)).toBe(true);
    expect(mustArm(now + 10, now + 10, now)).toBe(false);
    expect(mustArm(now + 10, now + 11, now)).toBe(false);
  });

  test('is not left to one whose time has come', () => {
    expect(mustArm(now, now + 10, now)).toBe(true);
    expect(mustArm(now + 1, now + 10, now)).toBe(false);
  });
});

describe('the disk is asked for what is oldest on it', () => {
  test('where no alarm is set and no lease runs, and nowhere else', () => {
    expect(mustAskDisk(false, never)).toBe(true);
    expect(mustAskDisk(false, now + 5)).toBe(false);
    expect(mustAskDisk(true, never)).toBe(false);
  });
});
