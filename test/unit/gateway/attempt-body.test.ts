import { expect, test } from 'vitest';
import { readBounded } from '../../../src/http/read-body.ts';
import { GatewayError } from '../../../src/http/errors.ts';

/** A body in chunks of one byte, and whether it was cancelled. */
function bytewise(length: number) {
  let sent = 0;
  const state = { isCancelled: false };
  const body = new ReadableStream({
    pull(controller) {
      if (sent === length) controller.close();
      else controller.enqueue(Uint8Array.of(sent));
      sent += 1;
    },
    cancel() {
      state.isCancelled = true;
    },
  });
  return { body, state };
}

test('a body is read to its end, in order, however many chunks it comes in', async () => {
  expect(await readBounded(new Response(bytewise(5).body), 100)).toEqual(Uint8Array.of(0, 1, 2, 3, 4));
  expect(await readBounded(new Response(bytewise(1).body), 100)).toEqual(Uint8Array.of(0));
  expect(await readBounded(new Response(bytewise(0).body), 100)).toEqual(new Uint8Array(0));
  expect(await readBounded(new Response(null), 100)).toEqual(new Uint8Array(0));
});

test('a body is accepted at its bound, and refused a byte over it without reading on', async () => {
  expect(await readBounded(new Response(bytewise(10).body), 10)).toHaveLength(10);
  const { body, state } = bytewise(1000);
  await expect(readBounded(new Response(body), 10)).rejects.toThrow(GatewayError);
  expect(state.isCancelled).toBe(true);
});

test('what was announced is read at once, unless it is compressed, or announced as too much', async () => {
  const answer = (headers: Record<string, string>): Response => new Response('{"a":1}', { headers });
  const text = async (response: Response): Promise<string> => new TextDecoder().decode(await readBounded(response, 7));
  expect(await text(answer({ 'content-length': '7' }))).toBe('{"a":1}');
  expect(await text(answer({ 'content-length': '3', 'content-encoding': 'gzip' }))).toBe('{"a":1}');
  const { body, state } = bytewise(1000);
  const announced = new Response(body, { headers: { 'content-length': '1000' } });
  await expect(readBounded(announced, 7)).rejects.toThrow(GatewayError);
  expect(state.isCancelled).toBe(true);
});
