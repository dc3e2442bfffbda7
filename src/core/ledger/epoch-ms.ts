import { assertQuantity } from '../../assert.ts';

declare const unit: unique symbol;

/** A moment of the ledger, in milliseconds since 1970. */
export type EpochMs = number & { readonly [unit]: 'epoch-ms' };

export function epochMs(value: number): EpochMs {
  assertQuantity(value, 'milliseconds since 1970');
  return value as EpochMs;
}
