import { DurableObject } from 'cloudflare:workers';
import { answerIfAny } from '../../answer-within.ts';
import { introductionWaitMs, settleWaitMs } from '../../limits.ts';
import { AccountAlarm } from './account-alarm.ts';
import { carryOut } from './carry-out.ts';
import { type Command, type CommandOutcome, askAlone } from '../../core/account/exchange.ts';
import { Deliveries } from './deliveries.ts';
import { Engine } from '../../core/account/engine.ts';
import { executeConfigure } from '../../core/account/configure.ts';
import * as execute from '../../core/account/execute.ts';
import { Levels } from './levels.ts';
import type { Row } from '../../core/account/row.ts';
import { executeVoid } from '../../core/account/idempotency.ts';
import { recordFor } from '../../core/account/find-record.ts';
import { FlushTimer, letPass } from './timers.ts';
import type { TenantState } from '../../core/account/fold.ts';
import { Introduction, notLost } from './introduction.ts';
import { keepHouse } from './keep-house.ts';
import { LedgerReports } from './ledger-reports.ts';
import type { DirectoryOfAccounts } from './directory-of-accounts.ts';
import type * as protocol from '../../core/account/protocol.ts';
import * as kept from '../../core/account/resolve.ts';
import { executeTake } from '../../core/account/uplink/below.ts';
import { deniedReply, executeAsk } from '../../core/account/uplink/grant.ts';
import { deliverBeforeReadMs } from '../../core/account/uplink/delivery-limits.ts';
import type { Delivery, TakeReply } from '../../core/account/uplink/delivery.ts';
import { SqlStore } from './sql-store.ts';
import { log } from '../../log.ts';

/** What an account decides, and puts into a row. */
type Deciding<T> = (state: TenantState, row: Row) => T;

/**
 * The ledger of one account, as a Durable Object: a shell that gives the engine its disk, its clock and its timers.
 * There is no `await` between deciding and appending. The platform sends nothing of an actor before its writes are
 * durable: so no answer leaves before what it says is on disk.
 */
