import { checkInvariants } from '../ledger/invariants.ts';
import type { HoldId } from '../ledger/command.ts';
import { oldestGeneration, restoreNames, takeFresh } from '../ledger/names.ts';
import type { Refusal } from '../ledger/refusal.ts';
import { epochMs } from '../ledger/epoch-ms.ts';
import { checkpointEveryEvents, checkpointEveryRows } from '../../limits.ts';
import { type Doubt, doubtAlarmMs } from './doubt.ts';
import { executeAdmit, executeFreshLeases, executeLedger } from './execute.ts';
import type { Row } from './row.ts';
import { type TenantState, newTenant } from './fold.ts';
import { type Formats, decodeCheckpoint, encodeCheckpoint, encodeRow, replayRow } from './format.ts';
import { earlierReply } from './idempotency.ts';
import { Kept } from './kept.ts';
import { Leases, leaseAtWake } from './leases.ts';
import type { AdmitReply, AdmitRequest } from './protocol.ts';
import { FoldError, OpenRow } from './open-row.ts';
import type { Answer, Caller, Pending } from './pending.ts';
import { responseRules } from './response-rules.ts';
import type { Checkpoint, JournalStore } from './store.ts';
import { WaitingAdmits } from './waiting-admits.ts';

/**
 * An account at work: commands wait in a queue; one flush decides all of them in order, appends what they recorded as
 * one row, and then answers. It knows no clock, timer or platform: its owner calls `flush`, and passes the time.
 *
 * Every caller is answered. A command that breaks an assertion while it is decided fails alone. When the append or the
 * fold fails, what is in memory is no longer what is on disk: everyone who waits is rejected, `broken` is set, nothing
 * is taken in any more, and the owner must throw this engine away and load another from disk.
 */
export class Engine {
  readonly state: TenantState;
  readonly #store: JournalStore;
  readonly #leases: Leases;
  readonly #kept: Kept;
  readonly #waiting = new WaitingAdmits();
  #queue: Pending[] = [];
  #rowsSinceCheckpoint = 0;
  #eventsSinceCheckpoint = 0;
  #broken: { readonly error: unknown } | undefined;

  private constructor(store: JournalStore, state: TenantState, nowMs: number) {
    this.#store = store;
    this.state = state;
    this.#leases = Leases.ofOpenHolds(state.ledger, nowMs);
    this.#kept = new Kept(store);
  }

