import { describe, expect, test } from 'vitest';
import { readBody } from '../../../src/http/read-body.ts';

/** A request whose body fails after its first bytes. */
function failing(failure: Error, headers: Record<string, string>, signal?: AbortSignal): Request {
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(new TextEncoder().encode('{"model":'));
      else controller.error(failure);
    },
  });
  const init = { method: 'POST', body, headers, duplex: 'half', signal: signal ?? null };
  return new Request('http://weir.example/v1/chat/completions', init);
}

// In the words of workerd: of a connection that was closed, and of one that was reset.
const departures = ['Network connection lost.', "Can't read from request stream because client disconnected."];

describe.each([
  ['of a length that was announced', { 'content-length': '5000' }],
  ['in chunks', {}],
])('a body %s', (_, headers) => {
  test.each(departures)('that breaks off is its client’s leaving: %s', async (message) => {
    await expect(readBody(failing(new Error(message), headers), 10_000)).rejects.toMatchObject({
      code: 'client_left',
      status: 499,
    });
  });

  test('that can not be read after its client has left is its leaving, whatever the platform says', async () => {
    const request = failing(new Error('internal error'), headers, AbortSignal.abort());
    await expect(readBody(request, 10_000)).rejects.toMatchObject({ code: 'client_left' });
  });

  test('that is none is a bad request, and no error of ours', async () => {
    const request = failing(new Error('internal error; reference = 1'), headers);
    await expect(readBody(request, 10_000)).rejects.toMatchObject({ code: 'invalid_request', status: 400 });
  });
});

test('a body in too many chunks is refused as too large', async () => {
  const request = failing(new Error('it was read on'), {});
  await expect(readBody(request, 8)).rejects.toMatchObject({ code: 'request_too_large' });
});

test('a body that was read before is a fault of ours', async () => {
  const request = new Request('http://weir.example/', { method: 'POST', body: '{}' });
  await request.text();
  await expect(readBody(request, 100)).rejects.not.toHaveProperty('code');
});
