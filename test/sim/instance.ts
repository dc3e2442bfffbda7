import { checkInvariants } from '../../src/core/ledger/invariants.ts';
import { epochMs } from '../../src/core/ledger/epoch-ms.ts';
import { journalKeepMs, journalKeepRows, pruneRowsPerAlarm } from '../../src/limits.ts';
import type { Doubt } from '../../src/core/account/doubt.ts';
import { Engine } from '../../src/core/account/engine.ts';
import { executeConfigure } from '../../src/core/account/configure.ts';
import {
  executeExtend,
  executeRecall,
  executeRenew,
  executeReset,
  executeSettle,
} from '../../src/core/account/execute.ts';
import { executeVoid } from '../../src/core/account/idempotency.ts';
import {
  executeForgetResponse,
  executeKeptResponse,
  executeKeptTurns,
  executeResolve,
} from '../../src/core/account/resolve.ts';
import { mustArm } from '../../src/actors/alarm.ts';
import { mustAskDisk, nextAlarmMs, oldestOf } from '../../src/core/account/next-alarm.ts';
import type { JournalStore } from '../../src/core/account/store.ts';
import type { Fate, MemoryDisk } from '../support/memory-disk.ts';
import { broken } from './broken-promise.ts';
import type { Asking } from './naive-answers.ts';
import { type Release, ReleaseStore, formatsOf } from './release.ts';

/** What came back for something that was asked: a reply, or an error. */
export interface Outcome {
  readonly asking: Asking;
  /** When the actor first looked at it. */
  readonly takenAtMs: number;
  /** How many policies there had been when it was asked. */
  readonly policies: number;
  readonly reply?: object;
  readonly error?: unknown;
  readonly deliver: (outcome: Outcome) => void;
}

/**
 * A running instance of the actor: the engine, and of the shell around it what can be had without a platform. Several
 * may share a disk, though the platform promises that it lets only one.
 */
export class Instance {
  readonly engine: Engine;
  readonly skewMs: number;
  readonly outcomes: Outcome[] = [];
  #flushMs: number | undefined;
  readonly #doubts = new Map<Doubt, number>();
  /** Whether it has not flushed yet since it woke. */
  isFresh = true;
  /** Admits that were taken in and not answered yet, in order. */
  readonly unanswered = new Set<Asking>();
  readonly #takenAtMs = new WeakMap<Asking, number>();
  readonly #disk: MemoryDisk;
  readonly #store: JournalStore;
  #armedMs: number | undefined;

