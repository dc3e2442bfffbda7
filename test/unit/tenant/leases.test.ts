import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fenceMs, leaseMs, renewEveryMs, writtenLeaseMs } from '../../../src/limits.ts';
import { apply } from '../../../src/core/ledger/apply.ts';
import { newLedger } from '../../../src/core/ledger/state.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { type Doubt, doubtMs, doubtPieceMs } from '../../../src/core/account/doubt.ts';
import { Leases, leaseAtWake } from '../../../src/core/account/leases.ts';
import { passDoubts } from '../../support/doubts.ts';
import { TestLedger, noon } from '../../support/ledger.ts';

function noLeases(): Leases {
  return Leases.ofOpenHolds(newLedger(), noon);
}

/** An open hold, with a lease on disk that was written at `writtenMs`. */
function written(id: string, writtenMs: number): Parameters<Leases['renew']>[0] {
  return { id, endsBy: epochMs(writtenMs + writtenLeaseMs) };
}

/** How long a lease lasts before it is doubted. */
const believedMs = leaseMs - doubtMs;

describe('a lease', () => {
  test('is doubted when its time is nearly over, not a millisecond before, and runs out when nobody renews it then', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.nextMs()).toBe(noon + believedMs);
    expect(leases.runOut(noon + believedMs - 1)).toEqual([]);
    expect(leases.hasDoubts).toBe(false);
    expect(leases.runOut(noon + believedMs)).toEqual([]);
    expect(leases.hasDoubts).toBe(true);
    const [doubt, ...others] = leases.takeDoubts();
    expect({ doubt, others }).toEqual({ doubt: { leftMs: doubtMs }, others: [] });
    if (doubt !== undefined) doubt.leftMs = 1;
    expect(leases.runOut(noon + 1000 * leaseMs)).toEqual([]);
    if (doubt !== undefined) doubt.leftMs = 0;
    expect(leases.runOut(noon + leaseMs)).toEqual(['a']);
    expect(leases.takeDoubts()).toEqual([]);
  });

  test('that is renewed lasts anew from then on', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.renew(written('a', noon), noon + 30_000)).toBe('renewed');
    expect(leases.nextMs()).toBe(noon + 30_000 + believedMs);
  });

  test('that is renewed while it is doubted lasts anew, and what is doubted with it does not', () => {
    const leases = noLeases();
    for (const id of ['a', 'b']) leases.grant(id, noon);
    leases.runOut(noon + believedMs);
    expect(leases.renew(written('a', noon + believedMs), noon + believedMs)).toBe('renewed');
    passDoubts(leases);
    expect(leases.runOut(noon + leaseMs)).toEqual(['b']);
    leases.end('b');
    expect(leases.hasDoubts).toBe(false);
    expect(leases.nextMs()).toBe(noon + 2 * believedMs);
  });

  test('that is doubted a second time is not ended by what had passed of the first', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    leases.runOut(noon + believedMs);
    const first = leases.takeDoubts();
    leases.grant('a', noon + believedMs);
    leases.runOut(noon + 2 * believedMs);
    for (const doubt of first) doubt.leftMs = 0;
    expect(leases.runOut(noon + 2 * believedMs)).toEqual([]);
    passDoubts(leases);
    expect(leases.runOut(noon + 2 * believedMs)).toEqual(['a']);
  });

  test('that ended, or never was, can not be renewed', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    leases.end('a');
    expect(leases.renew(written('a', noon), noon)).toBe('lost');
    expect(leases.renew(written('b', noon), noon)).toBe('lost');
  });

  test('ends with its hold', () => {
    const leases = noLeases();
    for (const id of ['a', 'b']) leases.grant(id, noon);
    leases.end('a');
    leases.runOut(noon + believedMs);
    leases.end('b');
    passDoubts(leases);
    expect(leases.runOut(noon + leaseMs)).toEqual([]);
    expect(leases.nextMs()).toBeUndefined();
    expect(leases.hasDoubts).toBe(false);
  });

  test('is set back with the clock, whether it was granted before or after', () => {
    const leases = noLeases();
    leases.grant('before', noon);
    leases.grant('after', noon - 500_000);
    expect(leases.nextMs()).toBe(noon - 500_000 + believedMs);
    leases.runOut(noon - 500_000 + believedMs);
    passDoubts(leases);
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
    expect(leases.nextMs()).toBe(endsBy - doubtMs);
    expect(leases.renew(written('a', endsBy - leaseMs + 1), endsBy - leaseMs + 1)).toBe('renewed');
    expect(leases.nextMs()).toBe(endsBy - doubtMs + 1);
  });

  test('is written too where what is on disk is of a clock that was set back since, or was to be the last', () => {
    const leases = noLeases();
    leases.grant('a', noon);
    expect(leases.renew({ ...written('a', noon), last: true }, noon)).toBe('to-be-written');
    expect(leases.renew(written('a', noon), noon)).toBe('renewed');
    expect(leases.renew(written('a', noon), noon - 1)).toBe('to-be-written');
  });
});

