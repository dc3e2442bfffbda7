import { describe, expect, test } from 'vitest';
import { checkpointEveryEvents, checkpointEveryRows, flushBytesMax, waitingMax } from '../../../src/limits.ts';
import { Engine } from '../../../src/core/account/engine.ts';
import { executeLedger, executeSettle } from '../../../src/core/account/execute.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { AdmitReply, SettleReply } from '../../../src/core/account/protocol.ts';
import { admitRequest, settleRequest } from '../../support/account.ts';
import { noon } from '../../support/ledger.ts';
import { CrashError } from '../../support/memory-disk.ts';
import { opened } from '../../support/opened-engine.ts';

function settle(engine: Engine, holdId: string, tokens: number): Promise<SettleReply> {
  return engine.submit((row) => executeSettle(engine.state, settleRequest(holdId, tokens), row));
}

function voidCall(engine: Engine, name: string): Promise<{ kind: string }> {
  return engine.submit((row) => executeLedger(engine.state, { type: 'void', name }, row));
}

async function holdOf(reply: Promise<AdmitReply>): Promise<string> {
  const grant = await reply;
  if (grant.kind !== 'granted') throw new Error(`not granted: ${grant.kind}`);
  return grant.holdId;
}

/** Whether an answer has come by now. */
async function isAnswered(reply: Promise<unknown>): Promise<boolean> {
  const turn = Symbol('a turn later');
  return (await Promise.race([reply, Promise.resolve(turn)])) !== turn;
}

const one: Policy = { limits: [{ metric: 'concurrency', max: 1 }] };

describe('a flush', () => {
  test('writes what was asked meanwhile as one row, and answers all of it', async () => {
    const { disk, engine } = opened();
    const replies = Array.from({ length: 50 }, (_unused, index) => engine.admit(admitRequest(`a${index}`)));
    expect(engine.queued).toBe(50);
    engine.flush(noon);
    expect(disk.lastSeq()).toBe(2);
    expect(await Promise.all(replies.map(holdOf))).toEqual(replies.map((_unused, index) => `2.${index}`));
  });

  test('answers nobody before the row is written', async () => {
    const { disk, engine } = opened();
    const reply = engine.admit(admitRequest('a'));
    expect(await isAnswered(reply)).toBe(false);
    expect(disk.lastSeq()).toBe(1);
    engine.flush(noon);
    expect(await isAnswered(reply)).toBe(true);
    expect(disk.lastSeq()).toBe(2);
  });

  test('of nothing, or of what changes nothing, writes nothing', async () => {
    const { disk, engine } = opened({ limits: [{ metric: 'concurrency', max: 0 }] });
    engine.flush(noon);
    const refused = engine.admit(admitRequest('a'));
    engine.flush(noon);
    expect(await refused).toMatchObject({ kind: 'refused' });
    expect(disk.lastSeq()).toBe(1);
  });

  test('that grows too large leaves the rest, in its order, to the next', async () => {
    const { disk, engine } = opened();
    const name = 'x'.repeat(1000);
    const replies = Array.from({ length: 300 }, (_unused, index) => voidCall(engine, `${name}${index}`));
    engine.flush(noon);
    expect(engine.queued).toBeGreaterThan(0);
    expect(disk.rows.get(2)?.events.length).toBeLessThan(flushBytesMax + 2000);
    const late = engine.admit(admitRequest(`${name}299`));
    engine.flush(noon);
    expect(engine.queued).toBe(0);
    expect(await late).toEqual({ kind: 'ended' });
    expect((await Promise.all(replies)).every(({ kind }) => kind === 'voided')).toBe(true);
  });

  test('is of its own time, and never of one before the last', () => {
    const { disk, engine } = opened();
    void voidCall(engine, 'a');
    engine.flush(noon + 5000);
    void voidCall(engine, 'b');
    engine.flush(noon - 5000);
    expect([...disk.rows.values()].map(({ at }) => at)).toEqual([noon, noon + 5000, noon + 5000]);
  });
});

describe('every caller is answered', () => {
  test('a command that is wrong in itself fails alone', async () => {
    const { engine } = opened();
    const holdId = holdOf(engine.admit(admitRequest('a')));
    engine.flush(noon);
    const wrong = settle(engine, await holdId, -1);
    const right = voidCall(engine, 'b');
    engine.flush(noon);
    await expect(wrong).rejects.toThrow('tokens used');
    expect(await right).toEqual({ kind: 'voided' });
    expect(engine.broken).toBe(false);
  });

  test('when the row can not be written, all of them are told, and nothing is taken in any more', async () => {
    const { disk, engine } = opened({ ...one, waitMs: 5000 });
    await flushed(engine, engine.admit(admitRequest('a')));
    const waiting = engine.admit(admitRequest('waits'));
    engine.flush(noon);
    const asked = voidCall(engine, 'b');
    disk.fate = 'lost';
    engine.flush(noon);
    expect(engine.broken).toBe(true);
    for (const reply of [waiting, asked, engine.admit(admitRequest('c')), voidCall(engine, 'd')]) {
      await expect(reply).rejects.toThrow(CrashError);
    }
    engine.flush(noon);
    expect(disk.lastSeq()).toBe(2);
  });

  test('when an event can not be folded in, all of them are told', async () => {
    const { engine } = opened();
    const first = voidCall(engine, 'a');
    const impossible = engine.submit((row) => row.record({ type: 'voided', id: '9.9' }));
    const after = voidCall(engine, 'b');
    engine.flush(noon);
    expect(engine.broken).toBe(true);
    for (const reply of [first, impossible, after]) {
      await expect(reply).rejects.toThrow('event voided could not be applied');
    }
  });

  test('two instances of one actor do not diverge: the one that comes late finds its row taken', async () => {
    const { disk, engine } = opened();
    const other = Engine.load(disk, noon);
    await flushed(engine, voidCall(engine, 'a'));
    const late = voidCall(other, 'b');
    other.flush(noon);
    await expect(late).rejects.toThrow('row 2 is there already');
    const outrun = Engine.load(disk, noon);
    await flushed(engine, voidCall(engine, 'c'));
    expect(() => {
      outrun.checkpoint();
    }).toThrow('another instance');
  });
});

