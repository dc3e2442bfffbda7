import { describe, expect, it, vi } from 'vitest';
import { type KeySecrets, makeKey, newKeyId } from '../../../src/identity/api-key.ts';
import { verifyKeyOnce } from '../../../src/identity/verified-keys.ts';

const newSecrets = (): KeySecrets => ['a secret of this deployment'];

describe('a key that was verified before', () => {
  it('is the same again, without any cryptography', async () => {
    const secrets = newSecrets();
    const { text, ...key } = await makeKey(newKeyId(), false, secrets);
    expect(await verifyKeyOnce(text, secrets)).toEqual(key);
    const sign = vi.spyOn(crypto.subtle, 'sign');
    const digest = vi.spyOn(crypto.subtle, 'digest');
    expect(await verifyKeyOnce(text, secrets)).toEqual(key);
    expect(sign).not.toHaveBeenCalled();
    expect(digest).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('opens nothing for one that differs from it', async () => {
    const secrets = newSecrets();
    const { text } = await makeKey(newKeyId(), false, secrets);
    await verifyKeyOnce(text, secrets);
    const last = text.endsWith('0') ? '1' : '0';
    expect(await verifyKeyOnce(text.slice(0, -1) + last, secrets)).toBeUndefined();
    expect(await verifyKeyOnce(text.toUpperCase(), secrets)).toBeUndefined();
  });

  it('is verified again under other secrets, which may not have made it', async () => {
    const secrets = newSecrets();
    const { text, id } = await makeKey(newKeyId(), false, secrets);
    await verifyKeyOnce(text, secrets);
    expect(await verifyKeyOnce(text, ['another secret'])).toBeUndefined();
    expect(await verifyKeyOnce(text, ['another secret', ...secrets])).toMatchObject({ id });
  });

  it('stays known while thousands of others come and go, if it is asked for', async () => {
    const secrets = newSecrets();
    const { text } = await makeKey(newKeyId(), false, secrets);
    await verifyKeyOnce(text, secrets);
    const sign = vi.spyOn(crypto.subtle, 'sign');
    for (let count = 0; count < 5000; count += 1) {
      const other = await makeKey(newKeyId(), false, secrets);
      await verifyKeyOnce(other.text, secrets);
      sign.mockClear();
      await verifyKeyOnce(text, secrets);
      expect(sign).not.toHaveBeenCalled();
    }
    vi.restoreAllMocks();
  });

  it('is forgotten after thousands of others, so that memory does not grow', async () => {
    const secrets = newSecrets();
    const { text } = await makeKey(newKeyId(), false, secrets);
    await verifyKeyOnce(text, secrets);
    for (let count = 0; count < 4001; count += 1)
      await verifyKeyOnce((await makeKey(newKeyId(), false, secrets)).text, secrets);
    const sign = vi.spyOn(crypto.subtle, 'sign');
    await verifyKeyOnce(text, secrets);
    expect(sign).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });
});
