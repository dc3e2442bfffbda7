import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callMsMax, fenceMs, leaseMs, renewEveryMs } from '../../../src/limits.ts';
import { newLedger } from '../../../src/ledger/state.ts';
import { Leases } from '../../../src/tenant/leases.ts';
import { TestLedger, noon } from '../../support/ledger.ts';

function noLeases(): Leases {
  return Leases.ofOpenHolds(newLedger(), noon);
}

describe('a lease', () => {
  test('runs out when its time is over, and not a millisecond before', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.nextMs()).toBe(noon + leaseMs);
    expect(leases.runOut(noon + leaseMs - 1)).toEqual([]);
    expect(leases.runOut(noon + leaseMs)).toEqual(['a']);
  });

  test('that is renewed lasts anew from then on', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.renew('a', noon, noon + 30_000)).toBe(true);
    expect(leases.runOut(noon + leaseMs + 29_999)).toEqual([]);
    expect(leases.runOut(noon + leaseMs + 30_000)).toEqual(['a']);
  });

  test('that has run out, or never was, can not be renewed', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.renew('a', noon, noon + leaseMs)).toBe(false);
    expect(leases.renew('b', noon, noon)).toBe(false);
  });

  test('ends with its hold', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    leases.end('a');
    expect(leases.runOut(noon + leaseMs)).toEqual([]);
    expect(leases.nextMs()).toBeUndefined();
  });

  test('lasts no longer than a call may run, however often it is renewed', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    let now: number = noon;
    while (leases.renew('a', noon, now + renewEveryMs)) now += renewEveryMs;
    expect(now - noon).toBeLessThanOrEqual(callMsMax + leaseMs);
    expect(leases.runOut(noon + callMsMax + leaseMs)).toEqual(['a']);
  });

  test('is set back with the clock, whether it was granted before or after', () => {
    const leases = noLeases();
    leases.grant('before', noon);
    leases.grant('after', noon - 500_000);
    expect(leases.nextMs()).toBe(noon - 500_000 + leaseMs);
    expect(leases.runOut(noon - 500_000 + leaseMs)).toEqual(['before', 'after']);
  });
});

describe('an actor that wakes', () => {
  test('gives each open hold one fresh lease', () => {
    const ledger = new TestLedger();
    const [first, second] = [ledger.hold('a'), ledger.hold('b')];
    const leases = Leases.ofOpenHolds(ledger.state, noon + 1000);
    expect(leases.runOut(noon + 999 + leaseMs)).toEqual([]);
    expect(leases.runOut(noon + 1000 + leaseMs)).toEqual([first, second]);
  });

  test('gives none to a call that no owner can still be running, and leaves the others theirs', () => {
    const ledger = new TestLedger();
    const old = ledger.hold('old');
    const young = ledger.pass(callMsMax).hold('young');
    const leases = Leases.ofOpenHolds(ledger.state, noon + callMsMax + 1);
    expect(leases.runOut(noon + callMsMax + 1)).toEqual([old]);
    expect(leases.renew(young, ledger.now, noon + callMsMax + 1)).toBe(true);
    expect(Leases.ofOpenHolds(ledger.state, noon + callMsMax).runOut(noon + callMsMax)).toEqual([]);
  });
});

test('an owner whose renewals stop arriving has stopped its call before anyone takes its lease for over', () => {
  const delays = fc.array(fc.record({ arrives: fc.boolean(), delayMs: fc.nat(5000) }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.nat(5000), delays, (grantDelayMs, renewals) => {
      const leases = noLeases();
      leases.grant('a', noon + grantDelayMs);
      // The owner counts from the moment at which it asked; the actor from the moment at which it heard.
      let ownerUntilMs = noon + leaseMs - fenceMs;
      for (const [index, { arrives, delayMs }] of renewals.entries()) {
        const askedMs = noon + (index + 1) * renewEveryMs;
        if (askedMs >= ownerUntilMs || !arrives) continue;
        expect(leases.renew('a', noon, askedMs + delayMs)).toBe(true);
        ownerUntilMs = askedMs + leaseMs - fenceMs;
      }
      expect(leases.runOut(ownerUntilMs)).toEqual([]);
    }),
  );
});

test('the leases that have run out are always the oldest ones, in any order of grants, renewals and ends', () => {
  const step = fc.record({
    passMs: fc.integer({ min: -50_000, max: 50_000 }),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    what: fc.constantFrom('grant', 'renew', 'end'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const leases = noLeases();
      const leftMs = new Map<string, number>();
      let now: number = noon;
      for (const { passMs, id, what } of steps) {
        now += passMs;
        for (const each of leases.runOut(now)) leases.end(each);
        // Time that the clock was set back by has not passed.
        for (const [each, left] of leftMs) leftMs.set(each, left - Math.max(0, passMs));
        for (const [each, left] of leftMs) if (left <= 0) leftMs.delete(each);
        if (what === 'end') leases.end(id);
        if (what === 'end') leftMs.delete(id);
        if (what === 'renew') expect(leases.renew(id, now, now)).toBe(leftMs.has(id));
        if (what === 'grant') leases.grant(id, now);
        if (what === 'grant' || (what === 'renew' && leftMs.has(id))) leftMs.set(id, leaseMs);
      }
      const next = leftMs.size === 0 ? undefined : now + Math.min(...leftMs.values());
      expect(leases.nextMs()).toBe(next);
    }),
  );
});
