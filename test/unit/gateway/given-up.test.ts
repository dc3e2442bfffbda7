import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AccountClient } from '../../../src/gateway/request/account-client.ts';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { LeaseKeeper } from '../../../src/gateway/attempt/lease-keeper.ts';
import { leaseMs } from '../../../src/limits.ts';
import type { AdmitReply, TenantProtocol } from '../../../src/core/account/protocol.ts';
import { admitRequest } from '../../support/account.ts';
import { steadyNowMs } from '../../../src/steady-time.ts';

/** Goal: an admission that nobody waits for any more leaves no hold, however its questions and answers were lost. */

type Actor = Pick<TenantProtocol, 'admit' | 'voidCall'>;

const never = <T>(): Promise<T> => new Promise(() => undefined);

function clientOf(actor: Actor, clock?: CallClock): AccountClient {
  // Of all its bindings the client knows only the namespace of accounts, and of that only how to get one.
  const env = { TENANT: { getByName: () => actor } } as unknown as ConstructorParameters<typeof AccountClient>[0];
  return new AccountClient(env, 'k', clock);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.stubGlobal('scheduler', { wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('a refusal of the repeat voids the name, because the first may still be waiting for its turn', async () => {
  const replies: (() => Promise<AdmitReply>)[] = [
    () => Promise.reject(new Error('lost')),
    () => Promise.resolve({ kind: 'denied', reason: 'revoked' }),
  ];
  const voided: string[] = [];
  const client = clientOf({
    admit: () => replies.shift()?.() ?? never(),
    voidCall: ({ name }) => {
      voided.push(name);
      return Promise.resolve({ kind: 'voided' });
    },
  });
  const background: Promise<unknown>[] = [];
  await client.admit(admitRequest('call'), 0, (task) => void background.push(task));
  await Promise.all(background);
  expect(voided).toEqual(['call']);
});

test('the void of an admission that was given up is repeated, also when its call has long failed', async () => {
  let voids = 0;
  const clock = new CallClock();
  const client = clientOf(
    {
      admit: () => never(),
      voidCall: () => {
        voids += 1;
        return voids === 1 ? never() : Promise.resolve({ kind: 'voided' });
      },
    },
    clock,
  );
  const path = client
    .admit(admitRequest('call'), 0, () => undefined)
    .catch(() => undefined)
    .finally(() => clock.stop());
  await vi.advanceTimersByTimeAsync(25_000);
  await path;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(voids).toBe(2);
});

test('a call that waited long for its admission is renewed in time to survive a ledger that is away for a while', async () => {
  const askedMs = steadyNowMs();
  await vi.advanceTimersByTimeAsync(59_000);
  let isAway = false;
  const renew = (): Promise<boolean> => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(true));
  const keeper = new LeaseKeeper(renew, leaseMs, askedMs, new CallClock());
  await vi.advanceTimersByTimeAsync(29_000);
  isAway = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(keeper.signal.aborted).toBe(false);
});

test('nothing is admitted by a name that was given up, whatever the void may come to', async () => {
  // Of a refusal the client looks at nothing but its kind.
  const refused = { kind: 'refused' } as unknown as AdmitReply;
  const replies: (() => Promise<AdmitReply>)[] = [
    () => Promise.reject(new Error('lost')),
    () => Promise.resolve(refused),
  ];
  const client = clientOf({ admit: () => replies.shift()?.() ?? never(), voidCall: () => never() });
  await client.admit(admitRequest('call'), 0, () => undefined);
  // As when the prompt was counted, and the call is to be asked for again.
  await expect(client.admit(admitRequest('call'), 0, () => undefined)).rejects.toMatchObject({
    code: 'ledger_unavailable',
  });
});
