import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultBreakerConfig, type BreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import {
  breakerAt,
  claimProbe,
  closedBreaker,
  recordEnd,
  standingOf,
  type Breaker,
  type CallEnd,
  type Outcome,
} from '../../../src/core/breaker/breaker.ts';

/** A breaker that keeps every call and every probe there ever was, and works its state out from them each time. */
class NaiveBreaker {
  #closedSinceMs = 0;
  #openUntilMs: number | undefined;
  #recoveriesFailed = 0;
  #calls: { atMs: number; pane: number; failed: boolean }[] = [];
  #probes: { claim: string; untilMs: number; outcome?: Outcome }[] = [];
  readonly #config: BreakerConfig;

  constructor(config: BreakerConfig) {
    this.#config = config;
  }

  claim(claim: string, nowMs: number): void {
    this.#probes.push({ claim, untilMs: nowMs + this.#config.probeLeaseMs });
  }

  end(end: CallEnd, nowMs: number): void {
    const state = this.state(nowMs);
    if (state === 'open') return;
    if (state === 'closed') {
      if (end.startedMs < this.#closedSinceMs || end.outcome === 'neutral') return;
      this.#calls.push({ atMs: nowMs, pane: this.#pane(nowMs), failed: end.outcome === 'failure' });
      const recent = this.#calls.filter((call) => call.pane > this.#pane(nowMs) - 10);
      const failures = recent.filter((call) => call.failed).length;
      const streak = this.#calls.slice(-this.#config.failuresInARow);
      const isStreak = streak.length === this.#config.failuresInARow && streak.every((call) => call.failed);
      const isRate = recent.length >= this.#config.callsToJudge && failures / recent.length >= this.#config.failureRate;
      if (isStreak || isRate) this.#open(nowMs, 0);
      return;
    }
    const last = this.#probes.at(-1);
    if (last === undefined || last.claim !== end.claim || last.outcome !== undefined) return;
    last.outcome = end.outcome;
    if (end.outcome === 'failure') this.#open(nowMs, this.#recoveriesFailed + 1);
    if (this.#probes.filter((probe) => probe.outcome === 'success').length === this.#config.successesToClose) {
      this.#openUntilMs = undefined;
      this.#closedSinceMs = nowMs;
      this.#calls = [];
    }
  }

  state(nowMs: number): Breaker['kind'] {
    if (this.#openUntilMs === undefined) return 'closed';
    return nowMs < this.#openUntilMs ? 'open' : 'half-open';
  }

  admits(nowMs: number): 'all' | 'none' | 'probe' {
    if (this.state(nowMs) === 'closed') return 'all';
    const isProbing = this.#probes.some((probe) => probe.outcome === undefined && nowMs < probe.untilMs);
    return this.state(nowMs) === 'half-open' && !isProbing ? 'probe' : 'none';
  }

  #open(nowMs: number, recoveriesFailed: number): void {
    this.#openUntilMs = nowMs + Math.min(this.#config.openMs * 2 ** recoveriesFailed, this.#config.openMsMax);
    this.#recoveriesFailed = recoveriesFailed;
    this.#probes = [];
  }

  #pane(nowMs: number): number {
    return Math.floor((nowMs - this.#closedSinceMs) / (this.#config.windowMs / 10));
  }
}

type Step =
  | { kind: 'wait'; ms: number }
  /** A call that does as it is told. */
  | { kind: 'start' }
  /** A call that a stale snapshot lets in, whatever the breaker thinks. */
  | { kind: 'intrude' }
  /** The end of any call under way, so that ends come in any order. */
  | { kind: 'end'; which: number; outcome: Outcome }
  /** A report that arrives twice. */
  | { kind: 'repeat'; which: number };

const outcome = fc.constantFrom<Outcome>('success', 'failure', 'failure', 'neutral');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(0, 1, 100, 999, 1000, 4000, 30_000) }),
  fc.record({ kind: fc.constant('start') }),
  fc.record({ kind: fc.constant('start') }),
  fc.record({ kind: fc.constant('intrude') }),
  fc.record({ kind: fc.constant('end'), which: fc.nat(), outcome }),
  fc.record({ kind: fc.constant('end'), which: fc.nat(), outcome }),
  fc.record({ kind: fc.constant('repeat'), which: fc.nat() }),
);

const configs = fc.record({
  failuresInARow: fc.integer({ min: 1, max: 5 }),
  failureRate: fc.constantFrom(0.25, 0.5, 1),
  callsToJudge: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.constantFrom(1000, 5000),
  openMs: fc.constantFrom(1000, 2000),
  openMsMax: fc.constantFrom(2000, 7000),
  successesToClose: fc.integer({ min: 1, max: 3 }),
  probeLeaseMs: fc.constantFrom(500, 3000),
});

interface CallUnderWay {
  startedMs: number;
  claim: string | undefined;
  leaseUntilMs: number;
}

test('a breaker agrees with one that remembers everything, in whatever order calls end', () => {
  fc.assert(
    fc.property(configs, fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (settings, steps) => {
      const config: BreakerConfig = { ...defaultBreakerConfig, ...settings };
      const naive = new NaiveBreaker(config);
      let breaker: Breaker = closedBreaker(0, 0, config);
      let nowMs = 0;
      let claims = 0;
      const underWay: CallUnderWay[] = [];
      const ended: CallEnd[] = [];

      const start = (): void => {
        const standing = standingOf(breaker, nowMs);
        expect({ closed: 'all', open: 'none', probe: 'probe' }[standing.kind]).toBe(naive.admits(nowMs));
        if (standing.kind === 'open') return;
        if (standing.kind === 'closed') {
          underWay.push({ startedMs: nowMs, claim: undefined, leaseUntilMs: 0 });
          return;
        }
        claims += 1;
        const claim = `claim-${claims}`;
        breaker = claimProbe(breaker, claim, nowMs, config);
        naive.claim(claim, nowMs);
        underWay.push({ startedMs: nowMs, claim, leaseUntilMs: nowMs + config.probeLeaseMs });
        expect(underWay.filter((call) => call.claim !== undefined && nowMs < call.leaseUntilMs)).toHaveLength(1);
      };

      const end = (callEnd: CallEnd): void => {
        breaker = recordEnd(breaker, callEnd, nowMs, config);
        naive.end(callEnd, nowMs);
        ended.push(callEnd);
      };

      for (const current of steps) {
        if (current.kind === 'wait') nowMs += current.ms;
        if (current.kind === 'start') start();
        if (current.kind === 'intrude') underWay.push({ startedMs: nowMs, claim: undefined, leaseUntilMs: 0 });
        if (current.kind === 'end' && underWay.length > 0) {
          const [call] = underWay.splice(current.which % underWay.length, 1);
          if (call !== undefined) end({ outcome: current.outcome, startedMs: call.startedMs, claim: call.claim });
        }
        if (current.kind === 'repeat') {
          const again = ended.filter((call) => call.claim !== undefined).at(current.which % Math.max(1, ended.length));
          if (again !== undefined) end(again);
        }
        expect(breakerAt(breaker, nowMs).kind).toBe(naive.state(nowMs));
      }
    }),
    { numRuns: 2000 },
  );
});
