import { alarmAgainMs } from '../../limits.ts';
import { mustArm } from '../../core/account/next-alarm.ts';

/** The one alarm of an account, as far as this instance knows when it is set. */
export class AccountAlarm {
  readonly #storage: DurableObjectStorage;
  #armedMs: number | undefined;

  constructor(ctx: DurableObjectState) {
    this.#storage = ctx.storage;
    // Nothing else is awaited: the journal itself is read in the turn of the first call, and synchronously.
    void ctx.blockConcurrencyWhile(async () => {
      this.#armedMs = (await ctx.storage.getAlarm()) ?? undefined;
    });
  }

  get isSet(): boolean {
    return this.#armedMs !== undefined;
  }

  /** It has rung, or what it was set for is not what it would be set for now: it is to be set anew. */
  unset(): void {
    this.#armedMs = undefined;
  }

  /** Sees to it that it rings by then. */
  set(wantedMs: number | undefined, nowMs: number): void {
    if (!mustArm(this.#armedMs, wantedMs, nowMs)) return;
    this.#armedMs = wantedMs;
    // The promise settles with the write itself, and the output gate already waits for that and breaks if it fails.
    void this.#storage.setAlarm(wantedMs);
  }

  /** What was to be done has not been, and this instance will not do it: the next one is to be woken for it. */
  setAgain(nowMs: number): void {
    void this.#storage.setAlarm(nowMs + alarmAgainMs);
  }
}
