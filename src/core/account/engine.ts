import { checkInvariants } from '../ledger/invariants.ts';
import type { HoldId } from '../ledger/command.ts';
import { restoreNames } from '../ledger/names.ts';
import { epochMs } from '../ledger/epoch-ms.ts';
import { settleWaitMs } from '../../limits.ts';
import { Debts } from './uplink/debts.ts';
import { type Doubt, doubtAlarmMs } from './doubt.ts';
import { executeUplinks, lacksUplinks } from './configure.ts';
import { executeAdmit, executeExtend, executeWake, executeRunOut, mustWakeHolds } from './execute.ts';
import { type TenantState, newTenant } from './fold.ts';
import { type Formats, decodeCheckpoint, replayRow } from './format.ts';
import { earlierReply } from './idempotency.ts';
import { Journal } from './journal.ts';
import { Kept } from './kept.ts';
import { Leases } from './leases.ts';
import type { AdmitReply, AdmitRequest, ExtendReply, ExtendRequest } from './protocol.ts';
import { type Pending, decideInOrder } from './pending.ts';
import { Row } from './row.ts';
import { responseRules } from './response-rules.ts';
import type { JournalStore } from './store.ts';
import { Asks } from './uplink/asks.ts';
import { executeSilence, nextSilenceMs } from './uplink/grant.ts';
import { type Answer, type Caller, WaitingAdmits } from './waiting-admits.ts';

/**
 * An account at work. Commands wait in a queue. A flush decides them in order, appends what they recorded as one row,
 * and then answers. The engine knows no clock, timer or platform: its owner calls `flush`, and passes the time.
 *
 * Every caller is answered. A command that throws while it is decided fails alone. When the append or the fold fails,
 * memory and disk differ: everyone who waits is rejected, `broken` is set, nothing more is taken in, and the owner must
 * load another engine from disk.
 */
export class Engine {
  readonly state: TenantState;
  readonly debts: Debts;
  readonly asks: Asks;
  readonly #journal: Journal;
  readonly #leases: Leases;
  readonly #kept: Kept;
  readonly #waiting = new WaitingAdmits();
  #queue: Pending[] = [];
  /** Whether the first row must say what an older release has left unsaid, before anything else is owed. */
  #lacksUplinks = false;
  #broken: { readonly error: unknown } | undefined;

  private constructor(
    store: JournalStore,
    state: TenantState,
    since: ConstructorParameters<typeof Journal>[2],
    nowMs: number,
    formats: Formats | undefined,
  ) {
    this.#journal = new Journal(store, state, since);
    this.state = state;
    this.debts = new Debts(state, store, formats);
    this.asks = new Asks(state);
    this.#leases = Leases.ofOpenHolds(state.ledger, nowMs);
    this.#kept = new Kept(store);
  }

  /**
   * Loads what the disk says. Throws if it can't be read or breaks an invariant: no answer is better than a wrong one.
   */
  static load(store: JournalStore, nowMs: number, formats?: Formats): Engine {
    const { checkpoint, names, rows } = store.load();
    const state = checkpoint === undefined ? newTenant() : decodeCheckpoint(checkpoint.body, checkpoint.seq, formats);
    for (const { generation, names: ended } of names) restoreNames(state.ledger.ended, generation, ended);
    const before = { rows: state.seq, events: state.ledger.ordinal };
    for (const row of rows) replayRow(state, row, formats);
    checkInvariants(state.ledger);
    const since = { rows: state.seq - before.rows, events: state.ledger.ordinal - before.events };
    const engine = new Engine(store, state, since, nowMs, formats);
    engine.#wakeHolds(nowMs);
    engine.#lacksUplinks = lacksUplinks(state);
    // For a flush that is to come soon.
    if (engine.#lacksUplinks) void engine.submit(() => undefined).catch(() => undefined);
    return engine;
  }

  /** Writes what an actor that wakes must, as much at a time as a row takes. */
  #wakeHolds(nowMs: number): void {
    if (!mustWakeHolds(this.state, nowMs)) return;
    const woken = this.submit((row) => executeWake(this.state, row));
    void woken.then(() => this.#wakeHolds(nowMs)).catch(() => undefined);
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Whether there are more commands than open calls: then nobody else is worth waiting for. */
  get isComplete(): boolean {
    return this.#queue.length > this.state.ledger.open.size;
  }

  /** Takes a command in. The next flush decides it, in the order of arrival. */
  submit<T>(execute: (row: Row) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (row: Row): Answer => {
        const reply = execute(row);
        return { say: () => resolve(reply), reject };
      };
      this.#enqueue({ run, reject });
    });
  }