export class TenantActor extends DurableObject implements protocol.TenantProtocol {
  readonly #store: SqlStore;
  readonly #alarm: AccountAlarm;
  readonly #levels: Levels;
  #engine: Engine | undefined;
  readonly #timer = new FlushTimer(() => this.#flush());
  readonly #introduction: Introduction;
  readonly #reports: LedgerReports;
  readonly #deliveries: Deliveries;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#store = new SqlStore(ctx.storage);
    const directory = (): DirectoryOfAccounts => this.env.DIRECTORY.getByName('directory');
    const engine = (): Engine => this.#working();
    const accountId = (): string => this.#id();
    const incarnation = (): string => this.#store.incarnation(crypto.randomUUID());
    this.#introduction = new Introduction(accountId, directory, incarnation, (command) =>
      this.#submit(command, introductionWaitMs),
    );
    this.#reports = new LedgerReports(accountId, directory);
    this.#deliveries = new Deliveries({
      engine,
      submit: (command) => this.#submit((_, row) => command(row), settleWaitMs),
      accountId,
      incarnation,
      resolve: async () => {
        const resolved = engine().resolveAsks();
        this.#timer.flushTogether();
        return resolved;
      },
      tenants: env.TENANT,
      arm: () => this.#alarm.arm(),
    });
    this.#levels = new Levels(engine, this.#deliveries, env.TENANT);
    this.#alarm = new AccountAlarm(ctx.storage, this.#store, engine, this.#deliveries);
    void ctx.blockConcurrencyWhile(async () => this.#alarm.recall());
  }

  async admit(request: protocol.AdmitRequest): Promise<protocol.AdmitReply> {
    return this.#admit(request, true);
  }

  async exchange({ commands }: { readonly commands: readonly Command[] }): Promise<readonly CommandOutcome[]> {
    // Each admit hears for itself what is wrong. Nothing else is kept from being decided by that.
    if (commands.some(({ method }) => method === 'admit'))
      await this.#introduction.of(this.#working()).catch(() => undefined);
    const outcomes = carryOut(commands, async (command) =>
      command.method === 'admit' ? this.#admit(command.request, false) : askAlone(this, command),
    );
    this.#timer.flushTogether();
    return outcomes;
  }

  async extend(request: protocol.ExtendRequest): Promise<protocol.ExtendReply> {
    this.#checkHasCome([request.holdId]);
    const reply = this.#working().extend(request);
    this.#timer.flushIn(0, this.#working());
    return reply;
  }

  async settle(request: protocol.SettleRequest): Promise<protocol.SettleReply> {
    this.#checkHasCome([request.holdId]);
    const command: Deciding<protocol.SettleReply> = (state, row) => execute.executeSettle(state, request, row);
    // The end of an answer waits until its response is kept.
    const reply = await this.#submit(command, request.response === undefined ? this.#working().settleWithinMs : 0);
    if (reply.kind === 'settled' && reply.breach) this.#reports.breached(this.#working().state, request.holdId);
    return reply;
  }

  async voidCall({ name }: { readonly name: string }): Promise<{ readonly kind: 'voided' | 'ended' }> {
    return this.#submit((state, row) => executeVoid(state, name, row), this.#working().settleWithinMs);
  }

  async recall(request: protocol.RecallRequest): Promise<protocol.DeniedReply | protocol.RecallReply> {
    return this.#ask((state, row) => execute.executeRecall(state, request, row));
  }

  async resolve(request: protocol.ResolveRequest): Promise<protocol.DeniedReply | protocol.ResolveReply> {
    return this.#ask((state, row) => kept.executeResolve(state, request, row));
  }

  async keptResponse(request: protocol.KeptResponseRequest): Promise<protocol.KeptResponseReply> {
    return this.#ask((state, row) => kept.executeKeptResponse(state, request, row));
  }

  async keptTurns(request: protocol.KeptResponseRequest): Promise<protocol.KeptTurnsReply> {
    return this.#ask((state, row) => kept.executeKeptTurns(state, request, row));
  }

  async forgetResponse(request: protocol.KeptResponseRequest): Promise<protocol.ForgetResponseReply> {
    const reply = await this.#ask((state, row) => kept.executeForgetResponse(state, request, row));
    if (reply.kind === 'forgotten') this.#alarm.armAnew();
    return reply;
  }

  async renew({ holdIds }: { readonly holdIds: readonly string[] }): Promise<{ readonly lost: readonly string[] }> {
    this.#checkHasCome(holdIds);
    const lost = this.#working().renewUnwritten(holdIds, Date.now());
    if (lost !== undefined) return { lost };
    return { lost: await this.#submit((state, row) => execute.executeRenew(state, holdIds, row), 0) };
  }

  async usage({ secretHash, own }: protocol.UsageRequest): Promise<protocol.UsageReply> {
    const state = await this.#known();
    if ('kind' in state) return state;
    return this.#levels.added(state, execute.usageFor(state, secretHash, Date.now()), own);
  }

  async record(request: protocol.RecordRequest): Promise<protocol.RecordReply> {
    const engine = await this.#upToDate();
    return engine instanceof Engine ? recordFor(engine.state, this.#store, request, Date.now()) : engine;
  }

  async configure(account: protocol.Account): Promise<protocol.ConfigureReply> {
    const { account: known } = this.#working().state;
    const lost = known === undefined ? await this.#introduction.makeAgain() : undefined;
    if (lost !== undefined) return lost;
    const reply = await this.#submit((state, row) => executeConfigure(state, account, row), 0);
    if (reply.kind === 'configured') this.#alarm.armAnew();
    return (await this.#levels.haveAdopted()) ? reply : { kind: 'arming' };
  }

  async inspect(): ReturnType<protocol.TenantProtocol['inspect']> {
    const engine = notLost(await this.#upToDate());
    await answerIfAny(deliverBeforeReadMs, this.#deliveries.deliverNow(true));
    return execute.usageOf(engine.state, Date.now());
  }

  async take(delivery: Delivery, withinMs: number): Promise<TakeReply> {
    return this.#ask((state, row) => executeTake(state, delivery, row), withinMs);
  }

  async ask(...[request]: Parameters<protocol.TenantProtocol['ask']>): ReturnType<protocol.TenantProtocol['ask']> {
    const engine = await this.#introduction.of(this.#working());
    if (!(engine instanceof Engine)) return deniedReply(request, engine);
    const reply = engine.submit((row) => executeAsk(engine.state, request, row));
    this.#timer.flushMessage(engine);
    return reply;
  }

  async stand(): ReturnType<protocol.TenantProtocol['stand']> {
    return execute.levelNow(notLost(await this.#upToDate()).state, Date.now());
  }

  async reset(): Promise<{ readonly kind: 'changed' }> {
    notLost(await this.#introduction.of(this.#working()));
    return this.#submit((state, row) => execute.executeReset(state, row), 0);
  }

  /** Every lease of this account depends on this alarm: it never throws. */
  override async alarm(): Promise<void> {
    const work = (): void => {
      this.#flush();
      const engine = this.#working();
      if (engine.broken) return this.#alarm.setAgain();
      this.#alarm.arm(keepHouse(engine, this.#store, Date.now()));
      this.#reports.tell(engine.state);
    };
    await this.#alarm.ring(work, (error) => this.#giveUp(error));
    if (this.#engine?.debts.isEmpty === false) await this.#deliveries.ring(() => this.#alarm.armAnew());
  }

  /** Nothing comes before it but the introduction of a new account: so commands of an exchange keep their order. */
  async #admit(request: protocol.AdmitRequest, mayWait: boolean): Promise<protocol.AdmitReply> {
    const working = this.#working();
    const engine = working.state.account === undefined ? await this.#introduction.of(this.#working()) : working;
    if (!(engine instanceof Engine)) return engine;
    const reply = engine.admit(request, mayWait);
    this.#timer.flushIn(0, this.#working());
    return reply;
  }

  /** Submits a command after the account was introduced, if it must be. */
  async #ask<T>(command: Deciding<T>, withinMs = 0): Promise<T | protocol.LostReply> {
    const introduced = await this.#introduction.of(this.#working());
    return introduced instanceof Engine ? this.#submit(command, withinMs) : introduced;
  }

  #submit<T>(command: Deciding<T>, withinMs: number): Promise<T> {
    const engine = this.#working();
    const reply = engine.submit((row) => command(engine.state, row));
    this.#timer.flushIn(withinMs, this.#working());
    return reply;
  }

  /** Runs in a timer, where an error would reach nobody: so it never throws, and every caller is answered. */
  #flush(): void {
    try {
      const engine = this.#working();
      if (this.#timer.isWorthWaiting(engine)) return this.#timer.flushIn(0, this.#working());
      engine.flush(Date.now());
      if (engine.broken) return this.#giveUp(new Error('the journal could not be written'));
      for (const doubt of engine.takeDoubts()) letPass(doubt, () => this.#flush());
      this.#reports.checkClock(engine.state, Date.now());
      if (engine.queued > 0) this.#timer.flushIn(0, this.#working());
      else if (engine.hasWaiters) this.#timer.flushIn(Math.max(0, engine.nextDeadlineMs - Date.now()), this.#working());
      this.#deliveries.schedule();
      this.#alarm.arm();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Memory can't be trusted. The next caller wakes an actor that knows what is on disk. */
  #giveUp(error: unknown): void {
    log('error', 'account-restarts', { account: this.#id(), error: String(error) });
    // In another turn, after the callers were told: this turn runs for some of them.
    setTimeout(() => this.ctx.abort(String(error)), 0);
  }

  /**
   * The engine, when everything before is decided and on disk. A settle may still wait for company, and a lease may
   * have run out while nobody was awake.
   */
  async #upToDate(): Promise<Engine | protocol.LostReply> {
    const engine = await this.#introduction.of(this.#working());
    return engine instanceof Engine ? this.#flushed(engine) : engine;
  }

  async #flushed(engine: Engine): Promise<Engine> {
    if (engine.queued === 0 && engine.nextLeaseMs > Date.now()) return engine;
    const turn = engine.submit(() => undefined);
    this.#timer.flushIn(0, this.#working());
    await turn;
    return engine;
  }

  /** As `#upToDate`. A new account of which nothing else has come need not be on disk. */
  async #known(): Promise<TenantState | protocol.LostReply> {
    const engine = await this.#introduction.of(this.#working());
    if (!(engine instanceof Engine)) return engine;
    return this.#introduction.allThatCame(engine) ?? (await this.#flushed(engine)).state;
  }

  #checkHasCome(holdIds: readonly string[]): void {
    if (!this.#reports.isOutrun(this.#working().state, this.#store, holdIds, Date.now())) return;
    const error = new Error('another instance has written to this journal');
    this.#giveUp(error);
    throw error;
  }

  /** The engine, loaded once. Throws if the disk can't be read: an account never starts from nothing. */
  #working(): Engine {
    if (this.#engine === undefined) {
      this.#engine = Engine.load(this.#store, Date.now());
      // If nothing was ever written, there is nothing to be woken for.
      if (this.#engine.state.seq > 0) this.#alarm.arm();
      if (this.#engine.queued > 0) this.#timer.flushIn(0, this.#working());
      this.#reports.tell(this.#engine.state);
      this.#deliveries.schedule();
      void this.#introduction.again(this.#engine.state).catch(() => undefined);
    }
    return this.#engine;
  }

  #id(): string {
    // An alarm may wake an object without telling its name.
    return this.#engine?.state.account?.id ?? this.ctx.id.name ?? '';
  }
}
