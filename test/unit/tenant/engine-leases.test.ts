import { describe, expect, test } from 'vitest';
import { leaseMs, writtenLeaseMs } from '../../../src/limits.ts';
import { doubtAlarmMs, doubtMs } from '../../../src/core/account/doubt.ts';
import { Engine } from '../../../src/core/account/engine.ts';
import { admitRequest } from '../../support/account.ts';
import { passDoubts } from '../../support/doubts.ts';
import { noon } from '../../support/ledger.ts';
import { admitted, opened } from '../../support/opened-engine.ts';

describe('leases', () => {
  test('that nobody renews while they are doubted end their holds at the next flush, whoever calls for it', async () => {
    const { engine } = opened();
    const holdId = await admitted(engine);
    const nowMs = noon + leaseMs - doubtMs;
    expect(engine.nextLeaseMs).toBe(nowMs);
    engine.flush(nowMs - 1);
    expect(engine.takeDoubts()).toEqual([]);
    engine.flush(nowMs);
    expect(engine.nextLeaseMs).toBe(Infinity);
    expect(engine.nextWakeMs(nowMs)).toBe(nowMs + doubtAlarmMs);
    const doubts = engine.takeDoubts();
    expect(doubts).toEqual([{ leftMs: doubtMs }]);
    expect(engine.takeDoubts()).toEqual([]);
    engine.flush(noon + 1000 * leaseMs);
    expect(engine.state.ledger.open.size).toBe(1);
    for (const doubt of doubts) doubt.leftMs = 0;
    engine.flush(noon + leaseMs);
    expect(engine.state.ledger.open.size).toBe(0);
    expect(engine.renewUnwritten([holdId], noon + leaseMs)).toEqual([holdId]);
    expect(engine.nextWakeMs(noon + leaseMs)).toBe(Infinity);
  });

  test('that have run out leave their room to whoever comes once their owners had time to renew them', async () => {
    const { disk, engine } = opened({ limits: [{ metric: 'concurrency', max: 1 }] });
    await admitted(engine);
    const nowMs = noon + 10 * writtenLeaseMs;
    const woken = Engine.load(disk, nowMs);
    const early = woken.admit(admitRequest('b'));
    woken.flush(nowMs);
    expect(await early).toMatchObject({ kind: 'refused' });
    passDoubts(woken);
    const reply = woken.admit(admitRequest('c'));
    woken.flush(nowMs + doubtMs);
    expect(await reply).toMatchObject({ kind: 'granted' });
  });

  test('are renewed by a call that is asked for again, for its router does not know of them yet', async () => {
    const { engine } = opened();
    await admitted(engine);
    // The clock is set ahead.
    const nowMs = noon + 86_400_000;
    engine.flush(nowMs);
    const again = engine.admit(admitRequest('a'));
    engine.flush(nowMs);
    expect(await again).toMatchObject({ kind: 'granted', leaseMs });
    passDoubts(engine);
    engine.flush(nowMs + doubtMs);
    expect(engine.state.ledger.open.size).toBe(1);
    expect(engine.nextLeaseMs).toBe(nowMs + leaseMs - doubtMs);
  });

  test('are renewed for those that are open, and the others are named', async () => {
    const { engine } = opened();
    const holdId = await admitted(engine);
    expect(engine.renewUnwritten([holdId, '9.9'], noon + 30_000)).toEqual(['9.9']);
    engine.flush(noon + 30_000 + leaseMs - doubtMs - 1);
    expect(engine.takeDoubts()).toEqual([]);
    expect(engine.state.ledger.open.size).toBe(1);
  });
});
