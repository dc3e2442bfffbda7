import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Command } from '../../../src/core/account/exchange.ts';
import { AccountClient } from '../../../src/gateway/request/account-client.ts';
import { ledMsMax, leftBehindMs } from '../../../src/gateway/request/account-lane.ts';
import type { Env } from '../../../src/env.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { gatherMs } from '../../../src/limits.ts';
import { admitRequest, settleRequest } from '../../support/account.ts';

type Ask = (method: string, request: unknown) => Promise<unknown>;

/** A client of an account that answers as `ask` says. */
function clientOf(ask: Ask): { client: AccountClient; other: AccountClient; asked: string[]; stubs: () => number } {
  const asked: string[] = [];
  let stubs = 0;
  const one = async (method: string, request: unknown): Promise<unknown> => {
    asked.push(method);
    return ask(method, request);
  };
  const exchange = async ({ commands }: { readonly commands: readonly Command[] }): Promise<unknown> =>
    Promise.all(commands.map(async ({ method, request }) => ({ reply: await one(method, request) })));
  const getByName = (): unknown => {
    stubs += 1;
    const get = (_: object, method: string | symbol): unknown =>
      method === 'exchange' ? exchange : async (request: unknown) => one(String(method), request);
    return new Proxy({}, { get });
  };
  // All that a client asks its environment for.
  const env = { TENANT: { getByName } } as unknown as Env;
  const [client, other] = [new AccountClient(env, 'k_1'), new AccountClient(env, 'k_1')];
  return { client, other, asked, stubs: () => stubs };
}

const lost = async (): Promise<never> => Promise.reject(new Error('connection lost'));
const never = async (): Promise<never> => new Promise(() => undefined);
const after = async <T>(ms: number, answer: T): Promise<T> =>
  new Promise((resolve) => void setTimeout(resolve, ms, answer));
const settled = { kind: 'settled', breach: false, corrected: false };
const waits: number[] = [];
const logged: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  waits.length = 0;
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  vi.stubGlobal('scheduler', { wait });
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  logged.length = 0;
  vi.spyOn(console, 'error').mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Lets time pass until the answer is there. */
async function overTime<T>(answer: Promise<T>): Promise<T | GatewayError> {
  const known = answer.catch((error: unknown) => {
    if (error instanceof GatewayError) return error;
    throw error;
  });
  await vi.advanceTimersByTimeAsync(200_000);
  return known;
}

describe('an admit', () => {
  const background: Promise<unknown>[] = [];
  const admit = async (client: AccountClient, waitMs = 0): Promise<unknown> =>
    client.admit(admitRequest('name'), waitMs, (task) => background.push(task));

  test('is asked once, where it is answered', async () => {
    const { client, asked, stubs } = clientOf(async () => Promise.resolve({ kind: 'ended' }));
    expect(await overTime(admit(client))).toEqual({ kind: 'ended' });
    expect(asked).toEqual(['admit']);
    expect(stubs()).toBe(1);
  });

  test('whose answer is lost is asked once more, on another stub', async () => {
    let times = 0;
    const { client, asked, stubs } = clientOf(async () => ((times += 1) === 1 ? lost() : { kind: 'ended' }));
    expect(await overTime(admit(client))).toEqual({ kind: 'ended' });
    expect(asked).toEqual(['admit', 'admit']);
    expect(stubs()).toBe(2);
  });

  test.each([
    ['lost', lost],
    ['never given', never],
  ])('whose answer is %s twice is voided by name behind the caller’s back, who is told', async (_how, fate) => {
    const { client, asked } = clientOf(async (method) => (method === 'admit' ? fate() : { kind: 'voided' }));
    const answer = await overTime(admit(client));
    expect(answer).toBeInstanceOf(GatewayError);
    expect(answer).toMatchObject({ code: 'ledger_unavailable', options: { shouldRetry: true, retryAfterMs: 1000 } });
    await Promise.all(background);
    expect(asked).toEqual(['admit', 'admit', 'voidCall']);
  });

  test.each(['denied', 'refused', 'replay', 'idempotency'])(
    'answered with %s after its first answer was lost is voided: it may have been granted',
    async (kind) => {
      let times = 0;
      const { client, asked } = clientOf(async (method) => {
        times += 1;
        if (times === 1) return lost();
        return method === 'admit' ? { kind } : { kind: 'voided' };
      });
      expect(await overTime(admit(client))).toEqual({ kind });
      await Promise.all(background);
      expect(asked).toEqual(['admit', 'admit', 'voidCall']);
    },
  );

  test('that is answered late counts, though it was asked again meanwhile', async () => {
    let times = 0;
    const { client, asked } = clientOf(async () => ((times += 1) === 1 ? after(15_000, { kind: 'granted' }) : never()));
    expect(await overTime(admit(client))).toEqual({ kind: 'granted' });
    expect(asked).toEqual(['admit', 'admit']);
  });

  test('that is refused late is voided where it was asked again: that may be granted yet', async () => {
    let times = 0;
    const { client, asked } = clientOf(async (method) => {
      times += 1;
      if (times === 1) return after(15_000, { kind: 'refused' });
      return method === 'admit' ? never() : { kind: 'voided' };
    });
    expect(await overTime(admit(client))).toEqual({ kind: 'refused' });
    await Promise.all(background);
    expect(asked).toEqual(['admit', 'admit', 'voidCall']);
  });

  test('is waited for longer by as much as its account lets calls wait', async () => {
    const { client, asked } = clientOf(never);
    void admit(client, 30_000).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(39_999);
    expect(asked).toEqual(['admit']);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual(['admit', 'admit']);
  });
});

