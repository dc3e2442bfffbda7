import { DurableObject } from 'cloudflare:workers';
import { epochMs } from '../ledger/units.ts';
import {
  alarmAgainMs,
  checkpointRowsLeast,
  journalKeepBytes,
  journalKeepMs,
  journalKeepRows,
  pruneAgainMs,
  pruneRowsPerAlarm,
  settleWaitMs,
} from '../limits.ts';
import { adminAccount, adminAccountId } from './admin-account.ts';
import { Engine } from './engine.ts';
import {
  type Row,
  deny,
  executeConfigure,
  executeExtend,
  executeLedger,
  executeRecall,
  executeRenew,
  executeSettle,
} from './execute.ts';
import { executeVoid } from './idempotency.ts';
import { findRecord } from './find-record.ts';
import { mustArm, nextAlarmMs } from './next-alarm.ts';
import type {
  Account,
  AdmitReply,
  AdmitRequest,
  ExtendReply,
  ExtendRequest,
  DeniedReply,
  RecallReply,
  RecallRequest,
  RecordReply,
  RecordRequest,
  SettleReply,
  SettleRequest,
  TenantProtocol,
  Usage,
  UsageReply,
} from './protocol.ts';
import { SqlStore } from './sql-store.ts';
import { usageOf } from './usage.ts';
import { log } from '../log.ts';

/** How many commands there were at the last turn that waited for more, and how many such turns there have been. */
const alone = { queued: 0, turns: 0 };
const companyTurnsMax = 4;

/**
 * The ledger of one account, as a Durable Object: a shell that gives the engine its disk, its clock and its timers. No
 * `await` stands between deciding and appending, and no answer leaves before what it says is on disk, because the
 * platform holds back what an actor sends until what it wrote is durable.
 */
