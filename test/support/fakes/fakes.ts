import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeAnswer, type FakeName, type FakeRequest, eventText } from './fake.ts';
import { fakeAnswer } from './fake-answer.ts';
import { FakeMemory } from './memory.ts';
import type { Play } from './play.ts';

export interface FakeExchange extends FakeRequest {
  readonly provider: FakeName;
  readonly answer: FakeAnswer;
}

/** A fake of each provider, for tests that run the whole gateway: in place of `fetch`, or behind a server. */
export class Fakes {
  /** All that came, in order, with the answers. */
  readonly requests: FakeExchange[] = [];
  readonly #memories = new Map<FakeName, FakeMemory>();
  #play: Play | undefined;

  /** What the models do from now on. Undefined: what they are asked for. */
  play(play: Play | undefined): void {
    this.#play = play;
  }

  answer(provider: FakeName, request: FakeRequest): FakeAnswer {
    const memory = this.#memories.get(provider) ?? new FakeMemory();
    this.#memories.set(provider, memory);
    const answer = fakeAnswer(provider, request, {
      memory,
      ...(this.#play === undefined ? {} : { play: this.#play }),
    });
    this.requests.push({ ...request, provider, answer });
    return answer;
  }

  /** In place of the global one. `eventMs` is the time between the events of a stream. */
  async fetch(provider: FakeName, url: URL, init: RequestInit, eventMs = 0): Promise<Response> {
    const { status, headers, body } = this.answer(provider, {
      method: init.method ?? 'GET',
      path: url.pathname + url.search,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: await new Response(init.body).text(),
    });
    const sent = body.kind === 'json' ? JSON.stringify(body.value) : stream(body.events.map(eventText), eventMs);
    return new Response(sent, { status, headers });
  }
}

function stream(events: readonly string[], eventMs: number): ReadableStream<Uint8Array> {
  const left = events.values();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = left.next();
      if (done === true) {
        controller.close();
        return;
      }
      controller.enqueue(new TextEncoder().encode(value));
      if (eventMs > 0) await sleep(eventMs);
    },
  });
}
