import { keepCutOffWaitMs } from '../../core/account/response-limits.ts';
import type { GatewayError } from '../../http/errors.ts';
import { formatUsd } from '../../core/money/usd.ts';
import { afterDoneMs, stallMs } from '../../limits.ts';
import { type SseBlock, SseScanner } from '../../protocols/sse.ts';
import type { StreamReader } from '../../protocols/stream-reader.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import type { ProviderFault } from '../../protocols/provider-fault.ts';
import { type Charge, type Received, chargeUnreported } from '../attempt/unreported-charge.ts';
import type { ResponseKeeper } from './keep-response.ts';
import type { StreamWriter } from './stream-writer.ts';
import { brokenEvent, isBroken, withBlankLine } from './events.ts';
import type { RelayOptions } from './options.ts';
import type { CallOutcome } from '../attempt/call-outcome.ts';
import { readLateUsage } from '../attempt/late-usage.ts';
import { SilenceTimer } from './silence.ts';
import { type Conclusion, type StreamEnding, conclude, judgeStream } from './verdict.ts';
import { ClientWriter } from './client-writer.ts';
import { steadyNowMs } from '../../steady-time.ts';

/** Passes a stream on to the client, event by event, and finds out what it cost. */

/** Keep both promises alive with `waitUntil`. Neither is ever rejected. */
export interface StreamRelay {
  readonly readable: ReadableStream<Uint8Array>;
  /** Known as soon as the provider has finished, whether or not the client has taken everything by then. */
  readonly outcome: Promise<CallOutcome>;
  readonly delivered: Promise<void>;
}

export function relayStream(options: RelayOptions): StreamRelay {
  const relay = new Relay(options);
  return { readable: relay.readable, outcome: relay.outcome.promise, delivered: relay.run() };
}

