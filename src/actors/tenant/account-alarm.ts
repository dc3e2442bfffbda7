import { Alarm } from '../alarm.ts';
import type { Engine } from '../../core/account/engine.ts';
import { mustAskDisk, nextAlarmMs, oldestOf } from '../../core/account/next-alarm.ts';
import type { Deliveries } from './deliveries.ts';
import type { SqlStore } from './sql-store.ts';

/** The one alarm of an account: for leases, for what is owed, and for what is to be forgotten. */
export class AccountAlarm {
  readonly #alarm: Alarm;
  readonly #store: SqlStore;
  readonly #engine: () => Engine;
  readonly #deliveries: Pick<Deliveries, 'nextWakeMs'>;

  constructor(
    storage: DurableObjectStorage,
    store: SqlStore,
    engine: () => Engine,
    deliveries: Pick<Deliveries, 'nextWakeMs'>,
  ) {
    this.#alarm = new Alarm(storage);
    this.#store = store;
    this.#engine = engine;
    this.#deliveries = deliveries;
  }

  async recall(): Promise<void> {
    return this.#alarm.recall();
  }

  arm(pruneAtMs?: number): void {
    const engine = this.#engine();
    const nowMs = Date.now();
    const wakeMs = Math.min(engine.nextWakeMs(nowMs), this.#deliveries.nextWakeMs(nowMs));
    const oldest = mustAskDisk(this.#alarm.isSet, wakeMs) ? oldestOf(this.#store, engine) : {};
    this.#alarm.set(nextAlarmMs(wakeMs, oldest, pruneAtMs), nowMs);
  }

  /** Sets the alarm anew: something was forgotten, or is to be forgotten sooner. */
  armAnew(): void {
    this.#alarm.unset();
    this.arm();
  }

  /** The alarm has rung. What is done then may arm it anew. */
  async ring(work: () => void, failed: (error: unknown) => void): Promise<void> {
    const ring = (): void => {
      // Loading the engine may have armed it for the very work that is done now.
      this.#engine();
      this.#alarm.unset();
      work();
    };
    await this.#alarm.ring(ring, failed);
  }

  /** What was to be done has not been. */
  setAgain(): void {
    this.#alarm.setAgain(Date.now());
  }
}
