import { steadyNowMs } from '../../steady-time.ts';

/**
 * How long a provider may have been generating what was not read yet. It goes on whether or not the client takes what
 * it is sent, so reading lags behind: by as long as the client has kept us from reading. What the network has stored
 * meanwhile comes without a wait; once there is a wait, that much time has been caught up. While the provider is
 * silent, from the request on, it may be generating what it has yet to send.
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

  /** How long we have waited since the call was made, or since output last came. */
  get silentMs(): number {
    return this.#turn === 'reading' ? this.#silentMs + (steadyNowMs() - this.#sinceMs) : this.#silentMs;
  }

  /** Output has come. */
  output(): void {
    this.#take(this.#turn);
    this.#silentMs = 0;
  }

  /** From here on we wait for more. */
  reading(): void {
    this.#take('reading');
  }

  /** Something has come that the client is to take. */
  passing(): void {
    this.#take('passing');
  }

  /** Nothing was read for so long, while the provider went on: what we waited for may have come long ago. */
  stopped(ms: number): void {
    if (this.#turn === 'ended') return;
    this.#take(this.#turn);
    this.#lagMs += ms;
  }

  /** The provider was told to stop: it does not get further ahead. */
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
