import { chatChunk, chatDelta } from './fakes/chat-answer.ts';
import type { Json } from './gateway.ts';
import type { Reply, UpstreamCall, Usage } from './gateway-provider.ts';

/** Streams that a test sends, part by part. */

const encoder = new TextEncoder();

const envelope = { id: 'c-1', model: 'm' };

export function chunk(delta: Json, finishReason: string | null = null, more: Json = {}): string {
  return JSON.stringify(chatChunk(envelope, { ...chatDelta(delta, finishReason), ...more }));
}

export function said(content: string): string {
  return chunk({ content });
}

export function usageChunk(usage: Usage): string {
  return JSON.stringify(chatChunk(envelope, { usage }));
}

export const done = '[DONE]';

/** In place of the next event. */
export const breaks = Symbol('the connection breaks');
export const hangs = Symbol('nothing comes any more');

export type StreamPart = string | typeof breaks | typeof hangs;

/** A stream of these events. */
export function streaming(...parts: readonly StreamPart[]): Reply {
  return (call) => eventStream(call, (send) => playAll(parts, send));
}

/** A whole stream: `words`, the finish, the usage, and the end. */
export function streamed(usage: Usage, ...words: readonly string[]): Reply {
  const parts = [...words.map(said), chunk({}, 'stop'), usageChunk(usage), done];
  return streaming(...parts);
}

interface Sender {
  readonly event: (data: string) => void;
  readonly raw: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly breakOff: () => void;
}

/** A stream that the test itself sends. */
export class HeldStream {
  readonly #sender = Promise.withResolvers<Sender>();
  wasCancelled = false;

  readonly reply: Reply = (call) => {
    call.signal.addEventListener('abort', () => (this.wasCancelled = true));
    return eventStream(call, this.#sender.resolve);
  };

  /** Waits until the call has arrived. */
  async sender(): Promise<Sender> {
    return this.#sender.promise;
  }
}

function playAll(parts: readonly StreamPart[], sender: Sender): void {
  for (const part of parts) {
    if (part === hangs) return;
    if (part === breaks) return sender.breakOff();
    sender.event(part);
  }
  sender.end();
}

function eventStream({ signal }: UpstreamCall, play: (sender: Sender) => void): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let isOver = false;
      const once = (end: () => void) => () => {
        if (!isOver) end();
        isOver = true;
      };
      const raw = (bytes: Uint8Array): void => {
        if (!isOver) controller.enqueue(bytes);
      };
      signal.addEventListener(
        'abort',
        once(() => controller.error(signal.reason)),
      );
      play({
        raw,
        event: (data) => raw(encoder.encode(`data: ${data}\n\n`)),
        end: once(() => controller.close()),
        breakOff: once(() => controller.error(new TypeError('Network connection lost.'))),
      });
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
