import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { base32 } from '../../../src/identity/base32.ts';
import { type NewKey, looksLikeKey, makeKey, newKeyId, verifyKey } from '../../../src/identity/api-key.ts';
import { sha256Hex } from '../../../src/identity/sha256.ts';

const secrets = ['a secret of this deployment'] as const;
const other = ['a secret of another deployment'] as const;
const made = fc.constant(undefined).map(async () => makeKey(newKeyId(), false, secrets));
const times = { numRuns: 200 };

describe('an API key', () => {
  it('has its documented form', async () => {
    const live = await makeKey(newKeyId(), false, secrets);
    const test = await makeKey(newKeyId(), true, secrets);
    expect(live.text).toMatch(/^weir_live_k_[0-9a-z]{16}_[0-9a-z]{48}$/);
    expect(test.text).toMatch(/^weir_test_k_[0-9a-z]{16}_[0-9a-z]{48}$/);
    expect(live.text.slice('weir_live_'.length).startsWith(`${live.id}_`)).toBe(true);
    expect([live.text, test.text].map(looksLikeKey)).toEqual([true, true]);
    expect(looksLikeKey('sk-ant-api03-x')).toBe(false);
  });

  it('is verified as what it was made as', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), async (test) => {
        const { text, ...key } = await makeKey(newKeyId(), test, secrets);
        expect(await verifyKey(text, secrets)).toEqual(key);
      }),
      times,
    );
  });

  it('is never the same twice, not even for one id', async () => {
    const id = newKeyId();
    const keys = await Promise.all(Array.from({ length: 500 }, async () => makeKey(id, false, secrets)));
    expect(new Set(keys.map(({ text }) => text)).size).toBe(500);
    expect(new Set(Array.from({ length: 500 }, newKeyId)).size).toBe(500);
  });

  it('is refused when one bit of it was flipped, wherever', async () => {
    await fc.assert(
      fc.asyncProperty(made, fc.nat(), fc.integer({ min: 0, max: 6 }), async (making, position, bit) => {
        const { text } = await making;
        const at = position % text.length;
        const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        expect(await verifyKey(text.slice(0, at) + flipped + text.slice(at + 1), secrets)).toBeUndefined();
      }),
      times,
    );
  });

  it('is refused when it was cut off, or has something after it', async () => {
    await fc.assert(
      fc.asyncProperty(made, fc.nat(), fc.string({ minLength: 1 }), async (making, length, more) => {
        const { text } = await making;
        expect(await verifyKey(text.slice(0, length % text.length), secrets)).toBeUndefined();
        expect(await verifyKey(text + more, secrets)).toBeUndefined();
        expect(await verifyKey(`${text}\n`, secrets)).toBeUndefined();
      }),
      times,
    );
  });

  it('is refused when it was made up', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^weir_(live|test)_k_[0-9a-z]{16}_[0-9a-z]{48}$/),
      fc.stringMatching(/^weir_(live|test)_k_[0-9a-z]{16}_[0-9a-z]{40,60}$/),
    );
    await fc.assert(
      fc.asyncProperty(text, async (forged) => {
        expect(await verifyKey(forged, secrets)).toBeUndefined();
      }),
      times,
    );
  });

  it('is refused when another deployment made it', async () => {
    const { text } = await makeKey(newKeyId(), false, other);
    expect(await verifyKey(text, secrets)).toBeUndefined();
  });

  it('is refused when parts of two keys were put together', async () => {
    const [one, two] = await Promise.all([makeKey(newKeyId(), false, secrets), makeKey(newKeyId(), true, secrets)]);
    const swapped = (from: NewKey, to: NewKey) => [
      from.text.replace(from.id, to.id),
      from.text.slice(0, -16) + to.text.slice(-16),
      from.text.startsWith('weir_live') ? from.text.replace('live', 'test') : from.text.replace('test', 'live'),
    ];
    for (const text of [...swapped(one, two), ...swapped(two, one)]) {
      expect(await verifyKey(text, secrets)).toBeUndefined();
    }
  });

  it('outlives the rotation of the secret that signed it until that secret is removed', async () => {
    const old = await makeKey(newKeyId(), false, secrets);
    const rotated = ['a new secret', ...secrets] as const;
    expect(await verifyKey(old.text, rotated)).toMatchObject({ id: old.id });
    const fresh = await makeKey(newKeyId(), false, rotated);
    expect(await verifyKey(fresh.text, ['a new secret'])).toMatchObject({ id: fresh.id });
    expect(await verifyKey(fresh.text, secrets)).toBeUndefined();
    expect(await verifyKey(old.text, ['a new secret'])).toBeUndefined();
  });

  it('is tried under every secret, whichever fits, so that the time tells nothing', async () => {
    const rotated = ['a', ...secrets, 'b'] as const;
    const { text } = await makeKey(newKeyId(), false, secrets);
    const sign = vi.spyOn(crypto.subtle, 'sign');
    expect(await verifyKey(text, rotated)).toBeDefined();
    expect(sign).toHaveBeenCalledTimes(3);
    vi.restoreAllMocks();
  });

  it('is known by the hash of all of it, and of nothing else', async () => {
    const { text, secretHash } = await makeKey(newKeyId(), false, secrets);
    expect(secretHash).toBe(await sha256Hex(text));
    expect(secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('hashes to the same again, and to something else when it differs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (one, two) => {
        const [first, again, second] = await Promise.all([sha256Hex(one), sha256Hex(one), sha256Hex(two)]);
        expect(again).toBe(first);
        expect(first === second).toBe(one === two);
      }),
      times,
    );
  });
});

describe('base 32', () => {
  it('writes each group of five bytes in one way of eight digits', () => {
    expect(base32(new Uint8Array(5))).toBe('00000000');
    expect(base32(new Uint8Array(5).fill(255))).toBe('zzzzzzzz');
    expect(base32(new TextEncoder().encode('hello'))).toBe('d1jprv3f');
    const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(bytes, bytes, (one, two) => {
        expect(base32(one).length).toBe(16);
        expect(base32(one) === base32(two)).toBe(one.every((byte, at) => byte === two[at]));
      }),
    );
  });
});
