import { describe, expect, test } from 'vitest';
import { callMsMax, leaseMs, renewEveryMs, writtenLeaseMs } from '../../../src/limits.ts';
import { Engine } from '../../../src/tenant/engine.ts';
import { executeConfigure, executeRenew } from '../../../src/tenant/execute.ts';
import { account, admitRequest } from '../../support/account.ts';
import { noon } from '../../support/ledger.ts';
import { CrashError, MemoryDisk } from '../../support/memory-disk.ts';

/** Goal: an engine that is loaded again has forgotten all renewals in memory, and ends no hold too early or too late. */

function opened(): { disk: MemoryDisk; engine: Engine } {
  const disk = new MemoryDisk();
  const engine = Engine.load(disk, noon);
  void engine.submit((row) => executeConfigure(engine.state, account('k'), row));
  engine.flush(noon);
  return { disk, engine };
}

async function admitted(engine: Engine): Promise<string> {
  const reply = engine.admit(admitRequest('a'));
  engine.flush(noon);
  const grant = await reply;
  if (grant.kind !== 'granted') throw new Error(`not granted: ${grant.kind}`);
  return grant.holdId;
}

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
    for (let nowMs: number = noon; nowMs < noon + writtenLeaseMs; nowMs += 7000) {
      const woken = Engine.load(disk, nowMs);
      expect(woken.nextLeaseMs).toBe(Math.min(nowMs + leaseMs, noon + writtenLeaseMs));
      woken.flush(nowMs);
      expect(woken.state.ledger.open.has(holdId)).toBe(true);
    }
    const last = Engine.load(disk, noon + writtenLeaseMs - 1);
    last.flush(noon + writtenLeaseMs - 1);
    expect(last.state.ledger.open.has(holdId)).toBe(true);
    last.flush(noon + writtenLeaseMs);
    expect(last.state.ledger.open.has(holdId)).toBe(false);
    expect(disk.lastSeq()).toBe(3);
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
    for (const nowMs of [wokeMs, wokeMs + 1000, wokeMs + leaseMs - 1]) {
      const woken = Engine.load(disk, nowMs);
      woken.flush(nowMs);
      expect(woken.nextLeaseMs).toBe(wokeMs + leaseMs);
      expect(await renew(Engine.load(disk, nowMs), '9.9', nowMs)).toEqual(['9.9']);
    }
    expect(disk.lastSeq()).toBe(3);
    const last = Engine.load(disk, wokeMs + leaseMs);
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
