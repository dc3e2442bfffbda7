import { describe, expect, test } from 'vitest';
import { askWorkersAi } from '../../../src/providers/workers-ai.ts';

/** What streams and signals do in the runtime that it is for. */

const encoder = new TextEncoder();

function ask(answer: () => unknown, stream: boolean, signal: AbortSignal): Promise<Response> {
  return askWorkersAi({
    ai: { run: async () => answer() },
    protocol: 'chat',
    model: '@cf/m',
    body: encoder.encode(JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], stream })),
    stream,
    forwarded: { query: '', headers: {} },
    accountId: undefined,
    token: undefined,
    signal,
  });
}

const event = (data: object | string) =>
  encoder.encode(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);

/** A stream that says a first word, and then nothing until it is cancelled. */
function hanging() {
  const state = { wasCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(event({ response: 'Hello' })),
    cancel: () => {
      state.wasCancelled = true;
    },
  });
  return { state, response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }) };
}

describe('Workers AI by its binding', () => {
  test('streams piece by piece, as it is generated', async () => {
    const { response } = hanging();
    const answer = await ask(() => response, true, new AbortController().signal);
    // The body of a response is made of bytes.
    const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toContain('"delta":{"role":"assistant","content":"Hello"}');
    await reader.cancel();
  });

  test('is cancelled with its call, in the middle of a stream', async () => {
    const controller = new AbortController();
    const { state, response } = hanging();
    const answer = await ask(() => response, true, controller.signal);
    const reading = answer.text();
    controller.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    expect(state.wasCancelled).toBe(true);
  });

  test('answers whole', async () => {
    const answer = await ask(() => Response.json({ response: 'Hi' }), false, new AbortController().signal);
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'Hi' } }] });
  });

  test('makes a stream of an answer that came whole', async () => {
    const answer = await ask(() => Response.json({ response: 'Hi' }), true, new AbortController().signal);
    expect(await answer.text()).toMatch(/"content":"Hi".*\[DONE\]\n\n$/s);
  });
});