describe('an actor that wakes', () => {
  test('gives each open hold a fresh lease, which ends no later than what is on disk says', () => {
    const ledger = new TestLedger();
    const endsBy = noon + 2 * leaseMs;
    const late = ledger.hold('a', { endsBy });
    const early = ledger.hold('b', { endsBy: endsBy - 3000 });
    const woken = (nowMs: number): Leases => Leases.ofOpenHolds(ledger.state, nowMs);
    const lastMs = endsBy - 3000 - doubtMs;
    for (let nowMs: number = noon; nowMs <= lastMs; nowMs += 1000) {
      expect(woken(nowMs).nextMs()).toBe(Math.min(nowMs + believedMs, lastMs));
      expect(leaseAtWake({ id: early, endsBy: epochMs(endsBy - 3000) }, nowMs)).toBeUndefined();
    }
    const leases = woken(lastMs + 3000);
    leases.runOut(lastMs + 3000);
    passDoubts(leases);
    expect(leases.runOut(endsBy)).toEqual([early, late]);
  });

  test.each([-doubtMs + 1, 0, 600_000, 86_400_000])(
    'by %d ms too late for it gives a hold the time that its owner needs to renew it, once',
    (lateMs) => {
      const endsBy = epochMs(noon + writtenLeaseMs);
      const ledger = new TestLedger();
      const id = ledger.hold('a', { endsBy });
      const nowMs = endsBy + lateMs;
      const leases = Leases.ofOpenHolds(ledger.state, nowMs);
      expect(leases.runOut(nowMs)).toEqual([]);
      expect(leases.takeDoubts()).toEqual([{ leftMs: doubtMs }]);
      const last = leaseAtWake({ id, endsBy }, nowMs);
      expect(last).toEqual({ endsBy: nowMs + doubtMs, last: true });
      if (last === undefined) return;
      apply(ledger.state, { type: 'leased', id, ...last }, ledger.now);
      for (const [againMs, runOut] of [
        [nowMs + doubtMs - 1, []],
        [nowMs + doubtMs, [id]],
      ] as const) {
        const again = Leases.ofOpenHolds(ledger.state, againMs);
        expect(leaseAtWake({ id, ...last }, againMs)).toBeUndefined();
        expect(again.nextMs()).toBe(nowMs + doubtMs);
        expect(again.runOut(againMs)).toEqual(runOut);
        expect(again.takeDoubts()).toEqual([]);
      }
    },
  );

  test('gives a last lease by the clock that it finds, where that was set back since', () => {
    const ledger = new TestLedger();
    const id = ledger.hold('a');
    const hold = { id, endsBy: epochMs(noon + 600_000), last: true } as const;
    apply(ledger.state, { type: 'leased', ...hold }, ledger.now);
    expect(leaseAtWake(hold, noon)).toEqual({ endsBy: noon + doubtMs, last: true });
    expect(Leases.ofOpenHolds(ledger.state, noon).nextMs()).toBe(noon + doubtMs);
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
      expect((leases.nextMs() ?? 0) + doubtMs).toBeGreaterThanOrEqual(ownerUntilMs + fenceMs);
      expect(hold.endsBy).toBeGreaterThanOrEqual(ownerUntilMs + fenceMs);
    }),
  );
});

test('an owner that renews every half a minute keeps its lease, however often the clock is set, and whichever way', () => {
  const step = fc.oneof(
    fc.record({ passMs: fc.integer({ min: 1, max: doubtPieceMs }) }),
    fc.record({ jumpMs: fc.integer({ min: -86_400_000, max: 86_400_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const leases = noLeases();
      leases.grant('a', noon);
      const doubts: Doubt[] = [];
      let clockMs: number = noon;
      let unrenewedMs = 0;
      let hold = written('a', noon);
      for (const what of steps) {
        if ('jumpMs' in what) clockMs += what.jumpMs;
        const passMs = 'passMs' in what ? what.passMs : 0;
        clockMs += passMs;
        unrenewedMs += passMs;
        for (const doubt of doubts) doubt.leftMs -= passMs;
        expect(leases.runOut(clockMs)).toEqual([]);
        doubts.push(...leases.takeDoubts());
        if (unrenewedMs < renewEveryMs) continue;
        if (leases.renew(hold, clockMs) === 'to-be-written') hold = written('a', clockMs);
        expect(leases.renew(hold, clockMs)).toBe('renewed');
        unrenewedMs = 0;
      }
    }),
  );
});

test('the leases that are doubted are always the oldest ones, in any order of grants, renewals and ends', () => {
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
        leases.runOut(now);
        passDoubts(leases);
        for (const each of leases.runOut(now)) leases.end(each);
        // Time that the clock was set back by has not passed.
        for (const [each, left] of leftMs) leftMs.set(each, left - Math.max(0, passMs));
        for (const [each, left] of leftMs) if (left <= 0) leftMs.delete(each);
        if (what === 'end') leases.end(id);
        if (what === 'end') leftMs.delete(id);
        if (what === 'renew') expect(leases.renew(written(id, now), now)).toBe(leftMs.has(id) ? 'renewed' : 'lost');
        if (what === 'grant') leases.grant(id, now);
        if (what === 'grant' || (what === 'renew' && leftMs.has(id))) leftMs.set(id, believedMs);
      }
      const next = leftMs.size === 0 ? undefined : now + Math.min(...leftMs.values());
      expect(leases.nextMs()).toBe(next);
    }),
  );
});
