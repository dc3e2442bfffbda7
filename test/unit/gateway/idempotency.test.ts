import { describe, expect, test } from 'vitest';
import { idempotencyError, isKept, readIdempotency } from '../../../src/gateway/request/idempotency.ts';
import { AnswerKeeper, keptFailure, keptWhole, ownMemory } from '../../../src/gateway/relay/kept-answer.ts';
import { GatewayError, errorHeaders } from '../../../src/http/errors.ts';
import { keptAnswerBytesMax } from '../../../src/limits.ts';
import type { Idempotency } from '../../../src/core/account/protocol.ts';

const encoder = new TextEncoder();
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(120);

async function read(body: string, query = '', key = 'order-7'): Promise<Idempotency | undefined> {
  const headers = { 'idempotency-key': key };
  const request = new Request(`https://weir.test/v1/chat/completions${query}`, { method: 'POST', headers });
  return readIdempotency(request, encoder.encode(body));
}

describe('what makes a request the same', () => {
  test('is its body, to the byte, and its query', async () => {
    const first = await read('{"a":1}');
    expect(first).toEqual(await read('{"a":1}'));
    const others = await Promise.all([read('{"a": 1}'), read('{"a":1}', '?b'), read('{"a":1}', '?c')]);
    const hashes = [first, ...others].map((each) => each?.bodyHash);
    expect(new Set(hashes).size).toBe(4);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is nothing without a key', async () => {
    const request = new Request('https://weir.test/v1/chat/completions', { method: 'POST' });
    expect(await readIdempotency(request, bytes(1))).toBeUndefined();
    expect(isKept(undefined, {})).toBe(false);
    expect(isKept(await read(''), {})).toBe(true);
    expect(isKept(await read(''), { idempotency: 'charge-only' })).toBe(false);
  });
});

describe('an answer is kept', () => {
  test('in the pieces in which it passes by, up to its end', () => {
    const keeper = new AnswerKeeper();
    keeper.add(encoder.encode('data: 1\n\n'));
    keeper.add(encoder.encode('data: 2\n\n'));
    expect(keeper.whole).toBeUndefined();
    keeper.finish();
    keeper.add(encoder.encode('late'));
    expect(new TextDecoder().decode(keeper.whole)).toBe('data: 1\n\ndata: 2\n\n');
  });

  test('up to a size, and not at all beyond it', () => {
    for (const [more, length] of [
      [0, keptAnswerBytesMax],
      [1, undefined],
    ] as const) {
      const keeper = new AnswerKeeper();
      keeper.add(bytes(keptAnswerBytesMax));
      keeper.add(bytes(more));
      keeper.finish();
      expect(keeper.whole?.length).toBe(length);
    }
    expect(keptWhole(200, 'application/json', bytes(keptAnswerBytesMax))?.body.length).toBe(keptAnswerBytesMax);
    expect(keptWhole(200, 'application/json', bytes(keptAnswerBytesMax + 1))).toBeUndefined();
  });

  test('without what else lies in the same memory', () => {
    const all = bytes(100);
    expect(ownMemory(all)).toBe(all);
    expect(ownMemory(all.subarray(10, 20)).buffer.byteLength).toBe(10);
    const keeper = new AnswerKeeper();
    keeper.add(all.subarray(0, 10));
    keeper.finish();
    expect(keeper.whole?.buffer.byteLength).toBe(10);
  });

  test('of a failure as its client is told, in the words of its endpoint, unless there is no client', async () => {
    const request = new Request('https://weir.test/v1/messages', { method: 'POST' });
    const kept = await keptFailure(new GatewayError('provider_timeout', 'Too late.'), request, 'req_1');
    expect(kept).toMatchObject({ status: 504, contentType: 'application/json' });
    expect(JSON.parse(new TextDecoder().decode(kept?.body))).toMatchObject({
      type: 'error',
      error: { type: 'timeout_error', message: 'Too late.' },
      request_id: 'req_1',
    });
    expect(await keptFailure(new GatewayError('client_left', 'Gone.'), request, 'req_1')).toBeUndefined();
  });
});

describe('a client is told of a key that is taken', () => {
  test.each([
    ['in_progress', { 'x-should-retry': 'true', 'retry-after-ms': '1000' }],
    ['mismatch', { 'x-should-retry': 'false' }],
    ['unreplayable', { 'x-should-retry': 'false' }],
  ] as const)('%s: by whom, and whether to come back', (problem, headers) => {
    const error = idempotencyError({ kind: 'idempotency', problem, callName: 'req_first' });
    expect(error).toMatchObject({ code: `idempotency_${problem}`, status: 409 });
    expect(error.message).toContain('(req_first)');
    expect(errorHeaders(error)).toMatchObject({ ...headers, 'x-gateway-original-request-id': 'req_first' });
  });
});