export class TenantActor extends DurableObject implements TenantProtocol {
  readonly #store: SqlStore;
  #engine: Engine | undefined;
  #armedMs: number | undefined;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly dueMs: number } | undefined;
  #introduction: Promise<void> | undefined;
  #company = alone;
  #isFlushing = false;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#store = new SqlStore(ctx.storage);
    // Nothing is awaited but the alarm: the journal itself is read in the turn of the first call, and synchronously.
    void ctx.blockConcurrencyWhile(async () => {
      this.#armedMs = (await ctx.storage.getAlarm()) ?? undefined;
    });
  }

  async admit(request: AdmitRequest): Promise<AdmitReply> {
    const engine = await this.#introduced();
    const reply = engine.admit(request);
    this.#flushIn(0);
    return reply;
  }

  async extend(request: ExtendRequest): Promise<ExtendReply> {
    return this.#submit((engine) => (row) => executeExtend(engine.state, request, row), 0);
  }

  async settle(request: SettleRequest): Promise<SettleReply> {
    return this.#submit((engine) => (row) => executeSettle(engine.state, request, row), this.#patienceMs());
  }

  async voidCall({ name }: { readonly name: string }): Promise<{ readonly kind: 'voided' | 'ended' }> {
    return this.#submit((engine) => (row) => executeVoid(engine.state, name, row), this.#patienceMs());
  }

  async recall(request: RecallRequest): Promise<DeniedReply | RecallReply> {
    await this.#introduced();
    return this.#submit((engine) => (row) => executeRecall(engine.state, request, row), 0);
  }

  async renew({ holdIds }: { readonly holdIds: readonly string[] }): Promise<{ readonly lost: readonly string[] }> {
    const lost = this.#working().renewUnwritten(holdIds, Date.now());
    if (lost !== undefined) return { lost };
    return { lost: await this.#submit((engine) => (row) => executeRenew(engine.state, holdIds, row), 0) };
  }

  async usage({ secretHash }: { readonly secretHash: string }): Promise<UsageReply> {
    const engine = await this.#upToDate();
    const denied = deny(engine.state.account, secretHash, epochMs(Date.now()));
    if (denied !== undefined) return denied;
    return { kind: 'usage', usage: usageOf(engine.state, Date.now()) };
  }

  async record(request: RecordRequest): Promise<RecordReply> {
    const engine = await this.#upToDate();
    const denied = deny(engine.state.account, request.secretHash, epochMs(Date.now()));
    if (denied !== undefined) return denied;
    const record = findRecord(this.#store, request.requestId, request.namedAtMs);
    return record === undefined ? { kind: 'none' } : { kind: 'record', record };
  }

  async configure(account: Account): Promise<{ readonly kind: 'configured' | 'older' | 'too-many-counters' }> {
    return this.#submit((engine) => (row) => executeConfigure(engine.state, account, row), 0);
  }

  async inspect(): Promise<Usage> {
    return usageOf((await this.#upToDate()).state, Date.now());
  }

  async reset(): Promise<{ readonly kind: 'changed' }> {
    await this.#submit((engine) => (row) => executeLedger(engine.state, { type: 'reset' }, row), 0);
    return { kind: 'changed' };
  }

  /** Never throws: the platform gives an alarm up after six failures, and with it every lease of this account. */
  override alarm(): void {
    try {
      const engine = this.#working();
      this.#armedMs = undefined;
      this.#flush();
      if (engine.broken) return this.#alarmAgain();
      const now = Date.now();
      // Only what is behind a checkpoint can be pruned. Else a few rows more to read cost less than writing one.
      const isPruneDue = (this.#store.oldestRowAt() ?? now) + journalKeepMs <= now;
      engine.checkpoint(isPruneDue ? 1 : checkpointRowsLeast);
      const keepRows = this.#store.newestRowsWithin(journalKeepBytes, journalKeepRows);
      const pruned = this.#store.prune(engine.checkpointedSeq, now - journalKeepMs, keepRows, pruneRowsPerAlarm);
      engine.forgetOldClaims(now);
      this.#arm(pruned < pruneRowsPerAlarm ? undefined : now + pruneAgainMs);
    } catch (error) {
      this.#giveUp(error);
      this.#alarmAgain();
    }
  }

  /** What was to be done has not been, and this instance will not do it: the next one is to be woken for it. */
  #alarmAgain(): void {
    void this.ctx.storage.setAlarm(Date.now() + alarmAgainMs);
  }

  #submit<T>(command: (engine: Engine) => (row: Row) => T, withinMs: number): Promise<T> {
    const engine = this.#working();
    const reply = engine.submit(command(engine));
    this.#flushIn(withinMs);
    return reply;
  }

  /** Nobody waits for the end of a call, unless somebody waits for the room that it leaves. */
  #patienceMs(): number {
    return this.#working().hasWaiters ? 0 : settleWaitMs;
  }

  #flushIn(delayMs: number): void {
    // A timer takes a millisecond at the least. In a microtask the callers of this very turn still come along.
    if (delayMs === 0 && this.#working().isComplete) return this.#flushAtOnce();
    const dueMs = Date.now() + delayMs;
    if (this.#timer !== undefined) {
      if (this.#timer.dueMs <= dueMs) return;
      clearTimeout(this.#timer.id);
    }
    this.#timer = { id: setTimeout(() => this.#flush(), delayMs), dueMs };
  }

  #flushAtOnce(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#timer !== undefined) clearTimeout(this.#timer.id);
      this.#flush();
    });
  }

  /** Runs in a timer, where what is thrown reaches nobody: so nothing is, and every caller is answered all the same. */
  #flush(): void {
    this.#timer = undefined;
    try {
      const engine = this.#working();
      if (this.#isGrowing(engine)) return this.#flushIn(0);
      engine.flush(Date.now());
      if (engine.broken) return this.#giveUp(new Error('the journal could not be written'));
      if (engine.queued > 0) this.#flushIn(0);
      else if (engine.hasWaiters) this.#flushIn(Math.max(0, engine.nextDeadlineMs - Date.now()));
      this.#arm();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /**
   * Whether to let another turn of the event loop bring more company. A command that is alone never waits, and none
   * waits for longer than a few turns: what they save under load is a row and an fsync each.
   */
  #isGrowing({ queued, isComplete }: Engine): boolean {
    const { queued: before, turns } = this.#company;
    const grows = !isComplete && queued > 1 && queued > before && turns < companyTurnsMax;
    this.#company = grows ? { queued, turns: turns + 1 } : alone;
    return grows;
  }

  /** What is in memory can't be trusted. The next caller wakes an actor that knows what is on disk. */
  #giveUp(error: unknown): void {
    this.#log('account-restarts', error);
    // In a turn of its own, after the callers have been told: some of them are what this turn is run for.
    setTimeout(() => this.ctx.abort(String(error)), 0);
  }

  #log(event: string, error: unknown): void {
    log('error', event, { account: this.#id(), error: String(error) });
  }

  #arm(pruneAtMs?: number): void {
    const wanted = nextAlarmMs(this.#working().nextLeaseMs, this.#oldest(), pruneAtMs);
    if (!mustArm(this.#armedMs, wanted, Date.now())) return;
    this.#armedMs = wanted;
    // The promise settles with the write itself, and the output gate already waits for that and breaks if it fails.
    void this.ctx.storage.setAlarm(wanted);
  }

  /** Only asked for where no alarm is set, or the one set may be too late for it: never in the steady state. */
  #oldest(): Parameters<typeof nextAlarmMs>[1] {
    if (this.#armedMs !== undefined) return {};
    return { rowAtMs: this.#store.oldestRowAt(), claimAtMs: this.#store.claims.oldestAt() };
  }

  /**
   * The engine, when whatever came before is decided and on disk: a settle, for one, may have been waiting for company,
   * and a lease may have run out while nobody was awake.
   */
  async #upToDate(): Promise<Engine> {
    const engine = await this.#introduced();
    if (engine.queued === 0 && engine.nextLeaseMs > Date.now()) return engine;
    const turn = engine.submit(() => undefined);
    this.#flushIn(0);
    await turn;
    return engine;
  }

  /** The engine, of an account that knows what it is. At its first use it asks the directory, once for all who wait. */
  async #introduced(): Promise<Engine> {
    const engine = this.#working();
    if (engine.state.account === undefined) {
      this.#introduction ??= this.#introduce(engine).finally(() => {
        this.#introduction = undefined;
      });
      await this.#introduction;
    }
    return engine;
  }

  async #introduce(engine: Engine): Promise<void> {
    const id = this.#id();
    const account = id === adminAccountId ? adminAccount : await this.env.DIRECTORY.getByName('directory').describe(id);
    if (account === undefined) return;
    const configured = engine.submit((row) => executeConfigure(engine.state, account, row));
    this.#flushIn(0);
    await configured;
  }

  /**
   * What the disk says, read once. Where it can't be read this throws, and every caller is told: an account never
   * starts from nothing.
   */
  #working(): Engine {
    if (this.#engine === undefined) {
      this.#engine = Engine.load(this.#store, Date.now());
      this.#arm();
      if (this.#engine.queued > 0) this.#flushIn(0);
    }
    return this.#engine;
  }

  #id(): string {
    return this.ctx.id.name ?? '';
  }
}
