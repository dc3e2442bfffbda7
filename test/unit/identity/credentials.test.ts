import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../../src/env.ts';
import { makeKey, newKeyId } from '../../../src/identity/api-key.ts';
import { addressGroup } from '../../../src/identity/auth-limiter.ts';
import { equalInConstantTime } from '../../../src/constant-time.ts';
import { credentialOf, identify } from '../../../src/identity/credentials.ts';

const adminKey = 'the admin key';
const keySecret = 'the key secret';

/** An environment whose limiter lets so many failures of an address pass, and remembers whom it counted. */
function environment(failuresMax = Infinity) {
  const counted: string[] = [];
  const limiter = {
    limit: async ({ key }: { key: string }) => {
      counted.push(key);
      return { success: counted.length <= failuresMax };
    },
  };
  const variables = { ADMIN_KEY: adminKey.replaceAll(' ', '-'), KEY_SECRET: keySecret, AUTH_LIMITER: limiter };
  // The rest of the environment has no part in this.
  return { env: variables as unknown as Env, counted };
}

const request = (headers: Record<string, string>) => new Request('https://weir.example/v1/models', { headers });
const refused = (code: string, message: string) => ({ code, message: expect.stringContaining(message) });

describe('who is calling', () => {
  it.each([
    ['authorization', 'Bearer '],
    ['authorization', 'bearer '],
    ['x-api-key', ''],
    ['api-key', ''],
  ])('is read from %s with "%s" before the key', async (name, prefix) => {
    const { env, counted } = environment();
    const { text, ...key } = await makeKey(newKeyId(), false, [keySecret]);
    expect(await identify(request({ [name]: prefix + text }), env)).toEqual({ kind: 'key', key });
    expect(counted).toEqual([]);
  });

  it('may say so twice, if it is the same', async () => {
    const { env } = environment();
    const { text, id } = await makeKey(newKeyId(), true, [keySecret]);
    const sent = request({ authorization: `Bearer ${text}`, 'x-api-key': text, 'api-key': text });
    expect(await identify(sent, env)).toMatchObject({ key: { id, test: true } });
  });

  it('is asked again when two keys differ', async () => {
    const { env } = environment();
    const sent = request({ authorization: 'Bearer one', 'api-key': 'two' });
    await expect(identify(sent, env)).rejects.toMatchObject(refused('invalid_request', 'Two different API keys'));
  });

  it.each(['authorization', 'x-api-key', 'api-key'])('may be said twice in %s, if it is the same', (name) => {
    const prefix = name === 'authorization' ? 'Bearer ' : '';
    const headers = new Headers();
    for (const key of ['one', 'one']) headers.append(name, prefix + key);
    expect(credentialOf(headers)).toBe('one');
    headers.append(name, `${prefix}two`);
    expect(() => credentialOf(headers)).toThrow('Two different API keys');
  });

  it('is not read from two schemes in one header', () => {
    const headers = new Headers({ authorization: 'Bearer one' });
    headers.append('authorization', 'Basic dXNlcjpwYXNz');
    expect(() => credentialOf(headers)).toThrow('is not "Bearer <key>"');
  });

  it('may be the admin', async () => {
    const { env } = environment();
    expect(await identify(request({ 'x-api-key': 'the-admin-key' }), env)).toEqual({ kind: 'admin' });
  });

  it('is told how to send a key when there is none', async () => {
    const { env, counted } = environment();
    await expect(identify(request({}), env)).rejects.toMatchObject(refused('invalid_api_key', 'No API key was sent.'));
    await expect(identify(request({ authorization: ' ', 'api-key': '' }), env)).rejects.toMatchObject(
      refused('invalid_api_key', 'No API key was sent.'),
    );
    expect(counted).toEqual([]);
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer two words', 'weir_live_x'])('is not read from "%s"', (value) => {
    expect(() => credentialOf(new Headers({ authorization: value }))).toThrow('is not "Bearer <key>"');
  });

  it('is nobody with a key that we did not make, and the failure is counted', async () => {
    const { env, counted } = environment();
    const { text } = await makeKey(newKeyId(), false, ['another secret']);
    for (const key of [text, text.slice(0, -1), 'sk-proj-x', 'the-admin-ke', 'the-admin-key1']) {
      const sent = request({ 'api-key': key, 'cf-connecting-ip': '203.0.113.7' });
      await expect(identify(sent, env)).rejects.toMatchObject(refused('invalid_api_key', 'is not valid'));
    }
    expect(counted).toEqual(Array.from({ length: 5 }, () => '203.0.113.7'));
  });

  it('is slowed after too many failures, without a word on the key, and let in with a good one', async () => {
    const { env } = environment(2);
    const bad = () => identify(request({ 'api-key': 'guess' }), env);
    await expect(bad()).rejects.toMatchObject({ code: 'invalid_api_key' });
    await expect(bad()).rejects.toMatchObject({ code: 'invalid_api_key' });
    await expect(bad()).rejects.toMatchObject({ code: 'rate_limit_exceeded', options: { retryAfterMs: 60_000 } });
    expect(await identify(request({ 'api-key': 'the-admin-key' }), env)).toEqual({ kind: 'admin' });
  });
});

describe('the address that a failure is counted against', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [null, 'unknown'],
  ])('of %s is %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });

  it('is one for everything in a /64', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(half, half, half, (network, one, two) => {
        const address = (host: string[]) => addressGroup([...network, ...host].join(':'));
        expect(address(one)).toBe(address(two));
      }),
    );
  });
});

describe('a comparison in constant time', () => {
  it('says what === says', () => {
    const text = fc.string({ maxLength: 3 });
    fc.assert(
      fc.property(text, text, (one, two) => {
        expect(equalInConstantTime(one, two)).toBe(one === two);
      }),
    );
    expect(equalInConstantTime('abc', 'abd')).toBe(false);
    expect(equalInConstantTime('abc', 'abcd')).toBe(false);
  });
});
