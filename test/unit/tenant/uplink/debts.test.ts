import { describe, expect, test } from 'vitest';
import { Engine } from '../../../../src/core/account/engine.ts';
import { executeConfigure } from '../../../../src/core/account/configure.ts';
import { executeSettle } from '../../../../src/core/account/execute.ts';
import { executeTake } from '../../../../src/core/account/uplink/below.ts';
import { checksum } from '../../../../src/core/account/uplink/checksum.ts';
import type { Delivery, TakeReply } from '../../../../src/core/account/uplink/delivery.ts';
import { account, settleRequest } from '../../../support/account.ts';
import { noon } from '../../../support/ledger.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';
import { admitted, opened as openedEngine } from '../../../support/opened-engine.ts';

/** Goal: what is owed is read from the journal as often as needed, and an older copy of it is found out. */

const sender = { from: 'k', ledger: 'l' };
const user = `u_${'1'.padStart(32, '0')}`;
const opened = (disk = new MemoryDisk()) => openedEngine({}, disk, { userId: user });

async function settled(engine: Engine, name: string, tokens = 30): Promise<void> {
  const holdId = await admitted(engine, name);
  void engine.submit((row) => executeSettle(engine.state, settleRequest(holdId, tokens), row));
  engine.flush(noon);
}

/** An account above that takes what it is sent. */
async function take(above: Engine, delivery: Delivery): Promise<Exclude<TakeReply, { kind: 'denied' }>> {
  const reply = above.submit((row) => executeTake(above.state, delivery, row));
  above.flush(noon);
  const taken = await reply;
  if (taken.kind === 'denied') throw new Error('lost');
  return taken;
}

describe('what an account owes', () => {
  test('is nothing before a call has ended, and then what it came to', async () => {
    const { engine } = opened();
    expect(engine.debts.isEmpty).toBe(true);
    const holdId = await admitted(engine);
    expect(engine.debts.isEmpty).toBe(true);
    void engine.submit((row) => executeSettle(engine.state, settleRequest(holdId, 30), row));
    engine.flush(noon);
    expect(engine.debts.creditors()).toEqual([user]);
    expect(engine.debts.next(user, sender)).toEqual({
      ...sender,
      after: { seq: 0, check: 0 },
      through: { seq: 3, check: expect.any(Number) },
      n: 3,
      postings: [
        {
          n: 3,
          at: noon,
          endpoint: 'chat',
          model: 'echo',
          requests: 1,
          tokens: 30,
          nanoUsd: 30_000,
          spent: [{ model: 'echo', requests: 1, inputTokens: 10, outputTokens: 20, costNanoUsd: 30_000 }],
        },
      ],
    });
  });

  test('is said again until it was taken, and then what came since', async () => {
    const { engine } = opened();
    const above = opened().engine;
    await settled(engine, 'a');
    const first = engine.debts.next(user, sender);
    expect(engine.debts.next(user, sender)).toEqual(first);
    engine.debts.answered(user, first, await take(above, first));
    expect(engine.debts.isEmpty).toBe(true);
    await settled(engine, 'b', 7);
    const second = engine.debts.next(user, sender);
    expect(second).toMatchObject({ after: first.through, postings: [{ tokens: 7 }] });
  });

  test('is begun where the account above says, when a crash came before that was written', async () => {
    const { engine, disk } = opened();
    const above = opened().engine;
    await settled(engine, 'a');
    const first = engine.debts.next(user, sender);
    engine.debts.answered(user, first, await take(above, first));
    const woken = opened(disk).engine;
    await settled(woken, 'b', 7);
    const again = woken.debts.next(user, sender);
    expect(again.postings).toHaveLength(2);
    const reply = await take(above, again);
    expect(reply).toEqual({ kind: 'elsewhere', at: first.through });
    expect(woken.debts.answered(user, again, reply)).toBe('noted');
    expect(woken.debts.next(user, sender)).toMatchObject({ after: first.through, postings: [{ tokens: 7 }] });
  });

  test('comes in parts of a bounded size, each of whole rows', async () => {
    const { engine } = opened();
    const above = opened().engine;
    const metadata = 'x'.repeat(60_000);
    for (let call = 0; call < 20; call += 1) {
      const holdId = await admitted(engine, `a${call}`);
      const request = settleRequest(holdId, 30, { requestedModel: metadata });
      void engine.submit((row) => executeSettle(engine.state, request, row));
      engine.flush(noon);
    }
    const sizes: number[] = [];
    while (!engine.debts.isEmpty) {
      const delivery = engine.debts.next(user, sender);
      sizes.push(delivery.postings.length);
      engine.debts.answered(user, delivery, await take(above, delivery));
    }
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20);
    expect(above.state.spend.totalNanoUsd).toBe(20 * 30_000);
  });
});

