import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { makeKey, newKeyId } from '../../../src/identity/api-key.ts';

const secrets = ['test-key-secret'] as const;

async function answer(headers: Record<string, string>): Promise<{ status: number; error: unknown; headers: Headers }> {
  const response = await exports.default.fetch(new Request('https://weir.test/v1/models', { headers }));
  const body: Record<string, unknown> = await response.json();
  return { status: response.status, error: body['error'], headers: response.headers };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('a request', () => {
  test.each([
    ['without a key', async () => ''],
    ['with a key of another deployment', async () => (await makeKey(newKeyId(), false, ['another secret'])).text],
    ['with a key that was cut off', async () => (await makeKey(newKeyId(), false, secrets)).text.slice(0, -1)],
    [
      'with a test key that says it is live',
      async () => (await makeKey(newKeyId(), true, secrets)).text.replace('test', 'live'),
    ],
    ["with another provider's key", async () => 'sk-proj-abc'],
  ])('%s is a 401 with a request id', async (_what, make) => {
    const { status, error, headers } = await answer({ ...bearer(await make()), 'cf-connecting-ip': '198.51.100.1' });
    expect(status).toBe(401);
    expect(error).toMatchObject({ type: 'authentication_error', code: 'invalid_api_key' });
    expect(error).toMatchObject({ request_id: headers.get('x-request-id') });
    expect(headers.get('request-id')).toMatch(/^req_[0-9a-z]{25}$/);
    expect(headers.get('x-should-retry')).toBe('false');
  });

  test('with two keys that differ is a 400', async () => {
    const { status, error } = await answer({ ...bearer('one'), 'x-api-key': 'two' });
    expect(status).toBe(400);
    expect(error).toMatchObject({ code: 'invalid_request' });
  });

  test('with a key that was made here but never registered is a 401 too', async () => {
    const { text } = await makeKey(newKeyId(), false, secrets);
    expect(await answer(bearer(text))).toMatchObject({ status: 401, error: { code: 'invalid_api_key' } });
  });
});

describe('guessing', () => {
  test('is slowed by address, and by /64 where that is IPv6, and the admin still gets in', async () => {
    const guess = (host: number) => answer({ ...bearer('guess'), 'cf-connecting-ip': `2001:db8:7:7::${host}` });
    let allowed = 0;
    let slowed: Headers | undefined;
    // The count begins anew at each minute, which may end in the middle of this.
    for (let host = 1; host <= 100 && slowed === undefined; host += 1) {
      const { status, headers } = await guess(host);
      if (status === 401) allowed += 1;
      else if (status === 429) slowed = headers;
    }
    expect(allowed).toBeGreaterThanOrEqual(30);
    expect(allowed).toBeLessThanOrEqual(60);
    expect(slowed?.get('retry-after')).toBe('60');
    const elsewhere = await answer({ ...bearer('guess'), 'cf-connecting-ip': '2001:db8:7:8::1' });
    expect(elsewhere.status).toBe(401);
    const good = await answer({ ...bearer('test-admin-key'), 'cf-connecting-ip': '2001:db8:7:7::1' });
    expect(good.status).toBe(200);
  });
});
