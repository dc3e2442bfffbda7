// Sets the clock.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import {
  type Answer,
  type Sending,
  admin,
  changeKey,
  chat,
  chatSending,
  errorOf,
  newKey,
  send,
} from '../../support/gateway.ts';
import { FakeProvider, model, putCatalog } from '../../support/gateway-provider.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A client that is its own for the limiter of failed authentication. */
let addresses = 0;
const elsewhere = (): Record<string, string> => {
  addresses += 1;
  return { 'cf-connecting-ip': `203.0.113.${addresses}` };
};

const withHeaders = async (headers: Record<string, string>): Promise<Answer> =>
  send(undefined, { ...chatSending(), headers: { ...elsewhere(), ...headers } });

/** Whether any account was asked for anything. */
const spyOnActors = () => {
  const admit = vi.spyOn(TenantActor.prototype, 'admit');
  const usage = vi.spyOn(TenantActor.prototype, 'usage');
  return () => admit.mock.calls.length + usage.mock.calls.length;
};

describe('a key', () => {
  test('is taken from any of the three headers, and from several that agree', async () => {
    const { key } = await newKey();
    const sent = [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { 'x-api-key': key },
      { 'api-key': key },
    ];
    for (const headers of [...sent, { authorization: `Bearer ${key}`, 'x-api-key': key, 'api-key': key }]) {
      expect(await withHeaders(headers)).toMatchObject({ status: 200 });
    }
  });

  test('that differs from another in the same request is refused, whichever of them is good', async () => {
    const [one, other] = [await newKey(), await newKey()];
    const answer = await withHeaders({ authorization: `Bearer ${one.key}`, 'x-api-key': other.key });
    expect(errorOf(answer)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: expect.stringContaining('Two different'),
    });
  });

  test('that is missing, or no bearer token, is refused with how to send it', async () => {
    for (const answer of [await withHeaders({}), await withHeaders({ authorization: 'Basic abc' })]) {
      const message = expect.stringContaining('Authorization: Bearer');
      expect(errorOf(answer)).toMatchObject({
        status: 401,
        type: 'authentication_error',
        code: 'invalid_api_key',
        message,
      });
      expect(answer.headers.get('x-should-retry')).toBe('false');
    }
  });

  test('that was forged, cut off or mistyped is refused without waking an account', async () => {
    const { key } = await newKey();
    const asked = spyOnActors();
    const at = (place: number): string => key.slice(0, place) + (key[place] === '0' ? '1' : '0') + key.slice(place + 1);
    const wrong = [
      key.slice(0, -1),
      key.slice(0, 30),
      `${key}0`,
      at(12),
      at(40),
      at(key.length - 1),
      key.toUpperCase(),
      key.replace('live', 'test'),
      'sk-something-else',
    ];
    for (const each of wrong) {
      const answer = await withHeaders({ authorization: `Bearer ${each}` });
      expect(errorOf(answer)).toMatchObject({ status: 401, code: 'invalid_api_key' });
    }
    expect(asked()).toBe(0);
    expect(await withHeaders({ authorization: `Bearer ${key}` })).toMatchObject({ status: 200 });
  });

  test('that fails too often from one address is slowed down, and another address is not', async () => {
    const from = elsewhere();
    const attempt = async (): Promise<Answer> => send('weir_live_no', { ...chatSending(), headers: from });
    const statuses = new Set<number>();
    for (let tries = 0; tries < 60 && !statuses.has(429); tries += 1) statuses.add((await attempt()).status);
    expect([...statuses]).toEqual([401, 429]);
    const slowed = await attempt();
    expect(errorOf(slowed)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(slowed.headers.get('retry-after')).toBe('60');
    expect(await withHeaders({ authorization: 'Bearer no' })).toMatchObject({ status: 401 });
  });
});

describe('an account', () => {
  const refusal = async (change: object): Promise<Record<string, unknown>> => {
    const key = await newKey();
    await chat(key);
    await changeKey(key, { ...change });
    const answer = await chat(key);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    return errorOf(answer);
  };

  test('that was suspended is told so, and works again when it is active', async () => {
    expect(await refusal({ status: 'suspended' })).toMatchObject({
      status: 403,
      type: 'permission_error',
      code: 'account_suspended',
    });
    const key = await newKey({ status: 'suspended' });
    expect(await chat(key)).toMatchObject({ status: 403 });
    await changeKey(key, { status: 'active' });
    expect(await chat(key)).toMatchObject({ status: 200 });
  });

  test('whose key was revoked is told so, and may do nothing else either', async () => {
    const key = await newKey();
    await admin('DELETE', key.path);
    const asked: Sending[] = [
      chatSending(),
      { path: '/v1/usage' },
      { path: '/v1/models' },
      { path: '/v1/models/echo' },
    ];
    for (const sending of asked) {
      expect(errorOf(await send(key.key, sending))).toMatchObject({ status: 401, code: 'revoked_api_key' });
    }
  });

  test('whose key has expired is told so from that moment on', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const key = await newKey({ expiresAt });
    expect(await chat(key)).toMatchObject({ status: 200 });
    vi.setSystemTime(Date.parse(expiresAt) - 1);
    expect(await chat(key)).toMatchObject({ status: 200 });
    vi.setSystemTime(Date.parse(expiresAt));
    expect(errorOf(await chat(key))).toMatchObject({ status: 401, code: 'expired_api_key' });
  });

  test('of a test key reaches only echo, whatever else there is', async () => {
    const fake = new FakeProvider();
    await putCatalog({ served: model(fake) }, { [fake.name]: fake.entry() });
    const user = await admin('POST', '/admin/users', { email: 'tester@example.com' });
    const made = await admin('POST', `/admin/users/${String(user['id'])}/api-keys`, { name: 'test', test: true });
    const key = { key: String(made['key']) };
    expect(key.key).toMatch(/^weir_test_/);
    expect(await chat(key)).toMatchObject({ status: 200 });
    for (const name of ['served', `${fake.name}/other`]) {
      expect(errorOf(await chat(key, { model: name }))).toMatchObject({ status: 400, code: 'model_not_allowed' });
    }
    expect(fake.arrivals).toBe(0);
  });
});

describe('the admin key', () => {
  test('may call too: unlimited, and recorded', async () => {
    const answer = await send('test-admin-key', chatSending());
    expect(answer).toMatchObject({ status: 200 });
    const path = `/v1/requests/${answer.headers.get('x-request-id')}`;
    expect(await send('test-admin-key', { path })).toMatchObject({ json: { model: 'echo', cost_usd: '0.000018' } });
  });
});
