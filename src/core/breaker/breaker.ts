import { probeBusyRetryMs } from '../../limits.ts';
import type { BreakerConfig } from './breaker-config.ts';
import { type Source, type SourceCounts, countSource, countsOfOthers, noSourceCounts } from './sources.ts';
import { advancePanes, newTimePanes, type TimePanes } from './time-panes.ts';

/**
 * One circuit breaker: closed → open → half-open → closed. A pure state machine: time and configuration are passed in.
 * Time must not run backwards (see SteadyClock); the configuration may change at any time.
 *
 * A closed breaker counts only calls that started since it closed, a half-open one only the end of its probe, an open
 * one nothing. So an old end neither opens, closes nor reopens it, however late or out of order ends arrive.
 *
 * If several sources use it, such as clients or models, one source alone must not open it. Failures in a row count if
 * more than one source failed in that row, and a share of failures counts if it is as high without the source that
 * failed most.
 */
export type Breaker = ClosedBreaker | OpenBreaker | HalfOpenBreaker;

interface ClosedBreaker {
  readonly kind: 'closed';
  readonly sinceMs: number;
  readonly failuresInARow: number;
  /** For each kind of source, the buckets of the failures in a row, as bits. */
  readonly failedBuckets: readonly number[];
  readonly window: TimePanes<CallCount>;
}

interface OpenBreaker {
  readonly kind: 'open';
  readonly untilMs: number;
  /** How often in a row recovery has failed. */
  readonly reopenings: number;
}

interface HalfOpenBreaker {
  readonly kind: 'half-open';
  readonly reopenings: number;
  readonly successes: number;
  /** The probe under way, or the last one whose lease ran out before its report. */
  readonly probe: { readonly claim: string; readonly leaseUntilMs: number } | null;
}

interface CallCount {
  readonly calls: number;
  readonly failures: number;
  /** The same for each source, for each kind of source. */
  readonly bySource: readonly SourceCounts[];
}

/** 'neutral' says nothing about the provider's health: a rate limit, a bad credential, a client that left. */
export type Outcome = 'success' | 'failure' | 'neutral';

export interface CallEnd {
  readonly outcome: Outcome;
  readonly startedMs: number;
  /** The claim, if the call was a probe. */
  readonly claim: string | undefined;
  /** One source of each kind, in the same order for all calls of one breaker. */
  readonly sources?: readonly Source[];
}

/** What a call that starts now has to do: go ahead, claim a probe first, or stay away until `retryAtMs`. */
export type Standing =
  | { readonly kind: 'closed' }
  | { readonly kind: 'probe' }
  | { readonly kind: 'open'; readonly retryAtMs: number };

const panesPerWindow = 10;
const noCalls = (): CallCount => ({ calls: 0, failures: 0, bySource: [] });

export function closedBreaker(sinceMs: number, nowMs: number, config: BreakerConfig): ClosedBreaker {
  const window = newTimePanes(panesPerWindow, config.windowMs / panesPerWindow, nowMs, noCalls);
  return { kind: 'closed', sinceMs, failuresInARow: 0, failedBuckets: [], window };
}

/** The breaker at a time: one that was open long enough is half-open. */
export function breakerAt(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.kind !== 'open' || nowMs < breaker.untilMs) return breaker;
  return { kind: 'half-open', reopenings: breaker.reopenings, successes: 0, probe: null };
}

export function standingOf(breaker: Breaker, nowMs: number): Standing {
  const current = breakerAt(breaker, nowMs);
  switch (current.kind) {
    case 'closed':
      return { kind: 'closed' };
    case 'open':
      return { kind: 'open', retryAtMs: current.untilMs };
    case 'half-open': {
      const leaseUntilMs = current.probe?.leaseUntilMs ?? nowMs;
      // The probe probably ends well before its lease, so it is worth asking again soon.
      if (nowMs < leaseUntilMs) return { kind: 'open', retryAtMs: Math.min(leaseUntilMs, nowMs + probeBusyRetryMs) };
      return { kind: 'probe' };
    }
  }
}

/** Takes the one probe that a half-open breaker admits. The standing must be 'probe'. */
export function claimProbe(breaker: Breaker, claim: string, nowMs: number, config: BreakerConfig): HalfOpenBreaker {
  const current = breakerAt(breaker, nowMs);
  if (current.kind !== 'half-open' || standingOf(current, nowMs).kind !== 'probe') {
    throw new Error(`a probe was claimed of a breaker that is ${current.kind} and admits none`);
  }
  return { ...current, probe: { claim, leaseUntilMs: nowMs + config.probeLeaseMs } };
}

export function recordEnd(breaker: Breaker, end: CallEnd, nowMs: number, config: BreakerConfig): Breaker {
  const current = breakerAt(breaker, nowMs);
  switch (current.kind) {
    case 'closed':
      return end.startedMs < current.sinceMs ? current : recordCall(current, end, nowMs, config);
    case 'open':
      return current;
    case 'half-open':
      return current.probe === null || current.probe.claim !== end.claim
        ? current
        : recordProbe(current, end.outcome, nowMs, config);
  }
}

/**
 * How long until a check of what the breaker blocks is worth while; undefined if it blocks nothing. The first check
 * comes half-way to the time when a call would have to try, so that no call has to.
 */
