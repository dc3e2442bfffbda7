import { steadyNowMs } from '../steady-time.ts';

/**
 * By how much the reading of a stream lags behind its provider, which goes on generating whether or not the client
 * takes what it is sent: by as long as the client has kept it from being read. What the network has kept meanwhile
 * comes without a wait; so as long as there is one, the same time is being caught up.
 */
export class Lag {
  #lagMs = 0;
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
    this.#lagMs = this.lagMs;
    this.#turn = turn;
    this.#sinceMs = steadyNowMs();
  }
}