describe('an older copy of a journal', () => {
  test('is found out by a place that it never reached, or reached otherwise, and not by one that was pruned', async () => {
    const { engine, disk } = opened();
    await settled(engine, 'a');
    const delivery = engine.debts.next(user, sender);
    const { seq, check } = delivery.through;
    const answered = (at: { seq: number; check: number }) =>
      engine.debts.answered(user, delivery, { kind: 'elsewhere', at });
    expect(answered({ seq: seq + 1, check })).toBe('went-back');
    expect(answered({ seq, check: check + 1 })).toBe('went-back');
    expect(answered({ seq, check })).toBe('noted');
    disk.rows.delete(seq);
    expect(answered({ seq, check: check + 1 })).toBe('noted');
  });

  test('goes on under another name, and nothing that it owes gets lost', async () => {
    const { engine, disk } = opened();
    const above = opened().engine;
    await settled(engine, 'a');
    const copy = new MemoryDisk();
    for (const row of disk.rows.values()) copy.append(row, undefined);
    await settled(engine, 'b', 7);
    const both = engine.debts.next(user, sender);
    engine.debts.answered(user, both, await take(above, both));
    const restored = opened(copy).engine;
    await settled(restored, 'c', 9);
    const delivery = restored.debts.next(user, sender);
    expect(restored.debts.answered(user, delivery, await take(above, delivery))).toBe('went-back');
    void restored.submit((row) => row.record({ type: 'uplinks-renamed', name: 'm' }));
    restored.flush(noon);
    expect(opened(copy).engine.state.uplinkName).toBe('m');
    const renamed = restored.debts.next(user, { from: 'k', ledger: 'm' });
    expect(restored.debts.answered(user, renamed, await take(above, renamed))).toBe('noted');
    // What the copy can't know to be taken is taken twice: no call gets lost.
    expect(above.state.spend.totalNanoUsd).toBe(30_000 + 7000 + 30_000 + 9000);
    expect(restored.debts.isEmpty).toBe(true);
  });
});

describe('an account above that was restored from an older copy', () => {
  test('is told again what it has forgotten, though it is on disk that it had taken it', async () => {
    const { engine, disk } = opened();
    const above = opened();
    const deliver = async (to: Engine): Promise<string> => {
      const delivery = engine.debts.next(user, sender);
      const reply = await take(to, delivery);
      engine.debts.answered(user, delivery, reply);
      return reply.kind;
    };
    await settled(engine, 'a');
    await deliver(above.engine);
    const copy = new MemoryDisk();
    for (const row of above.disk.rows.values()) copy.append(row, undefined);
    await settled(engine, 'b', 7);
    await deliver(above.engine);
    // With this row it is on disk how far the other has come.
    await settled(engine, 'c', 9);
    expect(disk.rows.get(engine.state.seq - 1)?.events).toContain('"delivered"');
    const restored = Engine.load(copy, noon);
    expect(await deliver(restored)).toBe('elsewhere');
    expect(await deliver(restored)).toBe('taken');
    expect(restored.state.spend.totalNanoUsd).toBe(30_000 + 7000 + 9000);
    expect(engine.debts.isEmpty).toBe(true);
  });
});

describe('what follows the last debt', () => {
  test('is not read, however much it is', async () => {
    const { engine, disk } = opened();
    await settled(engine, 'a');
    const last = engine.state.seq;
    await admitted(engine, 'b');
    await admitted(engine, 'c');
    expect(engine.state.seq).toBeGreaterThan(last);
    expect(engine.debts.next(user, sender).through.seq).toBe(last);
    expect(disk.rows.size).toBe(engine.state.seq);
  });
});

describe('rows that are owed', () => {
  test('are no history before they were taken', async () => {
    const { engine } = opened();
    const above = opened().engine;
    await settled(engine, 'a');
    engine.checkpoint();
    expect(engine.historySeq).toBe(0);
    const delivery = engine.debts.next(user, sender);
    engine.debts.answered(user, delivery, await take(above, delivery));
    expect(engine.historySeq).toBe(engine.state.seq);
  });

  test('of an account that belongs to nobody there are none', async () => {
    const disk = new MemoryDisk();
    const engine = Engine.load(disk, noon);
    const nobodys = { ...account('k'), userId: 'admin' };
    void engine.submit((row) => executeConfigure(engine.state, nobodys, row));
    engine.flush(noon);
    await settled(engine, 'a');
    expect(engine.debts.isEmpty).toBe(true);
    expect([...disk.rows.values()].some(({ events }) => events.includes('owed'))).toBe(false);
  });
});

test('texts of which one character differs have another checksum', () => {
  expect(checksum('')).toBe(0x811c9dc5);
  expect(checksum('a')).not.toBe(checksum('b'));
  expect(checksum('ab')).not.toBe(checksum('ba'));
});
