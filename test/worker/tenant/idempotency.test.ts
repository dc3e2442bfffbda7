// Sets the clock.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { claimKeepMs, claimPruneSlackMs, keptAnswerBytesMax } from '../../../src/limits.ts';
import { Claims } from '../../../src/core/account/claims.ts';
import type { KeptAnswer } from '../../../src/core/account/claim.ts';
import type { AdmitReply, AdmitRequest } from '../../../src/core/account/protocol.ts';
import { SqlStore } from '../../../src/actors/tenant/sql-store.ts';
import type { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { account, admitRequest, secretHash, settleRequest } from '../../support/account.ts';

/** Goal: what is promised of idempotency keys holds on the disk that actors really have. */

let accounts = 0;
let id: string;

const actor = (): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);

beforeEach(async () => {
  accounts += 1;
  id = `k_idempotent_${accounts}`;
  await actor().configure(account(id));
});
afterEach(() => void vi.useRealTimers());

function keyed(name: string, key = 'order-7'): AdmitRequest {
  return { ...admitRequest(name), idempotency: { key, bodyHash: 'one' } };
}

async function holdOf(reply: Promise<AdmitReply>): Promise<string> {
  const grant = await reply;
  if (grant.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(grant)}`);
  return grant.holdId;
}

function answer(bytes: Uint8Array): KeptAnswer {
  return { status: 200, contentType: 'text/event-stream', body: bytes };
}

const rows = async (): Promise<{ claims: number; answers: number }> =>
  runInDurableObject(actor(), (_, { storage }) => {
    const query = 'SELECT (SELECT count(*) FROM claim) AS claims, (SELECT count(*) FROM kept_answer) AS answers';
    return storage.sql.exec<{ claims: number; answers: number }>(query).one();
  });

describe('an answer', () => {
  test('is kept to the byte, and is there after an eviction', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const holdId = await holdOf(actor().admit(keyed('first')));
    await actor().settle({ ...settleRequest(holdId, 30), answer: answer(bytes) });
    await evictDurableObject(actor());
    expect(await actor().admit(keyed('again'))).toEqual({
      kind: 'replay',
      callName: 'first',
      answer: answer(bytes),
    });
    const idempotency = { key: 'order-7', bodyHash: 'one' };
    const asked = { secretHash, name: 'again', endpoint: 'chat', idempotency } as const;
    expect(await actor().recall(asked)).toMatchObject({ kind: 'replay' });
    expect(await actor().recall({ ...asked, secretHash: 'x' })).toMatchObject({ kind: 'denied' });
  });

  test('of the largest size is kept, and one a byte larger is not', async () => {
    for (const [size, kind] of [
      [keptAnswerBytesMax, 'replay'],
      [keptAnswerBytesMax + 1, 'idempotency'],
    ] as const) {
      const holdId = await holdOf(actor().admit(keyed(`first ${size}`, `of ${size}`)));
      await actor().settle({ ...settleRequest(holdId, 30), answer: answer(new Uint8Array(size)) });
      expect(await actor().admit(keyed('again', `of ${size}`))).toMatchObject({ kind });
    }
    expect(await rows()).toEqual({ claims: 2, answers: 1 });
  });

  test('is forgotten when the policy keeps none, and its key stays taken', async () => {
    const holdId = await holdOf(actor().admit(keyed('first')));
    await actor().settle({ ...settleRequest(holdId, 30), answer: answer(new Uint8Array(9)) });
    expect(await rows()).toEqual({ claims: 1, answers: 1 });
    await actor().configure(account(id, { idempotency: 'charge-only' }, 2));
    expect(await rows()).toEqual({ claims: 1, answers: 0 });
    expect(await actor().admit(keyed('again'))).toMatchObject({ problem: 'unreplayable' });
  });
});

describe('a claim', () => {
  test('is there after an eviction while its call runs, and is gone with a call that used nothing', async () => {
    await holdOf(actor().admit(keyed('first')));
    await evictDurableObject(actor());
    expect(await actor().admit(keyed('again'))).toMatchObject({ problem: 'in_progress' });
    await actor().voidCall({ name: 'first' });
    expect(await rows()).toEqual({ claims: 0, answers: 0 });
    expect(await actor().admit(keyed('again'))).toMatchObject({ kind: 'granted' });
  });

  test('that is a day old is forgotten by the alarm, with its answer, and its key is new at once', async () => {
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    for (const key of ['early', 'later']) {
      const holdId = await holdOf(actor().admit(keyed(`first ${key}`, key)));
      await actor().settle({ ...settleRequest(holdId, 30), answer: answer(new Uint8Array(9)) });
      vi.setSystemTime(start + claimPruneSlackMs + 60_000);
    }
    vi.setSystemTime(start + claimKeepMs);
    expect(await actor().admit(keyed('again', 'later'))).toMatchObject({ kind: 'replay' });
    vi.setSystemTime(start + claimKeepMs + claimPruneSlackMs);
    expect(await runDurableObjectAlarm(actor())).toBe(true);
    expect(await rows()).toEqual({ claims: 1, answers: 1 });
    expect(await actor().admit(keyed('again', 'early'))).toMatchObject({ kind: 'granted' });
  });
});

test('beyond what an account may keep, the oldest answers go first, and then the oldest keys', async () => {
  await runInDurableObject(actor(), (_, { storage }) => {
    const store = new SqlStore(storage);
    store.load();
    const claims = new Claims(store.claims, { claimsMax: 3, answersBytesMax: 20 });
    for (const place of [1, 2, 3, 4]) {
      const holdId = `${10 + place}.0`;
      const claim = { key: `key-${place}`, holdId, name: `call-${place}`, bodyHash: 'b', at: epochMs(place) };
      claims.claim(claim, (open) => open === '11.0');
      claims.keep(holdId, answer(new Uint8Array(10)));
      store.append({ seq: 10 + place, at: place, events: '[1]' }, { claims: claims.take(), responses: [] });
    }
    expect([...store.claims.all()].map(({ key, bytes }) => [key, bytes])).toEqual([
      ['key-1', undefined],
      ['key-3', 10],
      ['key-4', 10],
    ]);
    expect([...store.claims.answered()]).toEqual([
      { holdId: '13.0', bytes: 10 },
      { holdId: '14.0', bytes: 10 },
    ]);
    expect(store.claims.tally()).toEqual({ claims: 3, bytes: 20 });
    expect(store.claims.oldestAt()).toBe(1);
  });
});

test('a claim costs two rows, its answer two, and to forget them two', async () => {
  await runInDurableObject(actor(), (_, { storage }) => {
    const store = new SqlStore(storage);
    store.load();
    const written = (act: () => void): number => {
      const before = store.rowsWritten;
      act();
      return store.rowsWritten - before;
    };
    const claim = { key: 'key', holdId: '2.0', name: 'call', bodyHash: 'b', at: epochMs(1) };
    const kept = { kind: 'kept', holdId: '2.0', answer: answer(new Uint8Array(10)) } as const;
    expect(written(() => store.forget({ claims: [{ kind: 'claimed', claim }], responses: [] }))).toBe(2);
    expect(written(() => store.forget({ claims: [kept], responses: [] }))).toBe(2);
    expect(written(() => store.forget({ claims: [{ kind: 'freed', holdId: '2.0' }], responses: [] }))).toBe(2);
    expect(store.claims.isEmpty()).toBe(true);
  });
});
