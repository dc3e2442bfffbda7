/**
 * A hash of a text that is the same everywhere and for ever: assignments that were made with it must not change with
 * the next release. MurmurHash3 of 32 bits over UTF-16 units, for spreading, not against anyone who looks for
 * collisions.
 */
export function stableHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= scrambled(text.charCodeAt(at));
    hash = Math.imul(rotated(hash, 13), 5) + 0xe6546b64;
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A fraction that is above 0 and below 1, and as evenly spread as if it were random. */
export function hashFraction(text: string): number {
  return (stableHash(text) + 0.5) / 2 ** 32;
}

/** Another random number from one that is to be used for something else as well. Both are from 0 up to, and not, 1. */
export function derivedSeed(seed: number, purpose: string): number {
  return hashFraction(`${purpose} ${seed}`);
}

function scrambled(unit: number): number {
  return Math.imul(rotated(Math.imul(unit, 0xcc9e2d51), 15), 0x1b873593);
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
