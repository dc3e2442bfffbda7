import { Engine } from '../../../src/core/account/engine.ts';
import { checkInvariants } from '../../../src/core/ledger/invariants.ts';
import { CrashError, type Fate } from '../../support/memory-disk.ts';
import { broken } from '../broken-promise.ts';
import { LoggedDisk } from './logged-disk.ts';

/** An account with its disk, its clock, and the instance of its actor, if one is awake. */
export class TreeAccount {
  readonly id: string;
  disk: LoggedDisk;
  /** How far its clock is ahead of the time that passes. */
  skewMs = 0;
  #engine: Engine | undefined;
  #commands = 0;
  readonly #now: () => number;

  constructor(id: string, now: () => number) {
    this.id = id;
    this.disk = new LoggedDisk(`${id}-ledger`);
    this.#now = now;
  }

  get nowMs(): number {
    return this.#now() + this.skewMs;
  }

  /** The instance that is awake, or a new one. */
  get engine(): Engine {
    this.#engine ??= Engine.load(this.disk, this.nowMs);
    return this.#engine;
  }

  isAwake(engine: Engine): boolean {
    return this.#engine === engine;
  }

  get isAwakeNow(): boolean {
    return this.#engine !== undefined;
  }

  evict(): void {
    this.#engine = undefined;
  }

  /** The disk is gone, and a new ledger begins. */
  lose(ledger: string): void {
    this.evict();
    this.disk = new LoggedDisk(ledger);
  }

  /** Has a command decided and written. Undefined if the actor died before it answered. */
  async run<T>(command: (engine: Engine) => Promise<T>, fate: Fate): Promise<T | undefined> {
    const { engine } = this;
    let reply: T | undefined;
    const heard = command(engine).then(
      (value) => void (reply = value),
      (error: unknown) => {
        if (!(error instanceof CrashError)) throw error;
      },
    );
    this.disk.fate = fate;
    engine.flush(this.nowMs);
    this.disk.fate = 'kept';
    await heard;
    // The time of a doubt passes at once: an owner that lives has no part in this.
    for (const doubt of engine.takeDoubts()) doubt.leftMs = 0;
    if (engine.broken && fate !== 'lost') broken('every caller is answered', `${this.id} gave up`);
    if (engine.broken || fate === 'kept-unanswered' || fate === 'torn') {
      this.evict();
      return undefined;
    }
    this.#commands += 1;
    // The ledger's own simulator asks after each command.
    if (this.#commands % 8 === 0) checkInvariants(engine.state.ledger);
    return reply;
  }

  /** Writes a checkpoint, and prunes all that is history. */
  keepHouse(): void {
    const { engine } = this;
    engine.checkpoint();
    this.disk.pruneAll(engine.historySeq);
  }
}