  /** Takes in an admission. It may have to wait for its turn, if its account and its caller let it. */
  admit(request: AdmitRequest, mayWait = true): Promise<AdmitReply> {
    return new Promise((resolve, reject) => {
      const caller = { resolve, reject };
      const run = (row: Row): Answer | undefined =>
        this.#admit(request, caller, row, mayWait ? (this.state.account?.policy.waitMs ?? 0) : 0);
      this.#enqueue({ run, reject });
    });
  }

  /** Takes in an extension. The accounts above that know the hold are asked too. */
  extend(request: ExtendRequest): Promise<ExtendReply> {
    return new Promise((resolve, reject) => {
      const run = (row: Row): Answer | undefined => {
        const reply = executeExtend(this.state, request, row);
        if (reply.kind !== 'pending') return { say: () => resolve(reply), reject };
        this.asks.askFor(reply, request.bound, { resolve: (told) => resolve(told as ExtendReply), reject });
        return undefined;
      };
      this.#enqueue({ run, reject });
    });
  }

  /** Decides what becomes of calls for which all above have answered. Comes when that is on disk. */
  resolveAsks(): Promise<void> {
    return new Promise((resolve, reject) => {
      const run = (row: Row): Answer => {
        const answer = this.asks.execute(row);
        const say = (): void => [answer.say, resolve].forEach((tell) => tell());
        return { say, reject: (error) => [answer.reject, reject].forEach((tell) => tell(error)) };
      };
      this.#enqueue({ run, reject });
    });
  }

