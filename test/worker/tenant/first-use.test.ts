import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../../src/actors/directory/directory.ts';
import { introductionWaitMs } from '../../../src/limits.ts';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { journalRows } from '../../support/actor.ts';
import { kill } from '../../support/gateway-faults.ts';
import { type TestKey, changeKey, chat, inspect, newKey, send } from '../../support/gateway.ts';

const actorOf = ({ id }: TestKey) => env.TENANT.getByName(id);
const look = async (key: TestKey) => send(key.key, { path: '/v1/usage' });
const limited = { limits: [{ metric: 'requests' as const, per: 'total', max: 9 }] };

afterEach(() => void vi.restoreAllMocks());

interface Costs {
  /** What was asked of actors, in order. */
  readonly questions: readonly string[];
  /** The first word of each statement that SQLite was asked to run for the account, in order. */
  readonly statements: readonly string[];
  readonly alarmsSet: number;
}

/** What an account costs while something is done. */
async function costsOf(key: TestKey, act: () => Promise<unknown>): Promise<Costs> {
  const asked = [
    ...(['usage', 'admit', 'settle', 'configure', 'take'] as const).map((method) =>
      vi.spyOn(TenantActor.prototype, method),
    ),
    vi.spyOn(Directory.prototype, 'describe'),
  ];
  return runInDurableObject(actorOf(key), async (_, { storage }) => {
    // The platform's own, of which every object has another instance.
    const exec = vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, 'exec');
    const setAlarm = vi.spyOn(Object.getPrototypeOf(storage) as DurableObjectStorage, 'setAlarm');
    await act();
    const questions = asked.flatMap((spy) =>
      spy.mock.invocationCallOrder.flatMap((order, call) => {
        // What the key's user is, is a question of its own, and so is what other keys deliver.
        const [about] = spy.mock.calls[call] ?? [];
        const whose = typeof about === 'object' && 'from' in about ? about.from : about;
        return typeof whose === 'string' && whose !== key.id ? [] : [[order, spy] as const];
      }),
    );
    const costs = {
      questions: questions.toSorted(([one], [other]) => one - other).map(([, spy]) => spy.getMockName()),
      statements: exec.mock.calls.flatMap(([query], call) =>
        exec.mock.contexts[call] === storage.sql ? [/^\w+/.exec(query)?.[0] ?? query] : [],
      ),
      alarmsSet: setAlarm.mock.contexts.filter((context) => context === storage).length,
    };
    vi.restoreAllMocks();
    return costs;
  });
}

/** Has the timers of this length ring when the test lets them, whatever the time. */
function holdTimers(delayMs: number): readonly (() => void)[] {
  const held: (() => void)[] = [];
  const set = setTimeout;
  const hold = (run: () => void, ms?: number): unknown => (ms === delayMs ? held.push(run) : set(run, ms));
  // Whoever sets one needs no more of its number than to clear it.
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hold as typeof setTimeout);
  return held;
}

describe('a new account', () => {
  test('costs five questions, a row for its admission and one for its settlement, and an alarm', async () => {
    const key = await newKey(limited);
    const first = await costsOf(key, async () => expect(await chat(key)).toMatchObject({ status: 200 }));
    expect(first).toEqual({
      questions: ['usage', 'describe', 'admit', 'settle', 'take'],
      // Is the disk new? All tables. Is there a claim, or a response? The ledger's name; then two rows of the journal,
      // and what they owe to the key's user.
      statements: ['SELECT', 'CREATE', 'SELECT', 'SELECT', 'INSERT', 'INSERT', 'INSERT', 'SELECT'],
      alarmsSet: 1,
    });
    expect(await journalRows(actorOf(key))).toBe(2);
    const second = await costsOf(key, async () => expect(await chat(key)).toMatchObject({ status: 200 }));
    expect(second).toEqual({
      questions: ['admit', 'settle', 'take'],
      statements: ['INSERT', 'INSERT', 'SELECT'],
      alarmsSet: 0,
    });
  });

  test('that many call at once costs one question to the directory, and what it is is in the row of the first', async () => {
    const key = await newKey(limited);
    const { questions } = await costsOf(key, async () => Promise.all(Array.from({ length: 8 }, async () => chat(key))));
    expect(questions.filter((question) => question === 'describe')).toHaveLength(1);
    const [first] = await runInDurableObject(actorOf(key), (_, { storage }) =>
      storage.sql.exec<{ events: string }>('SELECT events FROM journal ORDER BY seq').toArray(),
    );
    expect(first?.events).toMatch(/"account-set".*"limits-set".*"admitted"/);
    expect((await inspect(key)).standings).toMatchObject([{ posted: 8, held: 0 }]);
  });

  test('that is only looked at is told what it is at once, and it is written a little later', async () => {
    const key = await newKey(limited);
    const due = holdTimers(introductionWaitMs);
    expect((await look(key)).json).toMatchObject({ key: key.id, limits: [{ max: 9, posted: 0, held: 0, free: 9 }] });
    expect(await journalRows(actorOf(key))).toBe(0);
    expect(due).toHaveLength(1);
    await runInDurableObject(actorOf(key), () => due.forEach((ring) => ring()));
    expect(await journalRows(actorOf(key))).toBe(1);
    const described = vi.spyOn(Directory.prototype, 'describe');
    expect((await look(key)).json).toMatchObject({ limits: [{ free: 9 }] });
    expect(described).not.toHaveBeenCalled();
  });

  test('that dies before that is written asks again, and is not taken for lost', async () => {
    const key = await newKey(limited);
    await look(key);
    await kill(key.id);
    const described = vi.spyOn(Directory.prototype, 'describe');
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(described.mock.calls.filter(([account]) => account === key.id)).toHaveLength(1);
    expect((await inspect(key)).standings).toMatchObject([{ posted: 1, held: 0 }]);
  });

  test('obeys a change that comes between the first look at it and its first call', async () => {
    const suspended = await newKey(limited);
    await look(suspended);
    await changeKey(suspended, { status: 'suspended' });
    expect(await chat(suspended)).toMatchObject({ status: 403 });
    const lowered = await newKey(limited);
    await look(lowered);
    await changeKey(lowered, { limits: [{ metric: 'requests', per: 'total', max: 1 }] });
    expect(await chat(lowered)).toMatchObject({ status: 200 });
    expect(await chat(lowered)).toMatchObject({ status: 429 });
  });

  test('refuses another secret before anything is on its disk', async () => {
    const key = await newKey(limited);
    await look(key);
    expect(await actorOf(key).usage({ secretHash: 'f'.repeat(64) })).toEqual({ kind: 'denied', reason: 'unknown' });
  });
});
