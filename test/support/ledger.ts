import { apply } from '../../src/core/ledger/apply.ts';
import type { AdmitCommand, Answer, Bound, Command, ExtendCommand, HoldId } from '../../src/core/ledger/command.ts';
import { type Decision, decide } from '../../src/core/ledger/decide.ts';
import type { LedgerEvent } from '../../src/core/ledger/event.ts';
import { checkInvariants } from '../../src/core/ledger/invariants.ts';
import { type Limit, type Metric, type Scope, counterKey } from '../../src/core/ledger/limit.ts';
import { standing } from '../../src/core/ledger/counter.ts';
import type { Refusal } from '../../src/core/ledger/refusal.ts';
import { writtenLeaseMs } from '../../src/limits.ts';
import { type LedgerState, newLedger } from '../../src/core/ledger/state.ts';
import { type EpochMs, epochMs } from '../../src/core/ledger/epoch-ms.ts';
import { type Window, total } from '../../src/core/ledger/window.ts';

/** 2026-03-10T12:00:00Z: in the middle of a day and of a month, and at no edge of a window's period. */
export const noon = epochMs(Date.UTC(2026, 2, 10, 12, 0, 0, 1));

/** A ledger with a clock. It decides each command at the time of the clock, applies the result, and answers it. */
export class TestLedger {
  readonly state: LedgerState = newLedger();
  readonly events: { readonly event: LedgerEvent; readonly at: EpochMs }[] = [];
  now: EpochMs = noon;
  #next = 0;

  constructor(limits: readonly Limit[] = []) {
    if (limits.length > 0) this.setLimits(limits);
  }

  /** Moves the clock on. */
  pass(ms: number): this {
    this.now = epochMs(this.now + ms);
    return this;
  }

  moveTo(at: number): this {
    this.now = epochMs(at);
    return this;
  }

  /** The decision of now. Changes nothing. */
  decision(command: Command): Decision {
    return decide(this.state, command, this.now, `1.${this.#next}`);
  }

  run(command: Command): Answer {
    const { answer, event } = this.decision(command);
    if (event !== undefined) {
      this.#next += 1;
      this.events.push({ event, at: this.now });
      apply(this.state, event, this.now);
      this.now = this.state.at;
    }
    checkInvariants(this.state);
    return answer;
  }

  admit(name: string, wanted: Wanted = {}): Answer {
    return this.run(admitCommand(name, wanted));
  }

  /** Expects that the ledger admits it. */
  hold(name: string, wanted: Wanted = {}): HoldId {
    const answer = this.admit(name, wanted);
    if (answer.kind !== 'granted') throw new Error(`${name} was not granted: ${JSON.stringify(answer)}`);
    return answer.holdId;
  }

  /** Expects that the ledger refuses it. */
  refusal(name: string, wanted: Wanted = {}): Refusal {
    return refusalOf(this.admit(name, wanted));
  }

  extend(holdId: HoldId, attempt: number, wanted: WantedNext = {}): Answer {
    return this.run(extendCommand(holdId, attempt, wanted));
  }

  settle(holdId: HoldId, used: { readonly tokens?: number; readonly nanoUsd?: number } = {}): Answer {
    return this.run({ type: 'settle', holdId, tokens: used.tokens ?? 0, nanoUsd: used.nanoUsd ?? 0, facts: {} });
  }

  void(name: string): Answer {
    return this.run({ type: 'void', name });
  }

  expire(holdId: HoldId): Answer {
    return this.run({ type: 'expire', holdId });
  }

  setLimits(limits: readonly Limit[]): Answer {
    return this.run({ type: 'set-limits', limits });
  }

  /** The wall clock says `clock`, which may be behind the time of the ledger. */
  reset(clock: EpochMs = this.now): Answer {
    return this.run({ type: 'reset', clock });
  }

  /** Admits and settles at once, at exactly what was held. */
  use(name: string, wanted: Wanted = {}): this {
    const answer = this.admit(name, wanted);
    if (answer.kind !== 'granted') throw new Error(`${name} was not granted: ${JSON.stringify(answer)}`);
    this.settle(answer.holdId, answer);
    return this;
  }
}

export function refusalOf(answer: Answer): Refusal {
  if (answer.kind !== 'refused') throw new Error(`expected a refusal, got ${JSON.stringify(answer)}`);
  return answer.refusal;
}

/** The amounts of a call: fixed ones and, with a cap, a part for each token of it. */
export interface Wanted {
  readonly endpoint?: AdmitCommand['endpoint'];
  readonly stream?: boolean;
  readonly bounded?: boolean;
  readonly model?: string;
  readonly tokens?: number;
  readonly nanoUsd?: number;
  readonly tokensPerCapToken?: number;
  readonly picoUsdPerCapToken?: number;
  readonly capWanted?: number;
  readonly capLeast?: number;
  readonly timesOver?: number;
  readonly endsBy?: number;
}

interface WantedNext extends Wanted {
  readonly spentTokens?: number;
  readonly spentNanoUsd?: number;
}

export function boundOf(wanted: Wanted): Bound {
  return {
    model: wanted.model ?? 'm',
    fixedTokens: wanted.tokens ?? 0,
    fixedNanoUsd: wanted.nanoUsd ?? 0,
    tokensPerCapToken: wanted.tokensPerCapToken ?? 0,
    picoUsdPerCapToken: wanted.picoUsdPerCapToken ?? 0,
    capWanted: wanted.capWanted ?? 0,
    capLeast: wanted.capLeast ?? 0,
    ...(wanted.timesOver === undefined ? {} : { timesOver: wanted.timesOver }),
  };
}

export function admitCommand(name: string, wanted: Wanted = {}): AdmitCommand {
  return {
    type: 'admit',
    endsBy: epochMs(wanted.endsBy ?? noon + writtenLeaseMs),
    name,
    endpoint: wanted.endpoint ?? 'chat',
    stream: wanted.stream ?? false,
    bounded: wanted.bounded ?? true,
    bound: boundOf(wanted),
  };
}

export function extendCommand(holdId: HoldId, attempt: number, wanted: WantedNext): ExtendCommand {
  const { spentTokens = 0, spentNanoUsd = 0 } = wanted;
  return { type: 'extend', holdId, attempt, spentTokens, spentNanoUsd, bound: boundOf(wanted) };
}

export function limit(metric: Metric, window: Window, max: number, scope?: Scope): Limit {
  return scope === undefined ? { metric, window, max } : { metric, window, max, scope };
}

export function concurrency(max: number, scope?: Scope): Limit {
  return limit('concurrency', total, max, scope);
}

export function streams(max: number, scope?: Scope): Limit {
  return limit('streams', total, max, scope);
}

export function sliding(ms: number): Window {
  return { kind: 'sliding', ms };
}

/** What was posted, over one of the windows that every account keeps. */
export function postedIn(state: LedgerState, metric: Metric, window: Window, at: EpochMs): number {
  const counter = state.counters.get(counterKey(metric, window, undefined));
  if (counter === undefined) throw new Error('a window that not every account keeps');
  return standing(counter, at).posted;
}