  /**
   * Gives holds another lease in memory, and returns those that have none any more. Undefined if a lease must be
   * written first: then the caller submits `executeRenew`.
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

  /** When the next flush is due if nobody calls: a lease is doubted, or a waiter's time is over. */
  get nextDeadlineMs(): number {
    return Math.min(this.nextLeaseMs, this.#waiting.nextMs);
  }

  /** When the next lease is doubted. */
  get nextLeaseMs(): number {
    return this.#leases.nextMs() ?? Number.POSITIVE_INFINITY;
  }

  /** When an actor must be woken that sleeps or was killed. */
  nextWakeMs(nowMs: number): number {
    const wakeMs = Math.min(this.nextLeaseMs, nextSilenceMs(this.state));
    return this.#leases.hasDoubts ? Math.min(wakeMs, nowMs + doubtAlarmMs) : wakeMs;
  }

  /** Doubts that have begun. The owner lets the time of each pass, and then flushes. */
  takeDoubts(): readonly Doubt[] {
    return this.#leases.takeDoubts();
  }

  get hasWaiters(): boolean {
    return this.#waiting.size > 0;
  }

  /** How long the end of a call may wait for others: nobody waits for it, unless for its room, here or above. */
  get settleWithinMs(): number {
    return this.hasWaiters || this.state.account?.above !== undefined ? 0 : settleWaitMs;
  }

  /** Ends what has run out, decides the queue, and answers. At most one row reaches the disk. */
  flush(nowMs: number): void {
    if (this.#broken !== undefined) return this.#rejectAll(this.#broken.error);
    const at = epochMs(Math.max(nowMs, this.state.ledger.at));
    const row = new Row(this.state, this.#leases, this.#kept, at, nowMs);
    const answers: Answer[] = [];
    const deciding = this.#queue;
    this.#queue = [];
    try {
      if (this.#lacksUplinks) executeUplinks(this.state, row);
      this.#lacksUplinks = false;
      // Before the rest, so that nobody is refused the room of a hold that has run out.
      for (const holdId of this.#leases.runOut(nowMs)) executeRunOut(this.state, holdId, this.asks.isTold(holdId), row);
      executeSilence(this.state, row);
      // The rest comes first in the next flush: commands are decided in the order of arrival.
      this.#queue = [...decideInOrder(deciding, row, answers), ...this.#queue];
      answers.push(...this.#waiting.serve(nowMs, (request, caller) => this.#execute(request, caller, row)));
      this.#append(row);
      if (row.hasAdoptions) this.asks.lookForAdoptions();
    } catch (error) {
      this.#broken = { error };
      for (const { reject } of [...answers, ...deciding]) reject(error);
      return this.#rejectAll(error);
    }
    for (const { say } of answers) say();
  }

  /** Writes an opening balance: see `Journal`. */
  checkpoint(rowsLeast = 1): void {
    this.#journal.checkpoint(rowsLeast);
  }

  /** Forgets some of what is too old of what is kept beside the journal. */
  forgetOld(nowMs: number): void {
    const { ledger, account } = this.state;
    const at = epochMs(Math.max(nowMs, ledger.at));
    this.#kept.forgetOld(at, (holdId) => ledger.open.has(holdId), responseRules(account));
    this.#journal.forget(this.#kept.take());
  }

  /** When the first of the kept responses must be forgotten, or earlier. Undefined if there are none. */
  get nextForgetMs(): number | undefined {
    const { keepMs } = responseRules(this.state.account) ?? {};
    const oldestAt = this.#kept.responses.oldestEndAt();
    return keepMs === undefined || oldestAt === undefined ? undefined : oldestAt + keepMs;
  }

  /** The last row behind a checkpoint that nobody above needs any more. It and those before it are history. */
  get historySeq(): number {
    return Math.min(this.#journal.checkpointSeq, this.debts.paidThrough);
  }

  #enqueue(pending: Pending): void {
    if (this.#broken !== undefined) pending.reject(this.#broken.error);
    else this.#queue.push(pending);
  }

  #admit(request: AdmitRequest, caller: Caller<AdmitReply>, row: Row, waitMs: number): Answer | undefined {
    const mayWait = waitMs > 0 && !this.#waiting.isFull;
    const blocker = mayWait && !this.#isKnown(request, row) ? this.#waiting.blockerOf(request.call) : undefined;
    let refusal = blocker;
    if (refusal === undefined) {
      const reply = this.#execute(request, caller, row);
      if (reply === 'asked') return undefined;
      if (reply.kind !== 'refused' || reply.refusal.comeBack.kind !== 'holds' || !mayWait) {
        return { say: () => caller.resolve(reply), reject: caller.reject };
      }
      refusal = reply.refusal;
    }
    this.#waiting.add({ call: request.call, untilMs: row.nowMs + waitMs, refusal, request, caller });
    return undefined;
  }

  #execute(request: AdmitRequest, caller: Caller<AdmitReply>, row: Row): AdmitReply | 'asked' {
    const reply = executeAdmit(this.state, request, row);
    if (reply.kind !== 'pending') return reply;
    this.asks.askFor(
      reply,
      request.call.bound,
      { resolve: (told) => caller.resolve(told), reject: caller.reject },
      request,
    );
    return 'asked';
  }

  /** Whether the call, or the one that it repeats, was admitted before: then it need not wait. */
  #isKnown({ call, idempotency }: AdmitRequest, row: Row): boolean {
    const { ledger } = this.state;
    return ledger.openNames.has(call.name) || earlierReply(this.state, call, idempotency, row) !== undefined;
  }

  #append(row: Row): void {
    if (row.texts.length === 0) return this.#journal.forget(this.#kept.take());
    for (const event of this.debts.unwritten()) row.record(event);
    row.recordUnwritten();
    this.#journal.append(row, this.#kept.take());
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#queue.splice(0)) reject(error);
    this.#waiting.rejectAll(error);
    this.asks.rejectAll(error);
  }
}