  /**
   * What the disk says, checked. Throws where it can't be read or breaks an invariant: better no answer than a wrong
   * one.
   */
  static load(store: JournalStore, nowMs: number, formats?: Formats): Engine {
    const { checkpoint, names, rows } = store.load();
    const state = checkpoint === undefined ? newTenant() : decodeCheckpoint(checkpoint.body, checkpoint.seq, formats);
    for (const { generation, names: ended } of names) restoreNames(state.ledger.ended, generation, ended);
    const before = { rows: state.seq, events: state.ledger.ordinal };
    for (const row of rows) replayRow(state, row, formats);
    checkInvariants(state.ledger);
    const engine = new Engine(store, state, nowMs);
    engine.#rowsSinceCheckpoint = state.seq - before.rows;
    engine.#eventsSinceCheckpoint = state.ledger.ordinal - before.events;
    if (state.ledger.open.values().some((hold) => leaseAtWake(hold, nowMs) !== undefined)) {
      engine.#enqueue({
        run: (row) => {
          executeFreshLeases(state, row);
          return undefined;
        },
        reject: () => undefined,
      });
    }
    return engine;
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** How many commands the next flush would decide. */
  get queued(): number {
    return this.#queue.length;
  }

  /**
   * Whether every call that is open has a command in the queue, as far as their number tells: then there is nobody
   * whose company would be worth waiting for.
   */
  get isComplete(): boolean {
    return this.#queue.length > this.state.ledger.open.size;
  }

  /** Takes a command in. It is decided by the next flush, in the order of arrival. */
  submit<T>(execute: (row: Row) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#enqueue({
        run: (row) => {
          const reply = execute(row);
          return { say: () => resolve(reply), reject };
        },
        reject,
      });
    });
  }

  /** As `submit`, for an admission, which may have to wait for its turn. */
  admit(request: AdmitRequest): Promise<AdmitReply> {
    return new Promise((resolve, reject) => {
      const caller = { resolve, reject };
      this.#enqueue({ run: (row, nowMs) => this.#admit(request, caller, row, nowMs), reject });
    });
  }

  /**
   * Gives holds another lease in memory, and answers those that have none any more. Undefined if one of them has to be
   * written first: then `executeRenew` is to be submitted.
   */
  renewUnwritten(holdIds: readonly HoldId[], nowMs: number): HoldId[] | undefined {
    if (this.#broken !== undefined) return undefined;
    const lost: HoldId[] = [];
    for (const id of holdIds) {
      const hold = this.state.ledger.open.get(id);
      const renewal = hold === undefined ? 'lost' : this.#leases.renew(hold, nowMs);
      if (renewal === 'to-be-written') return undefined;
      if (renewal === 'lost') lost.push(id);
    }
    return lost;
  }

  /** When a lease is doubted or a waiter's time is over, whichever is first: a flush is due then, whoever calls. */
  get nextDeadlineMs(): number {
    return Math.min(this.nextLeaseMs, this.#waiting.nextMs);
  }

  /** When a lease is doubted. */
  get nextLeaseMs(): number {
    return this.#leases.nextMs() ?? Number.POSITIVE_INFINITY;
  }

  /** By when an actor is to be woken that has fallen asleep, or was killed. */
  nextWakeMs(nowMs: number): number {
    return this.#leases.hasDoubts ? Math.min(this.nextLeaseMs, nowMs + doubtAlarmMs) : this.nextLeaseMs;
  }

  /** Doubts that have begun. The owner is to let the time of each pass, and to flush when it is over. */
  takeDoubts(): readonly Doubt[] {
    return this.#leases.takeDoubts();
  }

  get hasWaiters(): boolean {
    return this.#waiting.size > 0;
  }

  /** Ends what has run out, decides what is in the queue, and answers. One row, or none, reaches the disk. */
  flush(nowMs: number): void {
    if (this.#broken !== undefined) return this.#rejectAll(this.#broken.error);
    const at = epochMs(Math.max(nowMs, this.state.ledger.at));
    const row = new OpenRow(this.state, this.#leases, this.#kept, at, nowMs);
    const answers: Answer[] = [];
    const deciding = this.#queue;
    this.#queue = [];
    try {
      // First, so that nobody is refused the room of a hold whose lease is over.
      for (const holdId of this.#leases.runOut(nowMs)) executeLedger(this.state, { type: 'expire', holdId }, row);
      this.#decide(deciding, row, nowMs, answers);
      answers.push(...this.#waiting.serve(nowMs, (request) => executeAdmit(this.state, request, row)));
      this.#append(row);
    } catch (error) {
      this.#broken = { error };
      for (const { reject } of [...answers, ...deciding]) reject(error);
      return this.#rejectAll(error);
    }
    for (const { say } of answers) say();
  }

  /**
   * Writes an opening balance, if at least so many rows have come since the last. An instance that another has outrun
   * throws instead: its balance is an old one, and what follows it may be pruned already.
   */
  checkpoint(rowsLeast = 1): void {
    this.#checkNotOutrun();
    if (this.#rowsSinceCheckpoint < rowsLeast) return;
    this.#store.checkpoint(this.#takeCheckpoint());
  }

  /** Forgets some of what is kept beside the journal, and too old. */
  forgetOld(nowMs: number): void {
    const { ledger, account } = this.state;
    const at = epochMs(Math.max(nowMs, ledger.at));
    this.#kept.forgetOld(at, (holdId) => ledger.open.has(holdId), responseRules(account));
    this.#forget();
  }

  /** When the first of the kept responses has to be forgotten, or earlier; undefined if there are none. */
  get nextForgetMs(): number | undefined {
    const { keepMs } = responseRules(this.state.account) ?? {};
    const oldestAt = this.#kept.responses.oldestEndAt();
    return keepMs === undefined || oldestAt === undefined ? undefined : oldestAt + keepMs;
  }

  /** The last row that is behind a checkpoint, and so is needed for history alone. */
  get checkpointedSeq(): number {
    return this.state.seq - this.#rowsSinceCheckpoint;
  }

  #enqueue(pending: Pending): void {
    if (this.#broken !== undefined) pending.reject(this.#broken.error);
    else this.#queue.push(pending);
  }

  #decide(deciding: readonly Pending[], row: OpenRow, nowMs: number, answers: Answer[]): void {
    for (const [index, pending] of deciding.entries()) {
      if (row.isFull) {
        // The rest goes first in the next flush: commands are decided in the order in which they came.
        this.#queue = deciding.slice(index);
        return;
      }
      try {
        const answer = pending.run(row, nowMs);
        if (answer !== undefined) answers.push(answer);
      } catch (error) {
        if (error instanceof FoldError) throw error;
        answers.push({ say: () => pending.reject(error), reject: pending.reject });
      }
    }
  }

  #admit(request: AdmitRequest, caller: Caller<AdmitReply>, row: Row, nowMs: number): Answer | undefined {
    const waitMs = this.state.account?.policy.waitMs ?? 0;
    const mayWait = waitMs > 0 && !this.#waiting.isFull;
    const blocker = mayWait && !this.#isKnown(request, row) ? this.#waiting.blockerOf(request.call) : undefined;
    let refusal: Refusal | undefined = blocker;
    if (blocker === undefined) {
      const reply = executeAdmit(this.state, request, row);
      if (reply.kind !== 'refused' || reply.refusal.comeBack.kind !== 'holds' || !mayWait) {
        return { say: () => caller.resolve(reply), reject: caller.reject };
      }
      refusal = reply.refusal;
    }
    if (refusal === undefined) return undefined;
    this.#waiting.add({ call: request.call, untilMs: nowMs + waitMs, refusal, request, caller });
    return undefined;
  }

  /** Whether the call, or the one that it repeats, was admitted before: then it has nothing to wait for. */
  #isKnown({ call, idempotency }: AdmitRequest, row: Row): boolean {
    const { ledger } = this.state;
    return ledger.openNames.has(call.name) || earlierReply(this.state, call, idempotency, row) !== undefined;
  }

  #append(row: OpenRow): void {
    if (row.eventCount === 0) return this.#forget();
    const seq = this.state.seq + 1;
    this.state.seq = seq;
    this.#rowsSinceCheckpoint += 1;
    this.#eventsSinceCheckpoint += row.eventCount;
    const written = { seq, at: row.begunAt, events: encodeRow(row.texts) };
    const due =
      this.#rowsSinceCheckpoint >= checkpointEveryRows || this.#eventsSinceCheckpoint >= checkpointEveryEvents;
    const kept = this.#kept.take();
    if (due) this.#store.append(written, kept, this.#takeCheckpoint());
    else this.#store.append(written, kept);
  }

  /** Writes what was forgotten without an event. */
  #forget(): void {
    const kept = this.#kept.take();
    if (kept === undefined) return;
    this.#checkNotOutrun();
    this.#store.forget(kept);
  }

  #checkNotOutrun(): void {
    if (this.#store.lastSeq() !== this.state.seq) throw new Error('another instance has written to this journal');
  }

  #takeCheckpoint(): Checkpoint {
    this.#rowsSinceCheckpoint = 0;
    this.#eventsSinceCheckpoint = 0;
    const { ledger, seq } = this.state;
    return {
      seq,
      body: encodeCheckpoint(this.state),
      ...takeFresh(ledger.ended),
      oldestGeneration: oldestGeneration(ledger.ended, ledger.at),
    };
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#queue.splice(0)) reject(error);
    this.#waiting.rejectAll(error);
  }
}
