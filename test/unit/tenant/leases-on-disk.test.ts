import { describe, expect, test } from 'vitest';
import { callMsMax, leaseMs, renewEveryMs, writtenLeaseMs } from '../../../src/limits.ts';
import { doubtMs } from '../../../src/core/account/doubt.ts';
import { Engine } from '../../../src/core/account/engine.ts';
import { executeRenew } from '../../../src/core/account/execute.ts';
import { passDoubts } from '../../support/doubts.ts';
import { noon } from '../../support/ledger.ts';
import { CrashError } from '../../support/memory-disk.ts';
import { admitted, opened } from '../../support/opened-engine.ts';

/** Goal: an engine that is loaded again has forgotten all renewals in memory, and ends no hold too early or too late. */

/** Renews as the actor does, and flushes where it has to. */
async function renew(engine: Engine, holdId: string, nowMs: number): Promise<readonly string[]> {
  const lost = engine.renewUnwritten([holdId], nowMs);
  if (lost !== undefined) return lost;
  const reply = engine.submit((row) => executeRenew(engine.state, [holdId], row));
  engine.flush(nowMs);
  return reply;
}

describe('an engine that is loaded again', () => {
  test('however often ends a hold whose owner vanished one lease after its own, and not a millisecond before', async () => {
    const { disk, engine } = opened();
    const holdId = await admitted(engine);
    const lastMs = noon + writtenLeaseMs - doubtMs;
    for (let nowMs: number = noon; nowMs <= lastMs; nowMs += 7000) {
      const woken = Engine.load(disk, nowMs);
      expect(woken.nextLeaseMs).toBe(Math.min(nowMs + leaseMs - doubtMs, lastMs));
      woken.flush(nowMs);
      expect(woken.state.ledger.open.has(holdId)).toBe(true);
    }
    const last = Engine.load(disk, lastMs - 1);
    last.flush(lastMs - 1);
    expect(last.takeDoubts()).toEqual([]);
    last.flush(lastMs);
    expect(last.takeDoubts().map((doubt) => (doubt.leftMs = 0))).toHaveLength(1);
    expect(last.state.ledger.open.has(holdId)).toBe(true);
    last.flush(noon + writtenLeaseMs);
    expect(last.state.ledger.open.has(holdId)).toBe(false);
    expect(disk.lastSeq()).toBe(3);
  });

  test.each([0, 600_000, 86_400_000])(
    'when the lease on disk has been over for %d ms gives its owner once the time to renew it, however often it dies meanwhile',
    async (lateMs) => {
      const { disk, engine } = opened();
      const holdId = await admitted(engine);
      const wokeMs = noon + writtenLeaseMs + lateMs;
      for (let nowMs = wokeMs; nowMs < wokeMs + doubtMs; nowMs += 5000) {
        const woken = Engine.load(disk, nowMs);
        woken.flush(nowMs);
        expect(woken.state.ledger.open.has(holdId)).toBe(true);
      }
      expect(disk.lastSeq()).toBe(3);
      const last = Engine.load(disk, wokeMs + doubtMs);
      last.flush(wokeMs + doubtMs);
      expect(last.state.ledger.open.has(holdId)).toBe(false);
    },
  );

  test('when the lease on disk is over keeps the hold of an owner that renews it, through the next sleep too', async () => {
    const { disk, engine } = opened();
    const holdId = await admitted(engine);
    // The clock is set ahead, while the actor sleeps, by a day, and later by another.
    for (const dayMs of [86_400_000, 2 * 86_400_000]) {
      const woken = Engine.load(disk, noon + dayMs);
      woken.flush(noon + dayMs);
      expect(await renew(woken, holdId, noon + dayMs + 20_000)).toEqual([]);
      passDoubts(woken);
      woken.flush(noon + dayMs + doubtMs);
      expect(woken.state.ledger.open.has(holdId)).toBe(true);
    }
  });

  test('between all renewals of a call that takes an hour keeps its hold, and writes a row in two minutes', async () => {
    const { disk, engine } = opened();
    const holdId = await admitted(engine);
    const before = disk.lastSeq();
    for (let nowMs = noon + renewEveryMs; nowMs <= noon + callMsMax; nowMs += renewEveryMs) {
      const woken = Engine.load(disk, nowMs);
      woken.flush(nowMs);
      expect(await renew(woken, holdId, nowMs)).toEqual([]);
    }
    expect(disk.lastSeq() - before).toBeLessThanOrEqual(callMsMax / leaseMs);
  });

  test('writes nothing for a call that is renewed for less than a lease', async () => {
    const { disk, engine } = opened();
    const holdId = await admitted(engine);
    for (let nowMs = noon + renewEveryMs; nowMs <= noon + leaseMs; nowMs += renewEveryMs) {
      expect(engine.renewUnwritten([holdId], nowMs)).toEqual([]);
    }
    expect(disk.lastSeq()).toBe(2);
  });

  test('gives a hold one fresh lease, once, of whose leases the release that admitted it wrote nothing', async () => {
    const { disk, engine } = opened();
    const holdId = await admitted(engine);
    const row = disk.rows.get(2);
    if (row === undefined) throw new Error('the admission was written');
    disk.rows.set(2, { ...row, events: row.events.replace(/,"endsBy":\d+/, '') });
    const wokeMs = noon + callMsMax / 2;
    for (const nowMs of [wokeMs, wokeMs + 1000, wokeMs + leaseMs - doubtMs - 1]) {
      const woken = Engine.load(disk, nowMs);
      woken.flush(nowMs);
      expect(woken.nextLeaseMs).toBe(wokeMs + leaseMs - doubtMs);
      expect(await renew(Engine.load(disk, nowMs), '9.9', nowMs)).toEqual(['9.9']);
    }
    expect(disk.lastSeq()).toBe(3);
    const last = Engine.load(disk, wokeMs + leaseMs - doubtMs);
    last.flush(wokeMs + leaseMs - doubtMs);
    passDoubts(last);
    last.flush(wokeMs + leaseMs);
    expect(last.state.ledger.open.has(holdId)).toBe(false);
  });

  test('says of no renewal that it is made which could not be written', async () => {
    const { disk, engine } = opened();
    const holdId = await admitted(engine);
    expect(engine.renewUnwritten([holdId], noon + leaseMs - 1)).toEqual([]);
    const nowMs = noon + leaseMs + 1;
    const reply = engine.submit((row) => executeRenew(engine.state, [holdId], row));
    disk.fate = 'lost';
    engine.flush(nowMs);
    await expect(reply).rejects.toThrow(CrashError);
    expect(engine.renewUnwritten([holdId], nowMs)).toBeUndefined();
  });
});
