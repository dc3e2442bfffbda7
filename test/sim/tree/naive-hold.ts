import type { Endpoint, ModelNames } from '../../../src/core/ledger/limit.ts';
import type { NaiveCharge } from './naive-child.ts';

/** What was charged above. */
export type Taken = Omit<NaiveCharge, 'at' | 'requests'> & {
  at: number;
  requests: number;
  readonly child: string;
  readonly ordinal: number;
};

/** A hold of a call of an account below. */
export interface NaiveHold {
  readonly name: string;
  at: number;
  /** By the clock of the account. */
  readonly madeMs: number;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  names: ModelNames;
  tokens: number;
  nanoUsd: number;
  /** What was posted of it. */
  postedTokens: number;
  postedNanoUsd: number;
  /** What it was charged while its account was not heard of. */
  charged?: { readonly charge: Taken; readonly costNanoUsd: number };
}
