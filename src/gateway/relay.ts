import { type GatewayError, openAiErrorBody } from '../http/errors.ts';
import { formatUsd } from '../ledger/units.ts';
import { afterDoneMs, stallMs } from '../limits.ts';
import { type SseBlock, type SseEvent, SseScanner, sseData, sseDone } from '../openai/sse.ts';
import type { ProviderFault, ReportedUsage } from '../providers/openai.ts';
import type { AttemptStreaming } from './attempt.ts';
import { type Received, chargeEarlyEnd } from './early-end.ts';
import { ChatStream, withCost } from './relay-chat.ts';
import { type CallOutcome, type CallTerms, estimatedOutcome, reportedOutcome } from './relay-outcome.ts';
import { SilenceTimer } from './relay-silence.ts';
import { type StreamEnding, judgeStream } from './relay-verdict.ts';
import { ClientWriter } from './relay-writer.ts';

/** Passes a chat completion's stream on to the client, event by event, and finds out what it cost. */

export interface RelayOptions {
  readonly attempt: AttemptStreaming;
  readonly terms: CallTerms;
  /** How many answers were asked for: `n`. */
  readonly choices: number;
  /**
   * What becomes of the chunk that reports the usage: a client that asked for it gets it, with the cost; one that did not
   * doesn't get it, whoever else asked.
   */
  readonly usageChunk: 'asked' | 'hidden';
  /** What earlier attempts of this call were charged, since the client is told the cost of the whole. */
  readonly spentNanoUsd: number;
  readonly requestId: string;
  /** How long things may take. What is left out is as `limits` has it. */
  readonly durations?: Partial<RelayDurations>;
}

export interface RelayDurations {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly afterDoneMs: number;
  readonly lastWordsMs: number;
}

/** Both promises are to be kept alive with `waitUntil`. Neither is ever rejected. */
export interface StreamRelay {
  readonly readable: ReadableStream<Uint8Array>;
  /** Known as soon as the provider is done with, whether or not the client has taken everything by then. */
  readonly outcome: Promise<CallOutcome>;
  readonly delivered: Promise<void>;
}

export function relayStream(options: RelayOptions): StreamRelay {
  const relay = new ChatRelay(options);
  const { promise: outcome, resolve } = Promise.withResolvers<CallOutcome>();
  return { readable: relay.readable, outcome, delivered: relay.run(resolve) };
}

