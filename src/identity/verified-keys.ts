import { type KeySecrets, type VerifiedKey, verifyKey } from './api-key.ts';

/**
 * What an isolate has verified, so that a busy key costs one look-up and no cryptography. That a key was made with
 * these secrets stays true for as long as they are the secrets; whether it is still good is not asked here. A look-up
 * hashes the whole text under a seed of the process before it compares anything, so its time tells nothing of other
 * keys.
 */

const generationMax = 2000;

interface Generations {
  young: Map<string, VerifiedKey>;
  old: Map<string, VerifiedKey>;
}

/** Other secrets begin with nothing verified. */
const verified = new WeakMap<KeySecrets, Generations>();

/** As `verifyKey`. `keySecrets` must be the same array at each call, and never change. */
export async function verifyKeyOnce(text: string, keySecrets: KeySecrets): Promise<VerifiedKey | undefined> {
  const generations: Generations = verified.get(keySecrets) ?? { young: new Map(), old: new Map() };
  const young = generations.young.get(text);
  if (young !== undefined) return young;
  const key = generations.old.get(text) ?? (await verifyKey(text, keySecrets));
  if (key === undefined) return undefined;
  // What a whole generation did not ask for is forgotten with the one before.
  if (generations.young.size >= generationMax) {
    generations.old = generations.young;
    generations.young = new Map();
  }
  generations.young.set(text, key);
  verified.set(keySecrets, generations);
  return key;
}
