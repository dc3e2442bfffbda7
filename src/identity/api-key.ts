import { base32, randomBase32 } from './base32.ts';
import { equalInConstantTime } from '../constant-time.ts';
import { sha256Hex } from './sha256.ts';

/**
 * API keys: `weir_live_k_<16>_<32><16>` and `weir_test_k_…`. The first part names the key, the second is its secret,
 * and the third a MAC of all before it, by which a router refuses a forged or mistyped key without asking anyone.
 */

/** A key whose MAC was right: some KEY_SECRET of ours made it. Whether it is still good, only its actor knows. */
export interface VerifiedKey {
  /** `k_…`: names the key, and so its account's actor. */
  readonly id: string;
  /** Whether it may reach only the `echo` provider. */
  readonly test: boolean;
  /** SHA-256 of the whole key, in hexadecimal: the only form of it that is ever stored or sent on. */
  readonly secretHash: string;
}

export interface NewKey extends VerifiedKey {
  /** Shown once, to whoever asked for the key, and kept nowhere. */
  readonly text: string;
}

/** The first signs, all verify. */
export type KeySecrets = readonly [string, ...string[]];

const idBits = 80;
const secretBits = 160;
const tagBytes = 10;
const tagDigits = (tagBytes * 8) / 5;
const keyPattern = /^weir_(live|test)_(k_[0-9a-z]{16})_[0-9a-z]{48}$/;

/** The id of a key to come. */
export function newKeyId(): string {
  return `k_${randomBase32(idBits)}`;
}

/** Makes a key for an id: a rotated key keeps its id and gets another secret. */
export async function makeKey(id: string, test: boolean, keySecrets: KeySecrets): Promise<NewKey> {
  const unsigned = `weir_${test ? 'test' : 'live'}_${id}_${randomBase32(secretBits)}`;
  const text = unsigned + (await tagOf(unsigned, keySecrets[0]));
  return { id, test, text, secretHash: await sha256Hex(text) };
}

/** Whether a text has the form of a key, which says nothing about its being one. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith('weir_live_') || text.startsWith('weir_test_');
}

/** Undefined for everything that we did not make. */
export async function verifyKey(text: string, keySecrets: KeySecrets): Promise<VerifiedKey | undefined> {
  const [, kind, id] = keyPattern.exec(text) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  const unsigned = text.slice(0, -tagDigits);
  const tag = text.slice(-tagDigits);
  let genuine = false;
  // Every secret is tried, also after one that fits: the time tells nobody which it was.
  for (const secret of keySecrets) {
    if (equalInConstantTime(tag, await tagOf(unsigned, secret))) genuine = true;
  }
  return genuine ? { id, test: kind === 'test', secretHash: await sha256Hex(text) } : undefined;
}

const encoder = new TextEncoder();
const macKeys = new Map<string, CryptoKey>();
const macKeysMax = 16;

async function tagOf(unsigned: string, secret: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await macKeyOf(secret), encoder.encode(unsigned));
  return base32(new Uint8Array(mac, 0, tagBytes));
}

/** Importing costs more than signing, and an isolate sees the same few secrets for ever. */
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