class ChatRelay {
  readonly #options: RelayOptions;
  readonly #stream: ChatStream;
  readonly #scanner = new SseScanner();
  readonly #client: ClientWriter;
  readonly #stall: SilenceTimer;
  #isCutOff = false;
  /** Whether the client has been told all it will be told, complete with an end. */
  #isDelivered = false;
  #isCostShown = false;
  #firstOutputAtMs: number | undefined;
  #lastOutputAtMs = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { upstream } = options.attempt;
    this.#stream = new ChatStream(options.choices, options.terms.wordsPerToken);
    this.#client = new ClientWriter(upstream, options.durations?.heartbeatMs, options.durations?.lastWordsMs);
    const silenceMs = options.durations?.stallMs ?? stallMs;
    this.#stall = new SilenceTimer(upstream.clock, silenceMs, () => upstream.interrupt('stalled'));
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#client.readable;
  }

  async run(resolve: (outcome: CallOutcome) => void): Promise<void> {
    const { upstream } = this.#options.attempt;
    const ending = await this.#follow();
    this.#stall.stop();
    const { outcome, error } = this.#conclude(ending);
    resolve(outcome);
    // Nothing is left running of a stream that was not read to its end.
    if (ending.kind !== 'end') upstream.interrupt('finished');
    upstream.release();
    if (error === undefined) await this.#deliverEnd(outcome.nanoUsd);
    else await this.#deliverError(error, outcome.nanoUsd);
  }

  /** Reads and passes on until there is nothing more to be had. */
  async #follow(): Promise<StreamEnding> {
    const { reader, firstRead, upstream } = this.#options.attempt;
    let read = firstRead;
    try {
      for (;;) {
        this.#stall.heard();
        const { done, value } = await read;
        if (upstream.interruption !== undefined) return { kind: 'interrupted' };
        this.#stall.pause();
        const block = done ? this.#scanner.end() : this.#scanner.push(value);
        const fault = block === undefined ? undefined : await this.#pass(block);
        if (fault !== undefined) return { kind: 'fault', fault };
        if (done) return { kind: 'end' };
        read = reader.read();
      }
    } catch (cause) {
      return upstream.interruption === undefined ? { kind: 'broken', cause } : { kind: 'interrupted' };
    }
  }

  /** Passes a block on, but for what is not the client's, up to the provider's report of a fault. */
  async #pass({ bytes, events }: SseBlock): Promise<ProviderFault | undefined> {
    let passed = 0;
    for (const event of events) {
      const instead = this.#replacement(event);
      if (instead === undefined) continue;
      await this.#client.write(bytes.subarray(passed, event.start));
      passed = event.end;
      switch (instead.kind) {
        case 'bytes':
          await this.#client.write(instead.bytes);
          break;
        case 'fault':
          return instead.fault;
        case 'cut-off':
          await this.#cutOff();
          break;
        case 'done':
          await this.#done();
          break;
      }
    }
    await this.#client.write(passed === 0 ? bytes : bytes.subarray(passed));
    return undefined;
  }

  /** What the client gets in an event's place; undefined where it gets the event, as most times. */
  #replacement({ data }: SseEvent): Replacement | undefined {
    const event = this.#stream.read(data);
    switch (event.kind) {
      case 'other':
        return undefined;
      case 'fault':
      case 'done':
        return event;
      case 'usage-only':
        if (this.#options.usageChunk === 'hidden') return { kind: 'bytes', bytes: nothing };
        return this.#withCost(data, event.usage);
      case 'chunk':
        this.#noteOutput();
        if (this.#isOverrun()) return { kind: 'cut-off' };
        return this.#withCost(data, event.usage);
    }
  }

  #withCost(data: string | undefined, usage: ReportedUsage | undefined): Replacement | undefined {
    if (this.#options.usageChunk !== 'asked' || usage === undefined || data === undefined) return undefined;
    const priced = withCost(data, this.#costUsd(this.#options.terms.price(usage)));
    if (priced === undefined) return undefined;
    this.#isCostShown = true;
    return { kind: 'bytes', bytes: sseData(priced) };
  }

  #noteOutput(): void {
    if (this.#stream.count.most === 0) return;
    this.#lastOutputAtMs = Date.now();
    this.#firstOutputAtMs ??= this.#lastOutputAtMs;
  }

  /** Of an answer that is complete nothing is left to be cut off. */
  #isOverrun(): boolean {
    const { bounded, outputTokensMax } = this.#options.terms;
    if (!bounded || outputTokensMax === undefined || this.#isCutOff) return false;
    return this.#stream.count.least > outputTokensMax && !this.#stream.isComplete;
  }

  /** The provider has ignored its cap. The client gets the answer as it would have been, and nothing more. */
  async #cutOff(): Promise<void> {
    this.#isCutOff = true;
    const { attempt, terms, usageChunk } = this.#options;
    const { inputTokens, outputTokens, nanoUsd } = chargeEarlyEnd('cut-off', terms, this.#received());
    await this.#client.write(sseData(this.#stream.cutOffChunk()));
    if (usageChunk === 'asked') {
      const chunk = this.#stream.usageChunk({ inputTokens, outputTokens }, this.#costUsd(nanoUsd));
      this.#isCostShown = true;
      await this.#client.write(sseData(chunk));
    }
    await this.#deliverEnd(nanoUsd);
    attempt.upstream.letGo('cut-off');
  }

  /** The client's last event has come. It is kept back for a usage that comes too late, if there has been none. */
  async #done(): Promise<void> {
    const { attempt, terms, durations } = this.#options;
    attempt.upstream.after(durations?.afterDoneMs ?? afterDoneMs, 'finished');
    if (this.#stream.usage !== undefined) await this.#deliverEnd(terms.price(this.#stream.usage));
  }

  async #deliverEnd(nanoUsd: number): Promise<void> {
    if (this.#client.isClosed) return;
    await this.#client.write(this.#afterCost(nanoUsd, sseDone));
    this.#isDelivered = !this.#client.isClosed;
    await this.#client.close();
  }

  async #deliverError(error: GatewayError, nanoUsd: number): Promise<void> {
    const body = JSON.stringify(openAiErrorBody(error, this.#options.requestId));
    await this.#client.write(this.#afterCost(nanoUsd, body));
    await this.#client.close();
  }

  /** The last event, after what the call cost, for a client that has not been told in a chunk. */
  #afterCost(nanoUsd: number, data: string): Uint8Array {
    return sseData(data, this.#isCostShown ? undefined : `cost_usd=${this.#costUsd(nanoUsd)}`);
  }

  #costUsd(nanoUsd: number): string {
    return formatUsd(nanoUsd + this.#options.spentNanoUsd);
  }

  #received(): Received {
    const outputMs = this.#firstOutputAtMs === undefined ? 0 : this.#lastOutputAtMs - this.#firstOutputAtMs;
    return { usage: this.#stream.usage, outputTokensMost: this.#stream.count.most, outputMs };
  }

  #conclude(ending: StreamEnding): { readonly outcome: CallOutcome; readonly error: GatewayError | undefined } {
    const { terms, attempt } = this.#options;
    const { usage, isComplete } = this.#stream;
    const verdict = judgeStream({
      ending,
      attempt,
      isComplete,
      isDelivered: this.#isDelivered,
      isCutOff: this.#isCutOff,
      hidesOutput: terms.hidesOutput,
    });
    const { end, how, health, error } = verdict;
    if (usage !== undefined && isComplete) return { outcome: reportedOutcome(end, usage, terms, health), error };
    return { outcome: estimatedOutcome(end, how, terms, this.#received(), health), error };
  }
}

const nothing = new Uint8Array(0);

type Replacement =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'fault'; readonly fault: ProviderFault }
  | { readonly kind: 'cut-off' }
  | { readonly kind: 'done' };
