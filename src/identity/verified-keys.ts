import { type KeySecrets, type VerifiedKey, verifyKey } from './api-key.ts';

/**
 * The keys that this isolate has verified, so that a busy key costs one look-up and no cryptography. A key stays one of
 * ours as long as the secrets stay the same; whether it is still good is not asked here. A look-up hashes the whole
 * text under a seed of the process before it compares anything, so its time tells nothing about other keys.
 */

const generationMax = 2000;

interface Generations {
  young: Map<string, VerifiedKey>;
  old: Map<string, VerifiedKey>;
}

/** By the array of secrets: with other secrets nothing is verified. */
const verified = new WeakMap<KeySecrets, Generations>();

/** As `verifyKey`. `keySecrets` must be the same array in each call, and never change. */
export async function verifyKeyOnce(text: string, keySecrets: KeySecrets): Promise<VerifiedKey | undefined> {
  const generations: Generations = verified.get(keySecrets) ?? { young: new Map(), old: new Map() };
  const young = generations.young.get(text);
  if (young !== undefined) return young;
  const key = generations.old.get(text) ?? (await verifyKey(text, keySecrets));
  if (key === undefined) return undefined;
  // A key that nobody asked for during a whole generation is forgotten.
  if (generations.young.size >= generationMax) {
    generations.old = generations.young;
    generations.young = new Map();
  }
  generations.young.set(text, key);
  verified.set(keySecrets, generations);
  return key;
}
