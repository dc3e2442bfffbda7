import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callMsMax, fenceMs, leaseMs, renewEveryMs, writtenLeaseMs } from '../../../src/limits.ts';
import { newLedger } from '../../../src/ledger/state.ts';
import { epochMs } from '../../../src/ledger/units.ts';
import { Leases } from '../../../src/tenant/leases.ts';
import { TestLedger, noon } from '../../support/ledger.ts';

function noLeases(): Leases {
  return Leases.ofOpenHolds(newLedger(), noon);
}

/** An open hold, admitted at noon, with a lease on disk that was written at `writtenMs`. */
function written(id: string, writtenMs: number, at = noon): Parameters<Leases['renew']>[0] {
  return { id, at, endsBy: epochMs(writtenMs + writtenLeaseMs) };
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
    expect(leases.renew(written('a', noon), noon + 30_000)).toBe('renewed');
    expect(leases.runOut(noon + leaseMs + 29_999)).toEqual([]);
    expect(leases.runOut(noon + leaseMs + 30_000)).toEqual(['a']);
  });

  test('that has run out, or never was, can not be renewed', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.renew(written('a', noon), noon + leaseMs)).toBe('lost');
    expect(leases.renew(written('b', noon), noon)).toBe('lost');
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
    while (leases.renew(written('a', now), now + renewEveryMs) === 'renewed') now += renewEveryMs;
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

describe('a renewal', () => {
  const endsBy = noon + writtenLeaseMs;

  test('that ends no later than what is on disk says is not written, and one that does is written first', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    leases.renew(written('a', noon), noon + renewEveryMs);
    expect(leases.renew(written('a', noon), endsBy - leaseMs)).toBe('renewed');
    expect(leases.renew(written('a', noon), endsBy - leaseMs + 1)).toBe('to-be-written');
    expect(leases.nextMs()).toBe(endsBy);
    expect(leases.renew(written('a', endsBy - leaseMs + 1), endsBy - leaseMs + 1)).toBe('renewed');
    expect(leases.nextMs()).toBe(endsBy + 1);
  });

  test('is written too where what is on disk is of a clock that was set back since', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.renew(written('a', noon), noon)).toBe('renewed');
    expect(leases.renew(written('a', noon), noon - 1)).toBe('to-be-written');
  });
});

describe('an actor that wakes', () => {
  test('gives each open hold a fresh lease, which ends no later than what is on disk says', () => {
    const ledger = new TestLedger();
    const late = ledger.hold('a', { endsBy: noon + leaseMs + 5000 });
    const early = ledger.hold('b', { endsBy: noon + leaseMs + 2000 });
    const woken = (nowMs: number): Leases => Leases.ofOpenHolds(ledger.state, nowMs);
    expect(woken(noon + 1000).runOut(noon + 999 + leaseMs)).toEqual([]);
    expect(woken(noon + 1000).runOut(noon + 1000 + leaseMs)).toHaveLength(2);
    expect(woken(noon + 3000).runOut(noon + 3000 + leaseMs)).toEqual([early, late]);
    for (let nowMs: number = noon; nowMs < noon + leaseMs + 2000; nowMs += 1000) {
      expect(woken(nowMs).nextMs()).toBe(Math.min(nowMs + leaseMs, noon + leaseMs + 2000));
    }
    expect(woken(noon + leaseMs + 2000).runOut(noon + leaseMs + 2000)).toEqual([early]);
  });

  test('gives none to a call that no owner can still be running, and leaves the others theirs', () => {
    const ledger = new TestLedger();
    const endsBy = noon + 2 * callMsMax;
    const old = ledger.hold('old', { endsBy });
    ledger.pass(callMsMax).hold('young', { endsBy });
    const leases = Leases.ofOpenHolds(ledger.state, noon + callMsMax + 1);
    expect(leases.runOut(noon + callMsMax + 1)).toEqual([old]);
    expect(leases.nextMs()).toBe(noon + callMsMax + 1);
    leases.end(old);
    expect(leases.nextMs()).toBe(noon + callMsMax + 1 + leaseMs);
    expect(Leases.ofOpenHolds(ledger.state, noon + callMsMax).runOut(noon + callMsMax)).toEqual([]);
  });
});

test('an owner whose renewals stop arriving has stopped its call before anyone takes its lease for over', () => {
  const delays = fc.array(fc.record({ arrives: fc.boolean(), delayMs: fc.nat(5000) }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.nat(5000), delays, (grantDelayMs, renewals) => {
      const leases = noLeases();
      leases.grant('a', noon + grantDelayMs);
      let hold = written('a', noon + grantDelayMs);
      // The owner counts from the moment at which it asked; the actor from the moment at which it heard.
      let ownerUntilMs = noon + leaseMs - fenceMs;
      for (const [index, { arrives, delayMs }] of renewals.entries()) {
        const askedMs = noon + (index + 1) * renewEveryMs;
        if (askedMs >= ownerUntilMs || !arrives) continue;
        if (leases.renew(hold, askedMs + delayMs) === 'to-be-written') hold = written('a', askedMs + delayMs);
        expect(leases.renew(hold, askedMs + delayMs)).toBe('renewed');
        ownerUntilMs = askedMs + leaseMs - fenceMs;
      }
      expect(leases.runOut(ownerUntilMs)).toEqual([]);
      expect(hold.endsBy).toBeGreaterThanOrEqual(ownerUntilMs + fenceMs);
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
        if (what === 'renew')
          expect(leases.renew(written(id, now, epochMs(now)), now)).toBe(leftMs.has(id) ? 'renewed' : 'lost');
        if (what === 'grant') leases.grant(id, now);
        if (what === 'grant' || (what === 'renew' && leftMs.has(id))) leftMs.set(id, leaseMs);
      }
      const next = leftMs.size === 0 ? undefined : now + Math.min(...leftMs.values());
      expect(leases.nextMs()).toBe(next);
    }),
  );
});
