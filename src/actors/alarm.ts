import { alarmAgainMs } from '../limits.ts';

/**
 * The one alarm of a Durable Object, as far as this instance knows when it is set. An alarm that is set is left alone
 * unless it would come too late: each setting is billed as a write.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  #armedMs: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Learns what an earlier instance has set. Without this, the first `set` sets the alarm anew. */
  async recall(): Promise<void> {
    this.#armedMs = (await this.#storage.getAlarm()) ?? undefined;
  }

  get isSet(): boolean {
    return this.#armedMs !== undefined;
  }

  /** Forgets what is set: the next `set` sets it anew, and to a later time too. */
  unset(): void {
    this.#armedMs = undefined;
  }

  /** Sees to it that the alarm rings by then. */
  set(wantedMs: number | undefined, nowMs: number): void {
    if (mustArm(this.#armedMs, wantedMs, nowMs)) this.#set(wantedMs);
  }

  /**
   * Does what the alarm has rung for. Throws only if `failed` does: the platform gives an alarm up after six failures.
   * If the work fails, the alarm rings again in a while.
   */
  async ring(work: () => void | Promise<void>, failed: (error: unknown) => void): Promise<void> {
    this.#armedMs = undefined;
    try {
      await work();
    } catch (error) {
      failed(error);
      this.setAgain(Date.now());
    }
  }

  /** What was to be done has not been. */
  setAgain(nowMs: number): void {
    this.#set(nowMs + alarmAgainMs);
  }

  #set(wantedMs: number): void {
    this.#armedMs = wantedMs;
    // The promise settles with the write. The output gate waits for that anyway, and breaks if it fails.
    void this.#storage.setAlarm(wantedMs).catch(() => undefined);
  }
}

/**
 * Whether the alarm has to be set. One whose time has come has rung already, or another instance has heard it: nothing
 * can be left to it.
 */
export function mustArm(armedMs: number | undefined, wantedMs: number | undefined, nowMs: number): wantedMs is number {
  return wantedMs !== undefined && (armedMs === undefined || armedMs <= nowMs || wantedMs < armedMs);
}