export function checkWaitMs(
  breaker: Breaker,
  everyMs: number,
  nowMs: number,
  config: BreakerConfig,
): number | undefined {
  const current = breakerAt(breaker, nowMs);
  switch (current.kind) {
    case 'closed':
      return undefined;
    case 'open': {
      if (current.reopenings > 0) return 0;
      const openedMs = current.untilMs - config.openMs;
      return Math.max(0, openedMs + Math.min(everyMs, config.openMs / 2) - nowMs);
    }
    case 'half-open':
      return Math.max(0, (current.probe?.leaseUntilMs ?? nowMs) - nowMs);
  }
}

/**
 * Takes the result of a check in. An open breaker needs no claim, since it lets no call through: a success makes it
 * half-open before its time, a failure opens it for longer, and a neutral result changes nothing.
 */
export function recordCheck(
  breaker: Breaker,
  check: Pick<CallEnd, 'outcome' | 'claim'>,
  nowMs: number,
  config: BreakerConfig,
): Breaker {
  const current = breakerAt(breaker, nowMs);
  switch (current.kind) {
    case 'closed':
      return current;
    case 'open': {
      if (check.outcome === 'neutral') return current;
      const tried: HalfOpenBreaker = { kind: 'half-open', reopenings: current.reopenings, successes: 0, probe: null };
      return recordProbe(tried, check.outcome, nowMs, config);
    }
    case 'half-open': {
      const isOthers = current.probe !== null && current.probe.claim !== check.claim;
      return isOthers ? current : recordProbe(current, check.outcome, nowMs, config);
    }
  }
}

/** Whether the breaker explains a failure: it is in trouble, or was when the call began. */
export function explains(breaker: Breaker, end: CallEnd): boolean {
  return breaker.kind !== 'closed' || end.startedMs < breaker.sinceMs;
}

function recordCall(breaker: ClosedBreaker, end: CallEnd, nowMs: number, config: BreakerConfig): Breaker {
  const { outcome, sources = [] } = end;
  if (outcome === 'neutral') return breaker;
  const hasFailed = outcome === 'failure';
  const window = countCall(windowAt(breaker, nowMs, config), hasFailed, sources);
  const failuresInARow = hasFailed ? breaker.failuresInARow + 1 : 0;
  const failedBuckets = hasFailed
    ? sources.map(({ bucket }, kind) => (breaker.failedBuckets[kind] ?? 0) | (1 << bucket))
    : [];
  const counted = { ...breaker, failuresInARow, failedBuckets, window };
  return mustOpen(counted, sources, config) ? openBreaker(0, nowMs, config) : counted;
}

function recordProbe(breaker: HalfOpenBreaker, outcome: Outcome, nowMs: number, config: BreakerConfig): Breaker {
  switch (outcome) {
    case 'failure':
      return openBreaker(breaker.reopenings + 1, nowMs, config);
    case 'neutral':
      return { ...breaker, probe: null };
    case 'success': {
      const successes = breaker.successes + 1;
      if (successes >= config.successesToClose) return closedBreaker(nowMs, nowMs, config);
      return { ...breaker, successes, probe: null };
    }
  }
}

function openBreaker(reopenings: number, nowMs: number, config: BreakerConfig): OpenBreaker {
  return { kind: 'open', untilMs: nowMs + Math.min(config.openMs * 2 ** reopenings, config.openMsMax), reopenings };
}

function mustOpen(breaker: ClosedBreaker, sources: readonly Source[], config: BreakerConfig): boolean {
  const { failuresInARow, failedBuckets, window } = breaker;
  const isOfSeveral = (kind: number) => hasSeveralBits(failedBuckets[kind] ?? 0);
  if (failuresInARow >= config.failuresInARow && sources.every(({ isShared }, kind) => !isShared || isOfSeveral(kind)))
    return true;
  const calls = window.panes.reduce((sum, pane) => sum + pane.calls, 0);
  const failures = window.panes.reduce((sum, pane) => sum + pane.failures, 0);
  if (calls < config.callsToJudge || failures < calls * config.failureRate) return false;
  return sources.every(({ isShared }, kind) => {
    if (!isShared) return true;
    const others = countsOfOthers(window.panes.map(({ bySource }) => bySource[kind] ?? noSourceCounts));
    return others.failures > 0 && others.failures >= others.calls * config.failureRate;
  });
}

function hasSeveralBits(bits: number): boolean {
  return (bits & (bits - 1)) !== 0;
}

/** A changed configuration may change the length of the window, which then starts afresh. */
function windowAt(breaker: ClosedBreaker, nowMs: number, config: BreakerConfig): TimePanes<CallCount> {
  const paneMs = config.windowMs / panesPerWindow;
  return breaker.window.paneMs === paneMs
    ? advancePanes(breaker.window, nowMs, noCalls)
    : newTimePanes(panesPerWindow, paneMs, nowMs, noCalls);
}

function countCall(window: TimePanes<CallCount>, hasFailed: boolean, sources: readonly Source[]): TimePanes<CallCount> {
  const [newest = noCalls(), ...older] = window.panes;
  const counted: CallCount = {
    calls: newest.calls + 1,
    failures: newest.failures + (hasFailed ? 1 : 0),
    bySource: sources.map(({ bucket }, kind) =>
      countSource(newest.bySource[kind] ?? noSourceCounts, bucket, hasFailed),
    ),
  };
  return { ...window, panes: [counted, ...older] };
}
