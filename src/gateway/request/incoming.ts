import type { Env } from '../../env.ts';

/** A request, and what is known about it before anyone has read it. */
export interface Incoming {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  /** Also the name of the call in its account's ledger. */
  readonly requestId: string;
  /** When it came, by the wall clock. */
  readonly startedAtMs: number;
  /** The same in steady time, to measure by. */
  readonly startedMs: number;
}