describe('an admit that travels with others', () => {
  test('and is refused when it asks by itself is voided: with the others it may be granted yet', async () => {
    let times = 0;
    const { client, other, asked } = clientOf(async (method) => {
      times += 1;
      if (times <= 3) return never();
      return method === 'admit' ? { kind: 'refused' } : { kind: 'voided' };
    });
    const background: Promise<unknown>[] = [];
    const admit = async (of: AccountClient, name: string): Promise<unknown> =>
      of.admit(admitRequest(name), 0, (task) => background.push(task));
    const leader = new AbortController();
    other.leavesWith(leader.signal);
    void admit(other, 'other').catch(() => undefined);
    void admit(other, 'another').catch(() => undefined);
    const answer = admit(client, 'one');
    await vi.advanceTimersByTimeAsync(gatherMs);
    expect(asked).toEqual(['admit', 'admit', 'admit']);
    leader.abort();
    await vi.advanceTimersByTimeAsync(leftBehindMs + ledMsMax);
    expect(await answer).toEqual({ kind: 'refused' });
    await Promise.all(background);
    expect(asked.slice(3).toSorted()).toEqual(['admit', 'admit', 'voidCall', 'voidCall']);
  });
});

describe('a request whose client has left', () => {
  /** Another request's command is under way for ever, and so is what travels with others. */
  const stuck = () => {
    let times = 0;
    const made = clientOf(async () => ((times += 1) <= 3 ? never() : { kind: 'granted' }));
    const controller = new AbortController();
    made.client.leavesWith(controller.signal);
    void made.other.admit(admitRequest('other'), 0, () => undefined).catch(() => undefined);
    return { ...made, leave: () => controller.abort() };
  };
  const admit = async (client: AccountClient, name: string): Promise<unknown> =>
    client.admit(admitRequest(name), 0, () => undefined);

  test('asks by itself, and at once, for what travels with others', async () => {
    const { client, asked, leave } = stuck();
    const answers = [admit(client, 'one'), admit(client, 'two')];
    await vi.advanceTimersByTimeAsync(gatherMs);
    expect(asked).toEqual(['admit', 'admit', 'admit']);
    leave();
    expect(await Promise.all(answers)).toEqual([{ kind: 'granted' }, { kind: 'granted' }]);
    expect(asked).toHaveLength(5);
  });

  test('asks by itself for what has not set out, and for whatever comes later', async () => {
    const { client, asked, leave } = stuck();
    const { departed } = client.settle(settleRequest('1.0', 1), false);
    leave();
    await departed;
    expect(asked).toEqual(['admit', 'settle']);
    void client.settle(settleRequest('1.1', 1), false).reply;
    expect(asked).toEqual(['admit', 'settle', 'settle']);
  });
});

