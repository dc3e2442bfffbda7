import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ranks from 'gpt-tokenizer/bpeRanks/o200k_base';
import { writeRanks } from '../tokenizer/ranks.ts';

/** Writes the beginning of o200k's table again, from the package that has all of it. */

export const ranksKept = 32_000;

export function tableOfRanks(): Uint8Array {
  const encoder = new TextEncoder();
  return writeRanks(
    ranks
      .slice(0, ranksKept)
      .map((token) => (typeof token === 'string' ? encoder.encode(token) : Uint8Array.from(token))),
  );
}

export const tablePath = join(import.meta.dirname, '../tokenizer/o200k.bin');

if (import.meta.main) writeFileSync(tablePath, tableOfRanks());
