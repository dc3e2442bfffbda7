import { describe, expect, test } from 'vitest';
import { idempotencyKeyCharsMax } from '../../../src/limits.ts';
import type { KeptAnswer } from '../../../src/core/account/claim.ts';
import { Engine } from '../../../src/core/account/engine.ts';
import { executeConfigure } from '../../../src/core/account/configure.ts';
import { executeLedger, executeRecall, executeSettle } from '../../../src/core/account/execute.ts';
import { executeVoid } from '../../../src/core/account/idempotency.ts';
import type { Row } from '../../../src/core/account/row.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { AdmitReply, AdmitRequest, RecallReply } from '../../../src/core/account/protocol.ts';
import type { CallFacts } from '../../../src/core/account/record.ts';
import { account, admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { noon } from '../../support/ledger.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

const answer: KeptAnswer = {
  status: 200,
  contentType: 'application/json',
  body: new TextEncoder().encode('{"choices":[]}'),
};
const failure: Partial<CallFacts> = { status: 502, end: 'provider_failed' };

/** An account that is asked one thing at a time. */
class Asked {
  readonly disk = new MemoryDisk();
  engine: Engine;
  nowMs: number = noon;

  constructor(policy: Policy = {}) {
    this.engine = Engine.load(this.disk, noon);
    void this.do((row) => executeConfigure(this.engine.state, account('k', policy), row));
  }

  async do<T>(execute: (row: Row) => T): Promise<T> {
    const reply = this.engine.submit(execute);
    this.engine.flush(this.nowMs);
    return reply;
  }

  async admit(name: string, more: Partial<AdmitRequest> = {}): Promise<AdmitReply> {
    const reply = this.engine.admit(keyed(name, more));
    this.engine.flush(this.nowMs);
    return reply;
  }

  async hold(name: string, more: Partial<AdmitRequest> = {}): Promise<string> {
    const reply = await this.admit(name, more);
    if (reply.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(reply)}`);
    return reply.holdId;
  }

  async settle(holdId: string, tokens: number, facts: Partial<CallFacts> = {}, given?: KeptAnswer): Promise<void> {
    const request = { ...settleRequest(holdId, tokens, facts), ...(given === undefined ? {} : { answer: given }) };
    await this.do((row) => executeSettle(this.engine.state, request, row));
  }

  async void(name: string): Promise<{ readonly kind: string }> {
    return this.do((row) => executeVoid(this.engine.state, name, row));
  }
}

function keyed(name: string, more: Partial<AdmitRequest> = {}): AdmitRequest {
  return { ...admitRequest(name), idempotency: { key: 'order-7', bodyHash: 'one' }, ...more };
}

describe('a repeat', () => {
  test('of a call that was answered gets its answer, and takes nothing from any limit', async () => {
    const asked = new Asked({ limits: [{ metric: 'requests', per: 'day', max: 1 }] });
    await asked.settle(await asked.hold('first'), 30, {}, answer);
    const seq = asked.disk.lastSeq();
    expect(await asked.admit('again')).toEqual({ kind: 'replay', callName: 'first', answer });
    expect(await asked.admit('and again')).toEqual({ kind: 'replay', callName: 'first', answer });
    expect(asked.disk.lastSeq()).toBe(seq);
  });

  test('is answered whatever policy it was planned with, but nobody who may not speak for the account', async () => {
    const asked = new Asked();
    await asked.settle(await asked.hold('first'), 30, {}, answer);
    expect(await asked.admit('again', { policyVersion: 0 })).toMatchObject({ kind: 'replay' });
    expect(await asked.admit('again', { secretHash: 'x' })).toEqual({ kind: 'denied', reason: 'unknown' });
  });

  test('while the first runs is told so, as often as it comes', async () => {
    const asked = new Asked();
    await asked.hold('first');
    const inProgress = { kind: 'idempotency', problem: 'in_progress', callName: 'first' };
    expect(await asked.admit('again')).toEqual(inProgress);
    expect(await asked.admit('again')).toEqual(inProgress);
  });

  test('with another body is told so, while the first runs and after', async () => {
    const asked = new Asked();
    const other = { idempotency: { key: 'order-7', bodyHash: 'two' } };
    const holdId = await asked.hold('first');
    expect(await asked.admit('other', other)).toMatchObject({ problem: 'mismatch' });
    await asked.settle(holdId, 30, {}, answer);
    expect(await asked.admit('other', other)).toMatchObject({ problem: 'mismatch' });
  });

  test('at another endpoint is another call', async () => {
    const asked = new Asked();
    await asked.hold('first');
    const { call } = keyed('elsewhere');
    expect(await asked.admit('elsewhere', { call: { ...call, endpoint: 'embeddings' } })).toMatchObject({
      kind: 'granted',
    });
  });

  test('that comes in the same flush as the first is told that it runs', async () => {
    const { engine } = new Asked();
    const replies = ['first', 'again'].map(async (name) => engine.admit(keyed(name)));
    engine.flush(noon);
    expect((await Promise.all(replies)).map(({ kind }) => kind)).toEqual(['granted', 'idempotency']);
  });

  test('does not wait for its turn behind others, and one that waits is told when the first has got it', async () => {
    const asked = new Asked({ waitMs: 5000, limits: [{ metric: 'concurrency', max: 1 }] });
    const { engine } = asked;
    await asked.settle(await asked.hold('done'), 30, {}, answer);
    const other = { idempotency: { key: 'order-8', bodyHash: 'one' } };
    const blocker = await asked.hold('blocker', { idempotency: { key: 'blocker', bodyHash: 'one' } });
    const waiting = ['a', 'b'].map(async (name) => engine.admit(keyed(name, other)));
    engine.flush(noon);
    expect(await asked.admit('again')).toMatchObject({ kind: 'replay' });
    await asked.settle(blocker, 30);
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(['granted', 'idempotency']);
  });

  test('of an admission whose answer was lost is the same call, until it has ended', async () => {
    const asked = new Asked();
    const granted = await asked.admit('first');
    expect(await asked.admit('first')).toEqual(granted);
    await asked.void('first');
    expect(await asked.admit('first')).toEqual({ kind: 'ended' });
  });

  test('can be asked for without a call that could be made', async () => {
    const asked = new Asked();
    const request = { secretHash, name: 'again', endpoint: 'chat', idempotency: keyed('').idempotency } as const;
    const recall = async (): Promise<RecallReply | { kind: 'denied' }> =>
      asked.do((row) =>
        executeRecall(asked.engine.state, { ...request, idempotency: { key: 'order-7', bodyHash: 'one' } }, row),
      );
    expect(await recall()).toEqual({ kind: 'none' });
    const holdId = await asked.hold('first');
    expect(await recall()).toMatchObject({ problem: 'in_progress' });
    await asked.settle(holdId, 30, {}, answer);
    expect(await recall()).toEqual({ kind: 'replay', callName: 'first', answer });
  });
});

describe('a key can be used again', () => {
  test('after a refusal, which claims nothing', async () => {
    const asked = new Asked({ limits: [{ metric: 'concurrency', max: 1 }] });
    const blocker = await asked.hold('blocker', { idempotency: { key: 'blocker', bodyHash: 'one' } });
    expect(await asked.admit('first')).toMatchObject({ kind: 'refused' });
    await asked.settle(blocker, 30);
    expect(await asked.admit('again')).toMatchObject({ kind: 'granted' });
  });

  test('after a void, and after a failure that cost nothing, whatever it was answered', async () => {
    const asked = new Asked();
    await asked.hold('first');
    await asked.void('first');
    await asked.settle(await asked.hold('second'), 0, failure, { ...answer, status: 502 });
    expect(await asked.admit('third')).toMatchObject({ kind: 'granted' });
  });

  test('after a call that had expired turns out to have used nothing', async () => {
    const asked = new Asked();
    const holdId = await asked.hold('first');
    await asked.do((row) => executeLedger(asked.engine.state, { type: 'expire', holdId }, row));
    expect(await asked.admit('again')).toMatchObject({ problem: 'unreplayable' });
    expect(await asked.void('first')).toEqual({ kind: 'voided' });
    expect(await asked.admit('again')).toMatchObject({ kind: 'granted' });
  });
});

describe('a call is never charged a second time', () => {
  test('when it was charged as it expired, and its answer is kept if it comes late', async () => {
    const asked = new Asked();
    const holdId = await asked.hold('first');
    await asked.do((row) => executeLedger(asked.engine.state, { type: 'expire', holdId }, row));
    expect(await asked.admit('again')).toEqual({ kind: 'idempotency', problem: 'unreplayable', callName: 'first' });
    await asked.settle(holdId, 30, {}, answer);
    expect(await asked.admit('again')).toMatchObject({ kind: 'replay' });
  });

  test('when its answer was not kept', async () => {
    const asked = new Asked();
    await asked.settle(await asked.hold('first'), 30);
    expect(await asked.admit('again')).toMatchObject({ problem: 'unreplayable' });
  });

  test('when it succeeded at no cost', async () => {
    const asked = new Asked();
    await asked.settle(await asked.hold('first'), 0);
    expect(await asked.admit('again')).toMatchObject({ problem: 'unreplayable' });
  });

  test('when it failed and was charged: the failure is its answer', async () => {
    const asked = new Asked();
    const failed = { ...answer, status: 504 };
    await asked.settle(await asked.hold('first'), 30, failure, failed);
    expect(await asked.admit('again')).toEqual({ kind: 'replay', callName: 'first', answer: failed });
  });

  test('when only its first attempt was charged, and the second failed or was never made', async () => {
    const asked = new Asked();
    const { bound } = keyed('').call;
    for (const end of ['settle', 'void'] as const) {
      const idempotency = { key: end, bodyHash: 'one' };
      const holdId = await asked.hold(`first ${end}`, { idempotency });
      const next = { type: 'extend', holdId, attempt: 2, spentTokens: 5, spentNanoUsd: 5, bound } as const;
      await asked.do((row) => executeLedger(asked.engine.state, next, row));
      if (end === 'settle') await asked.settle(holdId, 0, failure);
      else await asked.void(`first ${end}`);
      expect(await asked.admit('again', { idempotency })).toMatchObject({ problem: 'unreplayable' });
    }
  });

  test('where the policy keeps no answers: none is kept, and those that were are forgotten', async () => {
    const asked = new Asked();
    await asked.settle(await asked.hold('first'), 30, {}, answer);
    const chargeOnly = account('k', { idempotency: 'charge-only' }, 2);
    await asked.do((row) => executeConfigure(asked.engine.state, chargeOnly, row));
    expect(asked.disk.claims.tally()).toEqual({ claims: 1, bytes: 0 });
    expect(await asked.admit('again')).toMatchObject({ problem: 'unreplayable' });
    const other = { policyVersion: 2, idempotency: { key: 'order-8', bodyHash: 'one' } };
    await asked.settle(await asked.hold('second', other), 30, {}, answer);
    expect(await asked.admit('again', other)).toMatchObject({ problem: 'unreplayable' });
    expect(asked.disk.claims.tally()).toEqual({ claims: 2, bytes: 0 });
  });

  test('of an account that has come to its end: what was answered is forgotten with it', async () => {
    const asked = new Asked();
    await asked.settle(await asked.hold('first'), 30, {}, answer);
    const running = await asked.hold('second', { idempotency: { key: 'order-8', bodyHash: 'one' } });
    await asked.do((row) => executeConfigure(asked.engine.state, account('k', { status: 'revoked' }, 2), row));
    expect(asked.disk.claims.tally()).toEqual({ claims: 2, bytes: 0 });
    await asked.settle(running, 30, {}, answer);
    expect(asked.disk.claims.tally()).toEqual({ claims: 2, bytes: 0 });
  });

  test('after a crash: a claim is on disk with its hold, and an answer with its settlement, or neither is', async () => {
    const asked = new Asked();
    const wake = (): void => {
      asked.engine = Engine.load(asked.disk, noon);
    };
    asked.disk.fate = 'lost';
    await expect(asked.admit('lost')).rejects.toThrow('the write failed');
    wake();
    expect(asked.disk.claims.isEmpty()).toBe(true);
    const holdId = await asked.hold('first');
    wake();
    expect(await asked.admit('again')).toMatchObject({ problem: 'in_progress' });
    asked.disk.fate = 'lost';
    await expect(asked.settle(holdId, 30, {}, answer)).rejects.toThrow('the write failed');
    wake();
    expect(await asked.admit('again')).toMatchObject({ problem: 'in_progress' });
    await asked.settle(holdId, 30, {}, answer);
    wake();
    expect(await asked.admit('again')).toMatchObject({ kind: 'replay' });
  });
});

describe('an idempotency key', () => {
  test('is of 255 characters at most', async () => {
    const asked = new Asked();
    const key = 'x'.repeat(idempotencyKeyCharsMax);
    expect(await asked.admit('a', { idempotency: { key, bodyHash: 'one' } })).toMatchObject({ kind: 'granted' });
    const tooLong = asked.admit('b', { idempotency: { key: `${key}x`, bodyHash: 'one' } });
    await expect(tooLong).rejects.toThrow('an idempotency key of a length that is allowed');
  });
});