class Relay {
  readonly #options: RelayOptions;
  readonly #stream: StreamReader;
  readonly #writer: StreamWriter;
  readonly #scanner = new SseScanner();
  readonly #client: ClientWriter;
  readonly #stall: SilenceTimer;
  readonly #afterDoneMs: number;
  readonly outcome = Promise.withResolvers<CallOutcome>();
  #conclusion: Conclusion | undefined;
  #isCutOff = false;
  /** Whether all has been said. */
  #isEnded = false;
  /** Set while the account is asked whether it keeps the response. */
  #ending: Promise<void> | undefined;
  /** Whether the client has got everything, with the end. */
  #isDelivered = false;
  /** Whether more came after the client could get no more. */
  #isWithheld = false;
  /** Text of our own, to be given before anything else. */
  #text = '';
  #readAtMs = 0;
  #outputSeen = 0;
  #firstOutputAtMs: number | undefined;
  #lastOutputAtMs = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { keeper, durations } = options;
    const { upstream } = options.attempt;
    this.#stream = options.reader;
    this.#writer = options.writer;
    this.#client = new ClientWriter(upstream, durations?.heartbeatMs, durations?.lastWordsMs, keeper);
    this.#afterDoneMs = durations?.afterDoneMs ?? afterDoneMs;
    const silenceMs = durations?.stallMs ?? stallMs;
    this.#stall = new SilenceTimer(upstream.clock, silenceMs, () => upstream.interrupt('stalled'));
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#client.readable;
  }

  async run(): Promise<void> {
    const { upstream } = this.#options.attempt;
    const ending = await this.#follow();
    this.#stall.stop();
    const { outcome, error } = this.#settle(ending);
    // Nothing keeps running of a stream that was not read to its end.
    if (ending.kind !== 'end') upstream.interrupt('finished');
    upstream.release();
    if (error === undefined) await this.#deliverEnd(outcome);
    else if (!this.#isEnded) await this.#deliverError(error, outcome.nanoUsd);
    await this.#ending;
  }

  /** Reads and passes on until there is nothing more to read. */
  async #follow(): Promise<StreamEnding> {
    const { reader, firstRead, upstream } = this.#options.attempt;
    let read = firstRead;
    try {
      for (;;) {
        this.#stall.heard();
        upstream.lag.reading();
        const { done, value } = await read;
        upstream.lag.passing();
        this.#stall.pause();
        this.#readAtMs = steadyNowMs();
        const block = done ? withBlankLine(this.#scanner.end()) : this.#scanner.push(value);
        const fault = block === undefined ? undefined : await this.#pass(block, done);
        if (fault !== undefined) {
          if (!done && fault !== brokenEvent) {
            await readLateUsage(this.#options.attempt, this.#scanner, this.#stream, this.#afterDoneMs);
          }
          return { kind: 'fault', fault };
        }
        if (done) return { kind: 'end' };
        // Only now: what was already read may have held the usage.
        if (upstream.interruption !== undefined) return { kind: 'interrupted' };
        read = reader.read();
      }
    } catch (cause) {
      return upstream.interruption === undefined ? { kind: 'broken', cause } : { kind: 'interrupted' };
    }
  }

  /** Passes a block on, without what is not the client's, up to a fault that the provider reports. */
  async #pass({ bytes, events }: SseBlock, isLast: boolean): Promise<ProviderFault | undefined> {
    let passed = 0;
    for (const event of events) {
      const read = this.#stream.read(event.data);
      const isOverrun = read.kind === 'chunk' && this.#noteOutput();
      const isLost = isBroken(event, read, isLast);
      // A complete stream has lost nothing. If the broken event is the last one, the end of the stream says enough.
      const isFault = isLost && !isLast && !this.#stream.isComplete;
      const fault = read.kind === 'fault' ? read.fault : isFault ? brokenEvent : undefined;
      const instead = fault !== undefined || isOverrun || isLost ? '' : this.#writer.pass(event, read);
      if (instead !== undefined) {
        this.#give(bytes.subarray(passed, event.start));
        this.#text += instead;
        passed = event.end;
      }
      if (fault !== undefined) {
        this.#giveText();
        await this.#client.flush();
        for (const { data } of events.slice(events.indexOf(event) + 1)) this.#stream.read(data);
        return fault;
      }
      if (isOverrun) await this.#cutOff();
      // A few servers send more after the end. That is waited for, but not for long.
      if (read.kind === 'done') this.#options.attempt.upstream.after(this.#afterDoneMs, 'finished');
    }
    this.#give(passed === 0 ? bytes : bytes.subarray(passed));
    this.#giveText();
    await this.#endWhenKnown();
    await this.#client.flush();
    return undefined;
  }

  #give(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#giveText();
    this.#giveBytes(bytes);
  }

  #giveText(): void {
    if (this.#text === '') return;
    this.#giveBytes(encoder.encode(this.#text));
    this.#text = '';
  }

  #giveBytes(bytes: Uint8Array): void {
    if (this.#options.attempt.upstream.isOverdue) this.#isWithheld = true;
    else if (!this.#isEnded) this.#client.add(bytes);
  }

  /** Returns whether there is more output than was allowed. */
  #noteOutput(): boolean {
    const { count } = this.#stream;
    const { all } = count;
    if (all !== this.#outputSeen) {
      this.#outputSeen = all;
      this.#options.attempt.upstream.lag.output();
      this.#lastOutputAtMs = this.#readAtMs;
      this.#firstOutputAtMs ??= this.#readAtMs;
    }
    const { bounded, outputTokensMax } = this.#options.terms;
    if (!bounded || outputTokensMax === undefined || this.#isCutOff) return false;
    // A complete answer can't be cut off any more.
    return count.least > outputTokensMax && !this.#stream.isComplete;
  }

  /** The provider has ignored its cap. The client gets the answer up to the cap, and nothing more. */
  async #cutOff(): Promise<void> {
    this.#isCutOff = true;
    const { attempt, terms, responseKeeper: keeper } = this.#options;
    const charge = chargeUnreported('cut-off', terms, this.#received());
    this.#text += this.#writer.cutOff(this.#told(charge));
    this.#giveText();
    // The settlement keeps the response, and comes when the provider has finished. Nobody waits for that here.
    this.#ending = this.#deliverEnd(charge);
    if (keeper === undefined) await this.#ending;
    attempt.upstream.abandon('cut-off');
    // Reading on for the usage may take longer than the client should wait for its last event.
    if (keeper !== undefined) attempt.upstream.clock.after(keepCutOffWaitMs, () => keeper.giveUp());
  }

  /**
   * Ends the client's stream once its last event has come and the usage is known, which may be later. The call is
   * settled before the client has the end, though its provider may linger: whoever calls again when its stream has
   * ended must find this call settled.
   */
  async #endWhenKnown(): Promise<void> {
    if (this.#conclusion !== undefined || !this.#stream.isDone || this.#stream.usageOfAll === undefined) return;
    const { outcome, error } = this.#settle({ kind: 'end' });
    if (error === undefined) await this.#deliverEnd(outcome);
  }

  /** Decides how the call ended, once. */
  #settle(ending: StreamEnding): Conclusion {
    this.#conclusion ??= this.#conclude(ending);
    this.outcome.resolve(this.#conclusion.outcome);
    return this.#conclusion;
  }

  async #deliverEnd(charge: Charge): Promise<void> {
    // If the client has left, the stream is worth keeping only if it came to its end all the same.
    const isWhole = this.#stream.isComplete || this.#isCutOff;
    if (this.#isEnded || this.#isWithheld || (this.#client.isClosed && !isWhole)) return;
    this.#isEnded = true;
    const told = this.#told(charge);
    const { responseKeeper: keeper } = this.#options;
    const response = keeper === undefined ? undefined : this.#writer.response?.(told);
    if (keeper === undefined || response === undefined) this.#client.addLast(encoder.encode(this.#writer.end(told)));
    else await this.#addLastKept(told, response, keeper);
    this.#isDelivered = await this.#client.close();
  }

  /** The end of a response that is to be kept says whether it is. What comes meanwhile changes nothing in it. */
  async #addLastKept(told: ClientUsage, response: JsonRecord, keeper: ResponseKeeper): Promise<void> {
    const unkept = encoder.encode(this.#writer.end(told, false));
    if (!keeper.tell(response)) return this.#client.addLast(unkept);
    const kept = encoder.encode(this.#writer.end(told, true));
    await this.#client.addLastWhen(keeper.isKept(), kept, unkept);
  }

  async #deliverError(error: GatewayError, nanoUsd: number): Promise<void> {
    const text = this.#writer.error(error, this.#options.requestId, this.#costUsd(nanoUsd));
    this.#client.addLast(encoder.encode(text));
    await this.#client.close();
  }

  /** The usage that the client is told: what the provider reported of all that came, or else what is charged. */
  #told({ inputTokens, outputTokens, nanoUsd }: Charge): ClientUsage {
    const costUsd = this.#costUsd(nanoUsd);
    const reported = this.#isCutOff ? undefined : this.#stream.usageOfAll;
    return { ...(reported ?? { inputTokens, outputTokens }), costUsd };
  }

  #costUsd(nanoUsd: number): string {
    return formatUsd(nanoUsd + this.#options.spentNanoUsd);
  }

  #received(): Received {
    const outputMs = this.#firstOutputAtMs === undefined ? 0 : this.#lastOutputAtMs - this.#firstOutputAtMs;
    const { lagMs, silentMs } = this.#options.attempt.upstream.lag;
    const { usage, count, webSearches } = this.#stream;
    return { usage, outputTokensMost: count.most, outputMs, lagMs, silentMs, webSearches };
  }

  #conclude(ending: StreamEnding): Conclusion {
    const { terms, attempt, requestId } = this.#options;
    const { finalUsage, isComplete } = this.#stream;
    // A stream that was cut off may have gone on unread.
    const isOver = isComplete || ending.kind === 'end' || ending.kind === 'fault';
    const verdict = judgeStream({
      ending,
      attempt,
      isComplete,
      hasBegun: this.#stream.count.all > 0 || this.#stream.usage !== undefined,
      isDelivered: this.#isDelivered,
      isWithheld: this.#isWithheld || this.#client.isGivenUp,
      isCutOff: this.#isCutOff,
      hidesOutput: terms.hidesOutput,
    });
    const usage = isOver ? finalUsage : undefined;
    return conclude(verdict, { usage, terms, received: this.#received(), requestId });
  }
}

const encoder = new TextEncoder();
