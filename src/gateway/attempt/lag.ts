import { steadyNowMs } from '../../steady-time.ts';

/**
 * How long a provider may have been generating what was not read. The reading of a stream lags behind it, which goes on
 * whether or not the client takes what it is sent: by as long as the client has kept it from being read. What the
 * network has kept meanwhile comes without a wait; so as long as there is one, the same time is being caught up. And
 * while it sends nothing, from the moment that it is asked, it may be generating what it is yet to send.
 */
export class Lag {
  #lagMs = 0;
  #silentMs = 0;
  #turn: 'reading' | 'passing' | 'ended' = 'reading';
  #sinceMs = steadyNowMs();

  get lagMs(): number {
    const ms = steadyNowMs() - this.#sinceMs;
    switch (this.#turn) {
      case 'reading':
        return Math.max(0, this.#lagMs - ms);
      case 'passing':
        return this.#lagMs + ms;
      case 'ended':
        return this.#lagMs;
    }
  }

  /** How long was waited since the call was made, or since output came last. */
  get silentMs(): number {
    return this.#turn === 'reading' ? this.#silentMs + (steadyNowMs() - this.#sinceMs) : this.#silentMs;
  }

  /** Some of the answer itself has come. */
  output(): void {
    this.#take(this.#turn);
    this.#silentMs = 0;
  }

  /** More is waited for from here on. */
  reading(): void {
    this.#take('reading');
  }

  /** Some has come, which the client is to take. */
  passing(): void {
    this.#take('passing');
  }

  /** Nothing was read for so long, while the provider went on: whatever was waited for may have come long ago. */
  stopped(ms: number): void {
    if (this.#turn === 'ended') return;
    this.#take(this.#turn);
    this.#lagMs += ms;
  }

  /** The provider was told to stop: it goes no further ahead. */
  end(): void {
    this.#take('ended');
  }

  #take(turn: 'reading' | 'passing' | 'ended'): void {
    if (this.#turn === 'ended') return;
    const { lagMs, silentMs } = this;
    this.#lagMs = lagMs;
    this.#silentMs = silentMs;
    this.#turn = turn;
    this.#sinceMs = steadyNowMs();
  }
}