describe('a settlement', () => {
  test('is repeated until it is heard, with about twice the pause each time', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.5).mockReturnValueOnce(0).mockReturnValueOnce(0.75);
    let times = 0;
    const { client, asked } = clientOf(async () => ((times += 1) < 4 ? lost() : settled));
    expect(await overTime(client.settle(settleRequest('1.0', 1)).reply)).toMatchObject({ kind: 'settled' });
    expect(asked).toHaveLength(4);
    expect(waits).toEqual([200, 200, 1000]);
  });

  test('that nobody ever hears is given up, logged, and left to the lease', async () => {
    const { client, asked } = clientOf(lost);
    expect(await overTime(client.settle(settleRequest('1.0', 1)).reply)).toBeUndefined();
    expect(asked).toHaveLength(6);
    expect(logged).toEqual([expect.stringContaining('settle-undelivered')]);
  });

  test('that its account takes long over is not asked for again, which would make that slower', async () => {
    const { client, asked } = clientOf(async () => after(19_000, settled));
    expect(await overTime(client.settle(settleRequest('1.0', 1)).reply)).toEqual(settled);
    expect(asked).toEqual(['settle']);
  });

  test('is asked for once more after a long silence, and never a third time while both may be answered', async () => {
    const { client, asked, stubs } = clientOf(never);
    const settling = client.settle(settleRequest('1.0', 1)).reply;
    await vi.advanceTimersByTimeAsync(19_999);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(2);
    expect(stubs()).toBe(2);
    expect(await overTime(settling)).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(logged).toEqual([expect.stringContaining('settle-undelivered')]);
  });

  test('is over with whichever answer comes first, though it was asked for twice', async () => {
    let times = 0;
    const { client, asked } = clientOf(async () => ((times += 1) === 1 ? after(30_000, settled) : never()));
    const settling = client.settle(settleRequest('1.0', 1)).reply;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await settling).toEqual(settled);
    expect(asked).toHaveLength(2);
  });

  test('of a call that has ended is not repeated', async () => {
    const { client, asked } = clientOf(async () => Promise.resolve({ kind: 'ended' }));
    expect(await overTime(client.settle(settleRequest('1.0', 1)).reply)).toEqual({ kind: 'ended' });
    expect(asked).toEqual(['settle']);
  });
});

describe('a renewal', () => {
  test('is asked once, and says whether the hold has a lease', async () => {
    const kept = clientOf(async () => Promise.resolve({ lost: [] }));
    expect(await overTime(kept.client.renew('1.0'))).toBe(true);
    const gone = clientOf(async () => Promise.resolve({ lost: ['1.0'] }));
    expect(await overTime(gone.client.renew('1.0'))).toBe(false);
    const { client, asked } = clientOf(lost);
    await expect(client.renew('1.0')).rejects.toThrow('connection lost');
    expect(asked).toEqual(['renew']);
  });
});

describe('a question', () => {
  test('is asked twice at most, and is then an error to be told', async () => {
    const { client, asked } = clientOf(lost);
    const answer = await overTime(client.ask(async (actor) => actor.usage({ secretHash: 'x' })));
    expect(answer).toMatchObject({ code: 'ledger_unavailable' });
    expect(asked).toEqual(['usage', 'usage']);
  });

  test('about an extension is answered with the error: what is owed by then is for the caller to settle', async () => {
    const { client, asked } = clientOf(lost);
    const bound = admitRequest('x').call.bound;
    const extension = client.extend({ holdId: '1.0', attempt: 2, spentTokens: 1, spentNanoUsd: 1, bound });
    expect(await overTime(extension)).toBeInstanceOf(GatewayError);
    expect(asked).toEqual(['extend', 'extend']);
  });
});
