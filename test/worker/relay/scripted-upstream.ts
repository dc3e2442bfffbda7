import { Upstream } from '../../../src/gateway/attempt/upstream.ts';
import type { AttemptStreaming } from '../../../src/gateway/attempt/attempt.ts';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { PassingChatWriter } from '../../../src/gateway/relay/passing-chat-writer.ts';
import type { OnClientLeft } from '../../../src/gateway/attempt/unreported-charge.ts';
import { type StreamRelay, relayStream } from '../../../src/gateway/relay/relay.ts';
import type { RelayDurations, RelayOptions } from '../../../src/gateway/relay/options.ts';
import { formatUsd } from '../../../src/core/money/usd.ts';
import { ChatStream } from '../../../src/protocols/chat/stream.ts';
import type { ReportedUsage } from '../../../src/protocols/reported-usage.ts';
import { steadyNowMs } from '../../../src/steady-time.ts';
import { chatChunk, chatDelta } from '../../support/fakes/chat-answer.ts';
import { eventText } from '../../support/fakes/fake.ts';
import { terms } from '../../support/terms.ts';

const encoder = new TextEncoder();

/** Longer than any test. */
const never = 1_000_000;
const patient: RelayDurations = { heartbeatMs: never, stallMs: never, afterDoneMs: never, lastWordsMs: never };

interface Script extends Partial<Omit<RelayOptions, 'attempt' | 'durations'>> {
  readonly choices?: number;
  readonly usageChunk?: 'asked' | 'hidden';
  readonly onClientLeft?: OnClientLeft;
  readonly drainMs?: number;
  /** By how much the reading may lag behind before that matters. */
  readonly lagMsMax?: number;
  /** The time that the client gave the call. */
  readonly timeoutMs?: number;
  readonly durations?: Partial<RelayDurations>;
}

/** A stream whose provider and client are both in the hands of the test. */
export class ScriptedStream {
  readonly upstream: Upstream;
  readonly client = new AbortController();
  readonly fence = new AbortController();
  readonly relay: StreamRelay;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #pulls = 0;

  constructor({
    onClientLeft = { kind: 'cancel', charge: 'cancelled' },
    drainMs = never,
    lagMsMax,
    timeoutMs = never,
    ...script
  }: Script = {}) {
    const signals = {
      client: this.client.signal,
      fence: this.fence.signal,
      deadlineMs: steadyNowMs() + timeoutMs,
      timeIsOver: 'The time is over.',
      clock: new CallClock(),
    };
    this.upstream = new Upstream(signals, onClientLeft, drainMs, lagMsMax);
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#pulls += 1;
        },
      },
      { highWaterMark: 0 },
    );
    this.upstream.signal.addEventListener('abort', () => this.#controller?.error(new Error('aborted')));
    const reader = body.getReader();
    const attempt: AttemptStreaming = {
      kind: 'streaming',
      status: 200,
      providerRequestId: undefined,
      firstByteMs: 0,
      upstream: this.upstream,
      reader,
      firstRead: reader.read(),
      callee: { provider: { name: 'fake', billsFailures: false }, secrets: ['hunter2'] },
    };
    const { durations, choices = 1, usageChunk: told = 'hidden', ...options } = script;
    const stream = new ChatStream({ choices, wordsPerToken: terms.wordsPerToken });
    const { spentNanoUsd = 0 } = options;
    const costOf = (reported: ReportedUsage): string => formatUsd(terms.price(reported) + spentNanoUsd);
    this.relay = relayStream({
      attempt,
      terms,
      reader: stream,
      writer: new PassingChatWriter(stream, told === 'asked', costOf),
      spentNanoUsd: 0,
      requestId: 'req_1',
      ...options,
      durations: { ...patient, ...durations },
    });
    this.#reader = this.relay.readable.getReader();
  }

  /** How often the relay has asked the provider for more. */
  get pulls(): number {
    return this.#pulls;
  }

  send(...texts: readonly (string | Uint8Array)[]): this {
    for (const text of texts) this.#controller?.enqueue(typeof text === 'string' ? encoder.encode(text) : text);
    return this;
  }

  end(): this {
    this.#controller?.close();
    return this;
  }

  drop(): this {
    this.#controller?.error(new Error('connection reset'));
    return this;
  }

  /** What the client gets in one read; undefined at the end. */
  async read(): Promise<string | undefined> {
    const { done, value } = await this.#reader.read();
    return done ? undefined : this.#decoder.decode(value, { stream: true });
  }

  /** All that the client gets from here on. */
  async rest(): Promise<string> {
    let text = '';
    for (let part = await this.read(); part !== undefined; part = await this.read()) text += part;
    return text;
  }

  /** The client goes, and whoever writes to it next finds out. */
  async hangUp(): Promise<void> {
    await this.#reader.cancel('gone');
  }
}

export function chunk(content: string, more: Readonly<Record<string, unknown>> = {}): string {
  return event(chatChunk(envelope, { ...chatDelta({ content }), ...more }));
}

export function finish(reason = 'stop', more: Readonly<Record<string, unknown>> = {}): string {
  return event(chatChunk(envelope, { ...chatDelta({}, reason), ...more }));
}

export function usageChunk(inputTokens: number, outputTokens: number): string {
  return event(chatChunk(envelope, { usage: usage(inputTokens, outputTokens) }));
}

export function usage(inputTokens: number, outputTokens: number) {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

export function event(data: unknown): string {
  return eventText({ data: JSON.stringify(data) });
}

export const done = 'data: [DONE]\n\n';

const envelope = { id: 'chatcmpl-1', model: 'fake-1' };
