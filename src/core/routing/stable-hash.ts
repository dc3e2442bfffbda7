/**
 * A hash of a text that must stay the same for ever: assignments that were made with it must not change with a release.
 * MurmurHash3 of 32 bits over UTF-16 units. It spreads evenly, and does not withstand anyone who looks for collisions.
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

/** A fraction above 0 and below 1, as evenly spread as a random one. */
export function hashFraction(text: string): number {
  return (stableHash(text) + 0.5) / 2 ** 32;
}

/** A second random number, from one that has another use too. Both are from 0 up to, but not including, 1. */
export function derivedSeed(seed: number, purpose: string): number {
  return hashFraction(`${purpose} ${seed}`);
}

function scrambled(unit: number): number {
  return Math.imul(rotated(Math.imul(unit, 0xcc9e2d51), 15), 0x1b873593);
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
