import { expect, test } from 'vitest';
import { nameKeepMs } from '../../../src/limits.ts';
import { Engine } from '../../../src/core/account/engine.ts';
import { executeConfigure } from '../../../src/core/account/configure.ts';
import { executeSettle } from '../../../src/core/account/execute.ts';
import { encodeCheckpoint } from '../../../src/core/account/format.ts';
import type { JournalStore } from '../../../src/core/account/store.ts';
import { account, admitRequest, settleRequest } from '../../support/account.ts';
import { MemoryClaims } from '../../support/memory-claims.ts';
import { MemoryResponses } from '../../support/memory-responses.ts';

/**
 * Goal: what an account remembers, and what it writes of that, depends on what goes on now, and not on all that ever
 * did.
 */

/** A disk that keeps nothing: what is looked at is the memory. */
const nowhere: JournalStore = {
  claims: new MemoryClaims(),
  responses: new MemoryResponses(),
  forget: () => undefined,
  load: () => ({ checkpoint: undefined, names: [], rows: [] }),
  append: () => undefined,
  checkpoint: () => undefined,
  prune: () => 0,
  lastSeq: () => 0,
  oldestRowAt: () => undefined,
  after: () => [],
  find: () => [],
};

const msPerCall = 250;
const callsRemembered = nameKeepMs / msPerCall;

function namesOf({ state }: Engine): number {
  const { generations, fresh } = state.ledger.ended;
  const sizes = [...generations.values()].map(({ size }) => size);
  return [...sizes, ...[...fresh.values()].map(({ length }) => length)].reduce((sum, size) => sum + size, 0);
}

test('the memory of an account after twenty thousand calls is that after ten thousand', async () => {
  let nowMs = Date.UTC(2026, 10, 20);
  const engine = Engine.load(nowhere, nowMs);
  const limits = [
    { metric: 'usd', per: 'day', max: '100' } as const,
    { metric: 'requests', per: '15m', max: 1e6 } as const,
  ];
  void engine.submit((row) => executeConfigure(engine.state, account('k', { limits }), row));
  const call = async (name: string): Promise<void> => {
    nowMs += msPerCall;
    const admitted = engine.admit(admitRequest(name));
    engine.flush(nowMs);
    const reply = await admitted;
    if (reply.kind !== 'granted') throw new Error(`call ${name} was ${reply.kind}`);
    const settled = engine.submit((row) => executeSettle(engine.state, settleRequest(reply.holdId, 20), row));
    engine.flush(nowMs);
    await settled;
  };
  const sizes: { names: number; characters: number }[] = [];
  for (let number = 1; number <= 20_000; number += 1) {
    await call(`call-${number}`);
    if (number % 10_000 === 0)
      sizes.push({ names: namesOf(engine), characters: encodeCheckpoint(engine.state).length });
  }
  const [half, whole] = sizes;
  expect(whole?.names).toBeLessThan(3 * callsRemembered);
  expect(whole?.names).toBeLessThan((half?.names ?? 0) * 1.25);
  // Windows fill up, to 65 periods each, and then no further.
  expect(whole?.characters).toBeLessThan(40_000);
});
