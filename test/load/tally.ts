/**
 * The referee's own count of what it was asked for and what it would bill. It shares no code with Weir, and counts
 * money in whole pico-dollars, so that neither a fault in Weir's arithmetic nor its rounding can hide in the
 * comparison.
 */

/** An endpoint of the gateway. Limits know them by these names. */
export type Endpoint = 'chat' | 'responses' | 'messages' | 'embeddings';

interface BilledCall {
  /** The client's name of the call. Its attempts share the name. */
  readonly name: string;
  /** Where the client sent it, as it says. */
  readonly endpoint: Endpoint;
  /** When the client sent it, as it says, and when its first attempt came here. */
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
  attempts: number;
  attemptsBilled: number;
  inputTokens: number;
  outputTokens: number;
  picoUsd: bigint;
}

export class Tally {
  readonly calls = new Map<string, BilledCall>();
  attempts = 0;
  attemptsBilled = 0;
  inputTokens = 0;
  outputTokens = 0;
  picoUsd = 0n;
  inFlight = 0;
  inFlightPeak = 0;
  streams = 0;
  streamsPeak = 0;

  get tokens(): number {
    return this.inputTokens + this.outputTokens;
  }

  begin(name: string, sentAtMs: number, stream: boolean, endpoint: Endpoint = 'chat'): Attempt {
    const call = this.calls.get(name) ?? {
      name,
      endpoint,
      sentAtMs,
      arrivedAtMs: Date.now(),
      attempts: 0,
      attemptsBilled: 0,
      inputTokens: 0,
      outputTokens: 0,
      picoUsd: 0n,
    };
    this.calls.set(name, call);
    call.attempts++;
    this.attempts++;
    this.inFlightPeak = Math.max(this.inFlightPeak, ++this.inFlight);
    if (stream) this.streamsPeak = Math.max(this.streamsPeak, ++this.streams);
    return new Attempt(this, call, stream);
  }
}

/** One request to the provider. */
export class Attempt {
  private readonly tally: Tally;
  private readonly call: BilledCall;
  private readonly stream: boolean;
  private open = true;

  constructor(tally: Tally, call: BilledCall, stream: boolean) {
    this.tally = tally;
    this.call = call;
    this.stream = stream;
  }

  /** Must be called before the last byte is written: after that the gateway may let the next call in. */
  end(): void {
    if (!this.open) return;
    this.open = false;
    this.tally.inFlight--;
    if (this.stream) this.tally.streams--;
  }

  bill(inputTokens: number, outputTokens: number, price: Price): void {
    const picoUsd = BigInt(inputTokens) * price.inputPicoUsd + BigInt(outputTokens) * price.outputPicoUsd;
    for (const count of [this.tally, this.call]) {
      count.attemptsBilled++;
      count.inputTokens += inputTokens;
      count.outputTokens += outputTokens;
      count.picoUsd += picoUsd;
    }
  }
}

/** For one token each. */
export interface Price {
  readonly inputPicoUsd: bigint;
  readonly outputPicoUsd: bigint;
}

/**
 * The most that was used in any interval of `windowMs`, counting only what is proven to lie in one: a call was admitted
 * after it was sent and before it arrived, so calls sent after some moment that arrived less than a window later all
 * were.
 */
export function mostInWindow(tally: Tally, windowMs: number, amountOf: (call: BilledCall) => number): number {
  const calls = [...tally.calls.values()];
  const bySent = calls.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
  let most = 0;
  for (const first of bySent) {
    const endMs = first.sentAtMs + windowMs;
    let used = 0;
    for (const call of bySent) {
      if (call.sentAtMs >= first.sentAtMs && call.arrivedAtMs < endMs) used += amountOf(call);
      if (call.sentAtMs >= endMs) break;
    }
    most = Math.max(most, used);
  }
  return most;
}
