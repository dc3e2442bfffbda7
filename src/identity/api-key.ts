import { base32, randomBase32 } from './base32.ts';
import { equalInConstantTime } from '../constant-time.ts';
import { sha256Hex } from './sha256.ts';

/**
 * API keys: `weir_live_k_<16>_<32><16>` and `weir_test_k_…`. The first part names the key, the second is its secret,
 * and the third is a MAC of all before it. With the MAC a router rejects a forged or mistyped key without asking
 * anyone.
 */

/** A key whose MAC is right: one of our KEY_SECRETs made it. Only its actor knows whether it is still good. */
export interface VerifiedKey {
  /** `k_…`: names the key, and so the actor of its account. */
  readonly id: string;
  /** Whether it may only reach the `echo` provider. */
  readonly test: boolean;
  /** SHA-256 of the whole key, in hexadecimal: the only form of it that is ever stored or sent on. */
  readonly secretHash: string;
}

export interface NewKey extends VerifiedKey {
  /** Shown once, to whoever asked for the key, and kept nowhere. */
  readonly text: string;
}

/** The first secret signs, all of them verify. */
export type KeySecrets = readonly [string, ...string[]];

const idBits = 80;
const secretBits = 160;
const tagBytes = 10;
const tagDigits = (tagBytes * 8) / 5;
const keyPattern = /^weir_(live|test)_(k_[0-9a-z]{16})_[0-9a-z]{48}$/;

export function newKeyId(): string {
  return `k_${randomBase32(idBits)}`;
}

/** Makes a key for an id. A rotated key keeps its id and gets another secret. */
export async function makeKey(id: string, test: boolean, keySecrets: KeySecrets): Promise<NewKey> {
  const unsigned = `weir_${test ? 'test' : 'live'}_${id}_${randomBase32(secretBits)}`;
  const text = unsigned + (await tagOf(unsigned, keySecrets[0]));
  return { id, test, text, secretHash: await sha256Hex(text) };
}

/** Whether a text looks like a key. It may still be none. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith('weir_live_') || text.startsWith('weir_test_');
}

/** Undefined for every key that we did not make. */
export async function verifyKey(text: string, keySecrets: KeySecrets): Promise<VerifiedKey | undefined> {
  const [, kind, id] = keyPattern.exec(text) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  const unsigned = text.slice(0, -tagDigits);
  const tag = text.slice(-tagDigits);
  let isGenuine = false;
  // Every secret is tried, even after one that fits: so the time does not tell which one it was.
  for (const secret of keySecrets) {
    if (equalInConstantTime(tag, await tagOf(unsigned, secret))) isGenuine = true;
  }
  return isGenuine ? { id, test: kind === 'test', secretHash: await sha256Hex(text) } : undefined;
}

const encoder = new TextEncoder();
const macKeys = new Map<string, CryptoKey>();
const macKeysMax = 16;

async function tagOf(unsigned: string, secret: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await macKeyOf(secret), encoder.encode(unsigned));
  return base32(new Uint8Array(mac, 0, tagBytes));
}

/** Importing a key costs more than signing, and an isolate sees the same few secrets for ever. */
async function macKeyOf(secret: string): Promise<CryptoKey> {
  const known = macKeys.get(secret);
  if (known !== undefined) return known;
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  if (macKeys.size >= macKeysMax) macKeys.clear();
  macKeys.set(secret, key);
  return key;
}
