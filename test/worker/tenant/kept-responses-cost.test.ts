import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Engine } from '../../../src/core/account/engine.ts';
import { executeConfigure } from '../../../src/core/account/configure.ts';
import { executeSettle } from '../../../src/core/account/execute.ts';
import type { Row } from '../../../src/core/account/row.ts';
import type { KeptResponse } from '../../../src/core/account/kept-response.ts';
import type { ResolveRequest } from '../../../src/core/account/protocol.ts';
import { executeForgetResponse, executeResolve } from '../../../src/core/account/resolve.ts';
import { newestLookedThrough } from '../../../src/core/account/response-limits.ts';
import { SqlStore } from '../../../src/actors/tenant/sql-store.ts';
import { account, admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { keptResponse, responseId, turn } from '../../support/kept-response.ts';

/** Goal: what kept responses cost is what is said of it. */

/** An account on a disk of its own, that is asked one thing after the other. */
class Counted {
  readonly #storage: DurableObjectStorage;
  readonly #store: SqlStore;
  readonly #engine: Engine;
  readonly #nowMs = Date.now();
  #calls = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#store = new SqlStore(storage);
    this.#engine = Engine.load(this.#store, this.#nowMs);
    void this.#do((row) => executeConfigure(this.#engine.state, account('k'), row));
  }

  /** How many rows are written by what is done meanwhile. */
  async written(act: () => Promise<unknown>): Promise<number> {
    const before = this.#store.rowsWritten;
    await act();
    return this.#store.rowsWritten - before;
  }

  /** How many rows are read by what is done meanwhile. */
  async read(act: () => Promise<unknown>): Promise<number> {
    const exec = vi.spyOn(Object.getPrototypeOf(this.#storage.sql) as SqlStorage, 'exec');
    await act();
    const cursors = exec.mock.results.map(({ value }) => value as SqlStorageCursor<Record<string, SqlStorageValue>>);
    exec.mockRestore();
    return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  }

  async call(response?: KeptResponse): Promise<void> {
    this.#calls += 1;
    const admitted = this.#engine.admit(admitRequest(`call-${this.#calls}`));
    this.#engine.flush(this.#nowMs);
    const grant = await admitted;
    if (grant.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(grant)}`);
    const request = settleRequest(grant.holdId, 30);
    const kept = response === undefined ? {} : { response };
    await this.#do((row) => executeSettle(this.#engine.state, { ...request, ...kept }, row));
  }

  async resolve(request: Partial<ResolveRequest>): Promise<void> {
    const asked = { secretHash, name: 'asking', itemIds: [], ...request };
    const reply = await this.#do((row) => executeResolve(this.#engine.state, asked, row));
    if (reply.kind !== 'resolved' || reply.missing.length > 0) throw new Error(JSON.stringify(reply));
  }

  async forget(id: string): Promise<void> {
    await this.#do((row) => executeForgetResponse(this.#engine.state, { secretHash, id }, row));
  }

  /** The bytes of the table, with all that SQLite puts around them. */
  get diskBytes(): number {
    return this.#storage.sql.databaseSize;
  }

  async #do<T>(execute: (row: Row) => T): Promise<T> {
    const reply = this.#engine.submit(execute);
    this.#engine.flush(this.#nowMs);
    return reply;
  }
}

let accounts = 0;

async function counted(act: (asked: Counted) => Promise<void>): Promise<void> {
  accounts += 1;
  const actor = env.TENANT.getByName(`k_kept_responses_cost_${accounts}`);
  await runInDurableObject(actor, async (_, { storage }) => act(new Counted(storage)));
}

afterEach(() => vi.restoreAllMocks());

describe('of rows', () => {
  test('a call writes two, one whose response is kept three, and one more where that is larger than a row', async () => {
    await counted(async (asked) => {
      await asked.call();
      expect(await asked.written(async () => asked.call())).toBe(2);
      expect(await asked.written(async () => asked.call(turn(1)))).toBe(3);
      expect(await asked.written(async () => asked.call(turn(2)))).toBe(3);
      const large = turn(3, { input: 'x'.repeat(1_500_000) });
      expect(await asked.written(async () => asked.call(large))).toBe(4);
      expect(await asked.written(async () => asked.resolve({ responseId: responseId(3) }))).toBe(0);
      expect(await asked.written(async () => asked.forget(responseId(2)))).toBe(1);
      expect(await asked.written(async () => asked.forget(responseId(3)))).toBe(2);
    });
  });

  test('as many are read as a conversation has turns, a few times, and however much else is kept some of the newest', async () => {
    await counted(async (asked) => {
      const named = (number: number): string[] => [...turn(number).itemIds, `named-by-others-${number}`];
      for (let number = 1; number <= 200; number += 1) await asked.call(turn(number, { itemIds: named(number) }));
      for (let number = 201; number <= 900; number += 1) await asked.call(keptResponse(number));
      const last = { baseId: responseId(200), itemIds: named(901) };
      await asked.call(keptResponse(901, last));
      for (let number = 902; number <= 1000; number += 1) await asked.call(keptResponse(number));
      const byId = asked.read(async () => asked.resolve({ responseId: responseId(901) }));
      expect(await byId).toBeLessThanOrEqual(6 * 201 + 10);
      const itemsOf = (place: number): string[] =>
        Array.from({ length: 200 }, (_, index) => named(index + 1)[place] ?? '');
      const byItems = asked.read(async () => asked.resolve({ itemIds: itemsOf(0) }));
      expect(await byItems).toBeLessThanOrEqual(8 * 201 + 10);
      const byNames = asked.read(async () => asked.resolve({ itemIds: [...itemsOf(1), 'named-by-others-901'] }));
      expect(await byNames).toBeLessThanOrEqual(9 * 201 + newestLookedThrough + 10);
    });
  });
});

describe('of the disk', () => {
  test('a conversation takes what was said in it, once: the second hundred turns as much as the first', async () => {
    await counted(async (asked) => {
      const grownBy = async (from: number): Promise<number> => {
        const before = asked.diskBytes;
        for (let number = from; number < from + 100; number += 1) {
          await asked.call(turn(number, { input: 'x'.repeat(20_000) }));
        }
        return asked.diskBytes - before;
      };
      const first = await grownBy(1);
      const second = await grownBy(101);
      expect(second).toBeLessThan(1.05 * first);
      // A page of SQLite is not shared by two texts, and the rest is the journal of the call.
      expect(first / 100).toBeLessThan(20_000 + 4096 + 2048);
    });
  });
});