describe('who has to wait', () => {
  test('is served as soon as a hold ends, in the same flush', async () => {
    const { engine } = opened({ ...one, waitMs: 5000 });
    const holdId = await holdOf(flushed(engine, engine.admit(admitRequest('a'))));
    const waiting = engine.admit(admitRequest('b'));
    engine.flush(noon);
    expect(await isAnswered(waiting)).toBe(false);
    expect(engine.nextDeadlineMs).toBe(noon + 5000);
    void settle(engine, holdId, 10);
    engine.flush(noon + 1000);
    expect(await waiting).toMatchObject({ kind: 'granted' });
    expect(engine.hasWaiters).toBe(false);
  });

  test('is refused when the time to wait is over', async () => {
    const { engine } = opened({ ...one, waitMs: 5000 });
    await flushed(engine, engine.admit(admitRequest('a')));
    const waiting = engine.admit(admitRequest('b'));
    engine.flush(noon);
    engine.flush(noon + 4999);
    expect(await isAnswered(waiting)).toBe(false);
    engine.flush(noon + 5000);
    expect(await waiting).toMatchObject({ kind: 'refused', refusal: { comeBack: { kind: 'holds' } } });
  });

  test('is admitted once, however often it asked', async () => {
    const { engine } = opened({ ...one, waitMs: 5000 });
    const holdId = await holdOf(flushed(engine, engine.admit(admitRequest('a'))));
    const twice = [engine.admit(admitRequest('b')), engine.admit(admitRequest('b'))];
    engine.flush(noon);
    void settle(engine, holdId, 10);
    engine.flush(noon);
    expect(new Set(await Promise.all(twice.map(holdOf))).size).toBe(1);
    expect(engine.state.ledger.open.size).toBe(1);
  });

  test('fails alone, if what it asks is wrong in itself and was never looked at before its turn', async () => {
    const { engine } = opened({ ...one, waitMs: 5000 });
    const holdId = await holdOf(flushed(engine, engine.admit(admitRequest('a'))));
    const first = engine.admit(admitRequest('b'));
    const wrong = engine.admit(admitRequest('wrong', { cap: -1 }));
    engine.flush(noon);
    expect(await isAnswered(wrong)).toBe(false);
    void settle(engine, holdId, 10);
    engine.flush(noon);
    expect(await first).toMatchObject({ kind: 'granted' });
    engine.flush(noon + 5000);
    await expect(wrong).rejects.toThrow('least cap');
    expect(engine.broken).toBe(false);
  });

  test('is one of so many: another is refused at once', async () => {
    const { engine } = opened({ ...one, waitMs: 5000 });
    await flushed(engine, engine.admit(admitRequest('a')));
    for (let index = 0; index < waitingMax; index += 1) void engine.admit(admitRequest(`w${index}`));
    const oneMore = engine.admit(admitRequest('one-more'));
    engine.flush(noon);
    expect(await oneMore).toMatchObject({ kind: 'refused' });
  });
});

describe('an opening balance', () => {
  test('is written with every so many rows, and what follows it is all that is read again', () => {
    const { disk, engine } = opened();
    for (let row = 2; row <= checkpointEveryRows + 3; row += 1) {
      void voidCall(engine, `a${row}`);
      engine.flush(noon);
    }
    expect(disk.checkpointedSeq).toBe(checkpointEveryRows);
    expect(engine.historySeq).toBe(checkpointEveryRows);
    const woken = Engine.load(disk, noon);
    expect(woken.state.seq).toBe(checkpointEveryRows + 3);
    expect(woken.historySeq).toBe(checkpointEveryRows);
  });

  test('is written with every so many events, however few rows they are in', async () => {
    const { disk, engine } = opened();
    // Two events told the account what it is.
    for (let event = 2; event < checkpointEveryEvents - 1; event += 1) void voidCall(engine, `a${event}`);
    engine.flush(noon);
    expect(disk.checkpointedSeq).toBe(0);
    await flushed(engine, voidCall(engine, 'one more'));
    expect(disk.checkpointedSeq).toBe(3);
  });

  test('is written on demand, if there is anything new in it', () => {
    const { disk, engine } = opened();
    engine.checkpoint();
    expect(disk.checkpointedSeq).toBe(1);
    disk.fate = 'lost';
    engine.checkpoint();
    expect(disk.checkpointedSeq).toBe(1);
  });
});

async function flushed<T>(engine: Engine, reply: Promise<T>): Promise<T> {
  engine.flush(noon);
  return reply;
}
