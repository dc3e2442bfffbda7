import { describe, expect, test } from 'vitest';
import { leaseMs } from '../../../src/limits.ts';
import { executeConfigure } from '../../../src/core/account/configure.ts';
import { executeExtend, executeLedger, executeSettle } from '../../../src/core/account/execute.ts';
import type { Row } from '../../../src/core/account/row.ts';
import { Engine } from '../../../src/core/account/engine.ts';
import { findRecord } from '../../../src/core/account/find-record.ts';
import type { CallRecord } from '../../../src/core/account/record.ts';
import { account, admitRequest, settleRequest } from '../../support/account.ts';
import { passDoubts } from '../../support/doubts.ts';
import { noon } from '../../support/ledger.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

/** An account at work, with a clock, that does one thing after the other. */
class Desk {
  readonly disk = new MemoryDisk();
  nowMs: number = noon;
  readonly #engine = Engine.load(this.disk, noon);

  constructor() {
    void this.#do((row) => executeConfigure(this.#engine.state, account('k'), row));
  }

  #do<T>(execute: (row: Row) => T): Promise<T> {
    const done = this.#engine.submit(execute);
    this.#engine.flush(this.nowMs);
    return done;
  }

  /** Time passes in which nobody renews anything. */
  async expire(): Promise<void> {
    this.nowMs += leaseMs;
    this.#engine.flush(this.nowMs);
    passDoubts(this.#engine);
    await this.#do(() => undefined);
  }

  pass(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  async admit(name: string): Promise<string> {
    const reply = this.#engine.admit(admitRequest(name));
    this.#engine.flush(this.nowMs);
    const grant = await reply;
    if (grant.kind !== 'granted') throw new Error(`${name} was not granted`);
    return grant.holdId;
  }

  async extend(holdId: string, attempt: number): Promise<void> {
    const { bound } = admitRequest('').call;
    const spent = { spentTokens: 4, spentNanoUsd: 4000 };
    await this.#do((row) => executeExtend(this.#engine.state, { holdId, attempt, ...spent, bound }, row));
  }

  async settle(holdId: string, tokens: number): Promise<void> {
    await this.#do((row) => executeSettle(this.#engine.state, settleRequest(holdId, tokens), row));
  }

  async void(name: string): Promise<void> {
    await this.#do((row) => executeLedger(this.#engine.state, { type: 'void', name }, row));
  }

  record(name: string, namedAtMs: number = noon): CallRecord | undefined {
    return findRecord(this.disk, name, namedAtMs);
  }
}

// Every call here holds 110 tokens at most, at a thousand nano-dollars each.
const held = { heldNanoUsd: 110_000, outputCap: 100 };
const plain = { breach: false, expired: false, corrected: false };

describe('the record of a call', () => {
  test('that was settled says what it used, and when', async () => {
    const desk = new Desk();
    const holdId = await desk.admit('a');
    await desk.pass(1500).settle(holdId, 30);
    expect(desk.record('a')).toMatchObject({
      requestId: 'a',
      endpoint: 'chat',
      stream: false,
      admittedAtMs: noon,
      endedAtMs: noon + 1500,
      tokens: 30,
      costNanoUsd: 30_000,
      facts: { provider: 'echo' },
      ...held,
      ...plain,
    });
  });

  test('that used more than it held says so', async () => {
    const desk = new Desk();
    await desk.settle(await desk.admit('a'), 111);
    expect(desk.record('a')).toMatchObject({ tokens: 111, breach: true });
  });

  test('that was voided says that nothing was used', async () => {
    const desk = new Desk();
    await desk.admit('a');
    await desk.void('a');
    expect(desk.record('a')).toMatchObject({ tokens: 0, costNanoUsd: 0, ...held, ...plain });
    expect(desk.record('a')?.facts).toBeUndefined();
  });

  test('of several attempts adds up what all of them used', async () => {
    const desk = new Desk();
    const holdId = await desk.admit('a');
    await desk.extend(holdId, 2);
    await desk.extend(holdId, 3);
    await desk.settle(holdId, 30);
    expect(desk.record('a')).toMatchObject({ tokens: 38, costNanoUsd: 38_000 });
    const voided = await desk.admit('b');
    await desk.extend(voided, 2);
    await desk.void('b');
    expect(desk.record('b')).toMatchObject({ tokens: 4, costNanoUsd: 4000 });
  });

  test('whose owner vanished is charged in full, until the truth comes', async () => {
    const desk = new Desk();
    const holdId = await desk.admit('a');
    await desk.expire();
    expect(desk.record('a')).toMatchObject({ tokens: 110, costNanoUsd: 110_000, ...held, ...plain, expired: true });
    await desk.settle(holdId, 7);
    expect(desk.record('a')).toMatchObject({ tokens: 7, costNanoUsd: 7000, expired: true, corrected: true });
  });

  test('that still runs, was never admitted, or goes by another name, is none', async () => {
    const desk = new Desk();
    const holdId = await desk.admit('a');
    expect(desk.record('a')).toBeUndefined();
    await desk.settle(holdId, 1);
    await desk.void('tombstone');
    expect(desk.record('tombstone')).toBeUndefined();
    expect(desk.record('aa')).toBeUndefined();
  });

  test('is looked for where its name says it must be, and nowhere else', async () => {
    const desk = new Desk();
    await desk.settle(await desk.admit('a'), 1);
    expect(desk.record('a', noon + 59_000)).toBeDefined();
    expect(desk.record('a', noon + 61_000)).toBeUndefined();
    expect(desk.record('a', noon - 170_000)).toBeDefined();
    expect(desk.record('a', noon - 190_000)).toBeUndefined();
  });
});