  constructor(disk: MemoryDisk, release: Release | undefined, skewMs: number, clockMs: number) {
    this.#disk = disk;
    this.#store = release === undefined ? disk : new ReleaseStore(disk, release);
    this.skewMs = skewMs;
    this.engine = Engine.load(this.#store, clockMs + skewMs, release === undefined ? undefined : formatsOf(release));
    this.#armedMs = disk.alarmMs === undefined ? undefined : disk.alarmMs + skewMs;
    this.#arm(clockMs);
    if (this.engine.queued > 0) this.#flushMs = clockMs;
  }

  /** Whether all that is on disk is in memory. */
  get current(): boolean {
    return this.engine.state.seq === this.#disk.lastSeq();
  }

  /** When a timer of the platform fires next, as the clock will show it. */
  get timerMs(): number | undefined {
    const nextMs = Math.min(this.#flushMs ?? Infinity, ...this.#doubts.values());
    return nextMs === Infinity ? undefined : nextMs;
  }

  /** The clock is set by so much. The timers of the platform run on. */
  jumped(ms: number): void {
    if (this.#flushMs !== undefined) this.#flushMs += ms;
    for (const [doubt, overMs] of this.#doubts) this.#doubts.set(doubt, overMs + ms);
  }

  ask(asking: Asking, clockMs: number, policies: number, deliver: (outcome: Outcome) => void): void {
    this.unanswered.add(asking);
    const end = (result: { readonly reply: object } | { readonly error: unknown }): void => {
      this.unanswered.delete(asking);
      const takenAtMs = this.#takenAtMs.get(asking) ?? clockMs;
      this.outcomes.push({ asking, takenAtMs, policies, deliver, ...result });
    };
    this.#submit(asking).then(
      (reply) => end({ reply }),
      (error: unknown) => end({ error }),
    );
    this.#flushMs = Math.min(this.#flushMs ?? Infinity, clockMs);
  }

  #submit(asking: Asking): Promise<object> {
    const { engine } = this;
    switch (asking.type) {
      case 'admit':
        return engine.admit(asking.request, asking.neverWaits !== true);
      case 'extend':
        return engine.submit((row) => executeExtend(engine.state, asking.request, row));
      case 'settle':
        return engine.submit((row) => executeSettle(engine.state, asking.request, row));
      case 'void':
        return engine.submit((row) => executeVoid(engine.state, asking.name, row));
      case 'recall':
        return engine.submit((row) => executeRecall(engine.state, asking.request, row));
      case 'resolve':
        return engine.submit((row) => executeResolve(engine.state, asking.request, row));
      case 'read':
        return engine.submit((row) => executeKeptResponse(engine.state, asking.request, row));
      case 'turns':
        return engine.submit((row) => executeKeptTurns(engine.state, asking.request, row));
      case 'forget':
        return engine.submit((row) => executeForgetResponse(engine.state, asking.request, row));
      case 'renew':
        return engine.submit((row) => ({ kind: 'renewed', lost: executeRenew(engine.state, asking.holdIds, row) }));
      case 'configure':
        return engine.submit((row) => executeConfigure(engine.state, asking.account, row));
      case 'reset':
        return engine.submit((row) => executeReset(engine.state, row));
    }
  }

  /** One flush, as the actor's timer does it. What was answered is in `outcomes` afterwards. */
  async flush(clockMs: number, fate: Fate): Promise<void> {
    const nowMs = clockMs + this.skewMs;
    for (const asking of this.unanswered) if (!this.#takenAtMs.has(asking)) this.#takenAtMs.set(asking, nowMs);
    this.#disk.fate = fate;
    for (const [doubt, overMs] of this.#doubts) {
      if (overMs > clockMs) continue;
      doubt.leftMs = 0;
      this.#doubts.delete(doubt);
    }
    this.engine.flush(nowMs);
    this.#disk.fate = 'kept';
    this.#flushMs = undefined;
    for (const doubt of this.engine.takeDoubts()) this.#doubts.set(doubt, clockMs + doubt.leftMs);
    // The callers of the engine hear of it one turn of the queue later.
    await Promise.resolve();
    if (this.engine.broken) return;
    if (this.engine.queued > 0) this.#flushMs = clockMs;
    else if (this.engine.hasWaiters) this.#flushMs = Math.max(clockMs, this.engine.nextDeadlineMs - this.skewMs);
    this.#arm(clockMs);
    checkInvariants(this.engine.state.ledger);
  }

  /** The rest of what the alarm does, after its flush. */
  keepHouse(clockMs: number, fate: Fate): void {
    this.#disk.fate = fate;
    const nowMs = clockMs + this.skewMs;
    this.engine.checkpoint();
    this.engine.forgetOld(nowMs);
    this.#disk.fate = 'kept';
    this.#store.prune(this.engine.historySeq, nowMs - journalKeepMs, journalKeepRows, pruneRowsPerAlarm);
    this.#armedMs = undefined;
    this.#arm(clockMs);
  }

  /** Whoever was not answered waits for a turn, and somebody will look after it. */
  checkNobodyForgotten(): void {
    const { engine, unanswered } = this;
    if (engine.queued > 0 || unanswered.size === 0) return;
    const forgotten = [...unanswered].find(
      (asking) => asking.type !== 'admit' || asking.neverWaits === true || !engine.hasWaiters,
    );
    if (forgotten !== undefined) broken('every caller is answered', `${forgotten.type} was never answered`);
    if (engine.nextDeadlineMs === Infinity) broken('every caller is answered', 'nobody will ever look at who waits');
  }

  /** The time of the next event, as the engine would have it. */
  rowAt(clockMs: number): number {
    return epochMs(Math.max(clockMs + this.skewMs, this.engine.state.ledger.at));
  }

  #arm(clockMs: number): void {
    // The platform takes no writes from an instance that another has outrun. The journal has to hold without that
    // promise, but an alarm is the platform's own.
    if (!this.current) return;
    const wakeMs = this.engine.nextWakeMs(clockMs + this.skewMs);
    const asksDisk = mustAskDisk(this.#armedMs !== undefined, wakeMs);
    const wanted = nextAlarmMs(wakeMs, asksDisk ? oldestOf(this.#store, this.engine) : {});
    if (!mustArm(this.#armedMs, wanted, clockMs + this.skewMs)) return;
    this.#armedMs = wanted;
    this.#disk.alarmMs = wanted - this.skewMs;
  }
}
