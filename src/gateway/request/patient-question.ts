import type { CallClock } from './call-clock.ts';

/** How long, and how often, to ask for an answer. */
export interface Patience {
  /** The most times that it is asked. */
  readonly asksMax: number;
  /**
   * How long to wait in silence before asking once more, while the first question is still open; and then before giving
   * up.
   */
  readonly silencesMs: readonly [number, number];
  /** The pause before asking again, after so many lost answers. */
  readonly pauseMs: (lost: number) => number;
}

/**
 * A question that may be repeated, since a repeat changes nothing. If an answer is lost, it asks again after a pause.
 * If an answer is only slow, it waits: repeats would make a slow actor slower, since it has to answer each. After a
 * long silence it asks once more, since an answer may get lost without a sign, and takes whichever comes first. So no
 * more than two questions are ever open.
 */
export class PatientQuestion<T> {
  readonly #ask: () => Promise<T>;
  readonly #patience: Patience;
  readonly #clock: CallClock;
  /** Is told the reason before each repeat. */
  readonly #onRepeat: (error: unknown) => void;
  readonly #answer = Promise.withResolvers<T>();
  #asked = 0;
  #underWay = 0;
  #lost = 0;
  #silences = 0;
  #isOver = false;
  #callOffSilence: (() => void) | undefined;

  private constructor(ask: () => Promise<T>, patience: Patience, clock: CallClock, onRepeat: (error: unknown) => void) {
    this.#ask = ask;
    this.#patience = patience;
    this.#clock = clock;
    this.#onRepeat = onRepeat;
  }

  /** The answer, or the error with which the last question was lost or given up. */
  static async ask<T>(
    ask: () => Promise<T>,
    patience: Patience,
    clock: CallClock,
    onRepeat: (error: unknown) => void,
  ): Promise<T> {
    const question = new PatientQuestion(ask, patience, clock, onRepeat);
    void question.#askAfter(0);
    return question.#answer.promise;
  }

  /** Asks once more, after a pause. It is counted before the pause, so that two that pause at once count as two. */
  async #askAfter(pauseMs: number): Promise<void> {
    this.#asked += 1;
    this.#underWay += 1;
    if (pauseMs > 0) await scheduler.wait(pauseMs);
    // It may have been answered during the pause.
    if (this.#isOver) return;
    this.#waitInSilence();
    try {
      const answer = await this.#ask();
      this.#end(() => this.#answer.resolve(answer));
    } catch (error) {
      this.#onLost(error);
    }
  }

  #waitInSilence(): void {
    const silenceMs = this.#patience.silencesMs[this.#silences === 0 ? 0 : 1];
    this.#callOffSilence?.();
    this.#callOffSilence = this.#clock.after(silenceMs, () => this.#onSilence(silenceMs));
  }

  #onLost(error: unknown): void {
    this.#underWay -= 1;
    this.#lost += 1;
    if (this.#isOver) return;
    if (this.#asked < this.#patience.asksMax) {
      this.#callOffSilence?.();
      this.#onRepeat(error);
      void this.#askAfter(this.#patience.pauseMs(this.#lost));
    } else if (this.#underWay === 0) {
      this.#end(() => this.#answer.reject(error));
    }
  }

  #onSilence(silenceMs: number): void {
    const error = new Error(`no answer within ${silenceMs} ms`);
    if (this.#silences > 0 || this.#asked >= this.#patience.asksMax) {
      this.#end(() => this.#answer.reject(error));
      return;
    }
    this.#silences += 1;
    this.#onRepeat(error);
    void this.#askAfter(0);
  }

  #end(say: () => void): void {
    this.#isOver = true;
    this.#callOffSilence?.();
    say();
  }
}
