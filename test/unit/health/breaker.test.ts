import { describe, expect, test } from 'vitest';
import { defaultBreakerConfig, type BreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import {
  breakerAt,
  claimProbe,
  closedBreaker,
  recordEnd,
  standingOf,
  type Breaker,
  type Outcome,
} from '../../../src/core/breaker/breaker.ts';

const config = defaultBreakerConfig;

/** Records ordinary calls that begin and end at `nowMs`. */
function after(breaker: Breaker, outcomes: Outcome[], nowMs: number, settings: BreakerConfig = config): Breaker {
  return outcomes.reduce(
    (current, outcome) => recordEnd(current, { outcome, startedMs: nowMs, claim: undefined }, nowMs, settings),
    breaker,
  );
}

const repeat = (outcome: Outcome, times: number): Outcome[] => Array.from({ length: times }, () => outcome);
const closed = closedBreaker(0, 0, config);
const opened = after(closed, repeat('failure', 5), 1000);

/** Claims a probe at `nowMs` and ends it so. */
function probed(breaker: Breaker, outcome: Outcome, nowMs: number): Breaker {
  const probing = claimProbe(breaker, `claim-${nowMs}`, nowMs, config);
  return recordEnd(probing, { outcome, startedMs: nowMs, claim: `claim-${nowMs}` }, nowMs, config);
}

describe('a closed breaker', () => {
  test.each<{ title: string; outcomes: Outcome[]; opens: boolean }>([
    { title: 'stays closed at 4 failures in a row', outcomes: repeat('failure', 4), opens: false },
    { title: 'opens at 5 failures in a row', outcomes: repeat('failure', 5), opens: true },
    {
      title: 'counts failures in a row anew after a success',
      outcomes: [...repeat('failure', 4), 'success', ...repeat('failure', 4)],
      opens: false,
    },
    {
      title: 'does not take a neutral end for a success',
      outcomes: [...repeat('failure', 4), 'neutral', 'failure'],
      opens: true,
    },
    { title: 'is not opened by neutral ends', outcomes: repeat('neutral', 100), opens: false },
    {
      title: 'does not judge a rate by fewer than 20 calls',
      outcomes: Array.from({ length: 19 }, (_, call) => (call % 2 === 0 ? 'failure' : 'success')),
      opens: false,
    },
    {
      title: 'opens when half of 20 calls have failed',
      outcomes: Array.from({ length: 20 }, (_, call) => (call % 2 === 0 ? 'success' : 'failure')),
      opens: true,
    },
    {
      title: 'stays closed when fewer than half of them have',
      outcomes: Array.from({ length: 60 }, (_, call) => (call % 5 < 2 ? 'failure' : 'success')),
      opens: false,
    },
    {
      title: 'does not count neutral ends among the calls that a rate is judged by',
      outcomes: Array.from({ length: 40 }, (_, call) =>
        call % 4 === 0 ? 'failure' : call % 4 === 1 ? 'success' : 'neutral',
      ),
      opens: true,
    },
  ])('$title', ({ outcomes, opens }) => {
    expect(after(closed, outcomes, 1000).kind).toBe(opens ? 'open' : 'closed');
  });

  test('forgets the calls of the window before this one', () => {
    const alternating = Array.from({ length: 19 }, (_, call): Outcome => (call % 2 === 0 ? 'failure' : 'success'));
    const halfFailing = after(closed, alternating, 0);
    expect(after(halfFailing, ['success', 'failure'], 29_999).kind).toBe('open');
    expect(after(halfFailing, ['success', 'failure'], 30_000).kind).toBe('closed');
  });

  test('starts its window afresh when the configuration gives it another length', () => {
    const almost = after(closed, ['success', ...repeat('failure', 4)], 0);
    const judged = { ...config, windowMs: 60_000, callsToJudge: 2, failuresInARow: 100 };
    expect(after(almost, ['success'], 1, judged)).toMatchObject({ kind: 'closed', window: { paneMs: 6000 } });
    expect(after(almost, ['failure'], 1, judged).kind).toBe('closed');
    expect(after(almost, ['failure', 'success'], 1, judged).kind).toBe('open');
  });
});

describe('an open breaker', () => {
  test('refuses for 30 s and says until when', () => {
    expect(standingOf(opened, 1000)).toEqual({ kind: 'open', retryAtMs: 31_000 });
    expect(standingOf(opened, 30_999)).toEqual({ kind: 'open', retryAtMs: 31_000 });
    expect(standingOf(opened, 31_000)).toEqual({ kind: 'probe' });
  });

  test('does not grant a probe before its time', () => {
    expect(() => claimProbe(opened, 'early', 30_999, config)).toThrow('admits none');
  });

  test('is not kept open, or closed, by calls that were under way when it opened', () => {
    expect(after(opened, repeat('failure', 50), 2000)).toEqual(opened);
    expect(after(opened, repeat('success', 50), 2000)).toEqual(opened);
  });

  test('stays open twice as long each time that recovery fails, up to 5 minutes', () => {
    const openForMs: number[] = [];
    let breaker = opened;
    let nowMs = 1000;
    for (let round = 0; round < 6; round += 1) {
      const standing = standingOf(breaker, nowMs);
      if (standing.kind !== 'open') throw new Error('expected an open breaker');
      openForMs.push(standing.retryAtMs - nowMs);
      nowMs = standing.retryAtMs;
      breaker = probed(breaker, 'failure', nowMs);
    }
    expect(openForMs).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  test('stays open for 30 s again once it had recovered', () => {
    const reopened = probed(opened, 'failure', 31_000);
    const recovered = probed(probed(reopened, 'success', 91_000), 'success', 91_001);
    const openedAgain = after(recovered, repeat('failure', 5), 100_000);
    expect(standingOf(openedAgain, 100_000)).toEqual({ kind: 'open', retryAtMs: 130_000 });
  });
});

describe('a half-open breaker', () => {
  const probing = claimProbe(opened, 'first', 31_000, config);

  test('admits one probe at a time: its room is taken when the probe starts', () => {
    expect(standingOf(probing, 31_000).kind).toBe('open');
    expect(() => claimProbe(probing, 'second', 31_000, config)).toThrow('admits none');
  });

  test('says to ask again in a second while a probe is under way, but not later than its lease', () => {
    expect(standingOf(probing, 31_000)).toEqual({ kind: 'open', retryAtMs: 32_000 });
    expect(standingOf(probing, 90_900)).toEqual({ kind: 'open', retryAtMs: 91_000 });
  });

  test('closes after two successful probes, not after one', () => {
    const once = probed(opened, 'success', 31_000);
    expect(once.kind).toBe('half-open');
    expect(standingOf(once, 31_000)).toEqual({ kind: 'probe' });
    expect(probed(once, 'success', 31_001).kind).toBe('closed');
  });

  test('lets the next probe try when one ended neutrally', () => {
    const released = probed(opened, 'neutral', 31_000);
    expect(released).toMatchObject({ kind: 'half-open', successes: 0 });
    expect(standingOf(released, 31_000)).toEqual({ kind: 'probe' });
  });

  test('admits another probe when the lease of one has run out, as after the death of its router', () => {
    expect(standingOf(probing, 90_999).kind).toBe('open');
    expect(standingOf(probing, 91_000)).toEqual({ kind: 'probe' });
    expect(claimProbe(probing, 'second', 91_000, config).probe?.claim).toBe('second');
  });

  test('believes a late probe as long as no other has taken its place', () => {
    const late = { outcome: 'failure', startedMs: 31_000, claim: 'first' } as const;
    expect(recordEnd(probing, late, 95_000, config).kind).toBe('open');
    const replaced = claimProbe(probing, 'second', 91_000, config);
    expect(recordEnd(replaced, late, 95_000, config)).toEqual(replaced);
  });

  test('is moved by its probe alone, not by calls that were let in before', () => {
    expect(after(probing, repeat('failure', 50), 32_000)).toEqual(probing);
    expect(after(probing, repeat('success', 50), 32_000)).toEqual(probing);
  });

  test('counts the end of a probe once, however often it is reported', () => {
    const success = { outcome: 'success', startedMs: 31_000, claim: 'first' } as const;
    const once = recordEnd(probing, success, 31_500, config);
    expect(recordEnd(once, success, 31_600, config)).toEqual(once);
  });
});

test('calls that began before the breaker closed do not open it again when they end', () => {
  const recovered = probed(probed(opened, 'success', 31_000), 'success', 31_001);
  const old = repeat('failure', 50).reduce<Breaker>(
    (breaker, outcome) => recordEnd(breaker, { outcome, startedMs: 500, claim: undefined }, 32_000, config),
    recovered,
  );
  expect(old).toEqual(recovered);
  expect(after(recovered, repeat('failure', 5), 32_000).kind).toBe('open');
});

test('time alone makes an open breaker half-open, and never closes it', () => {
  expect(breakerAt(opened, 10_000_000)).toMatchObject({ kind: 'half-open', successes: 0, probe: null });
});
