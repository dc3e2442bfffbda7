import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CommandOutcome, type Command, askAlone } from '../../../src/core/account/exchange.ts';
import type { TenantProtocol } from '../../../src/core/account/protocol.ts';
import type { Env } from '../../../src/env.ts';
import { AccountClient } from '../../../src/gateway/request/account-client.ts';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { exchangeCommandsMax } from '../../../src/limits.ts';
import { admitRequest, settleRequest } from '../../support/account.ts';
import { Random } from '../../support/random.ts';

// An isolate and an account with one slot for each client, which are 5 ms apart. Each trip is a request to an object,
// and Cloudflare bills those.

const tripMs = 5;
let trips: number;
let running: Set<string>;
let refused: number;
/** The most commands of one trip. */
let together: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  // The pauses before repeats are random.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  [trips, refused, together] = [0, 0, 0];
  running = new Set();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const pause = async (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Time passes until something happens, and all that waited for it goes on. */
async function passTime(): Promise<void> {
  vi.advanceTimersToNextTimer();
  await new Promise((resolve) => void setImmediate(resolve));
}

/** An account with so many slots, whose answers are lost as often as `lost` says. */
function envOf(slots: number, lost: () => boolean): Env {
  const decide = {
    admit: ({ call: { name } }: { readonly call: { readonly name: string } }) => {
      if (running.size >= slots && !running.has(name)) refused += 1;
      else running.add(name);
      return { kind: 'granted', holdId: name };
    },
    settle: ({ holdId }: { readonly holdId: string }) => {
      running.delete(holdId);
      return { kind: 'settled', breach: false, corrected: false };
    },
  };
  // Nothing else is asked of it here.
  const account = decide as unknown as TenantProtocol;
  const trip = async <T>(decided: () => Promise<T>): Promise<T> => {
    trips += 1;
    await pause(tripMs / 2);
    if (lost()) throw new Error('connection lost');
    const answer = await decided();
    await pause(tripMs / 2);
    if (lost()) throw new Error('connection lost');
    return answer;
  };
  const exchange = async ({ commands }: { readonly commands: readonly Command[] }): Promise<CommandOutcome[]> =>
    trip(async () => {
      together = Math.max(together, commands.length);
      return Promise.all(commands.map(async (command) => ({ reply: await askAlone(account, command) })));
    });
  const alone = {
    admit: async (request: never) => trip(async () => askAlone(account, { method: 'admit', request })),
    settle: async (request: never) => trip(async () => askAlone(account, { method: 'settle', request })),
    exchange,
  };
  return { TENANT: { getByName: () => alone } } as unknown as Env;
}

interface Crowd {
  readonly clients: number;
  readonly calls: number;
  /** How long an answer of the provider takes at most. */
  readonly answerMs?: number;
  readonly lost?: () => boolean;
}

/** Clients that call again the moment they are answered. */
async function crowd({ clients, calls, answerMs = 200, lost = () => false }: Crowd): Promise<void> {
  const random = new Random(clients);
  const env = envOf(clients, lost);
  const client = async (number: number): Promise<void> => {
    for (let call = 0; call < calls; call += 1) {
      const name = `${number}-${call}`;
      const clock = new CallClock();
      const account = new AccountClient(env, 'k_1', clock);
      await account.admit(admitRequest(name), 0, () => undefined);
      await pause(random.between(1, answerMs));
      const { departed, reply } = account.settle(settleRequest(name, 1), random.chance(0.1));
      // The path of a call goes on after its client was answered.
      void reply.then(() => clock.stop());
      await departed;
    }
  };
  vi.stubGlobal('scheduler', { wait: pause });
  const left = new Set(Array.from({ length: clients }, (_, number) => number));
  const all = [...left].map(async (number) => client(number).finally(() => left.delete(number)));
  while (left.size > 0) await passTime();
  await Promise.all(all);
  // Of what was repeated after a pause.
  const endMs = Date.now() + 5000;
  while (vi.getTimerCount() > 0 && Date.now() < endMs) await passTime();
}

describe('the calls of one isolate to one account', () => {
  test('cost two trips each where they come one after the other', async () => {
    await crowd({ clients: 1, calls: 50 });
    expect(trips).toBe(100);
  });

  test.each([
    { answerMs: 1, most: 0.2 },
    { answerMs: 10, most: 0.35 },
    { answerMs: 200, most: 1.2 },
  ])('cost less the more come at once: 64 with answers within $answerMs ms', async ({ answerMs, most }) => {
    await crowd({ clients: 64, calls: 20, answerMs });
    expect(trips / (64 * 20)).toBeLessThan(most);
    expect(together).toBeGreaterThan(1);
    expect(together).toBeLessThanOrEqual(exchangeCommandsMax);
  });

  test.each([1, 2, 8, 64, 300])('of %i clients find their own slots free', async (clients) => {
    await crowd({ clients, calls: 8, answerMs: 60 });
    expect({ refused, running: running.size }).toEqual({ refused: 0, running: 0 });
  });

  test.each([1, 2, 8, 64])(
    'of %i clients all end, where trips get lost before and after they arrive',
    async (clients) => {
      let checked = 0;
      await crowd({ clients, calls: 20, lost: () => (checked += 1) % 25 === 0 });
      expect(running.size).toBe(0);
    },
  );
});
