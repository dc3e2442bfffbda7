import type { Counted } from '../bound/bindable.ts';

/** How a call that was refused is asked for again, so that it may fit. */
export interface Adjustments {
  /** A nearer count of what is put in; undefined while its bytes are all that is known. */
  readonly counted: Counted | undefined;
  /** How often a provider may search at most; undefined while as often as was asked for may fit. */
  readonly searches: number | undefined;
  /** Models that the account has no room for, where their route goes on then. */
  readonly noRoomFor: readonly string[];
}

export const noAdjustments: Adjustments = { counted: undefined, searches: undefined, noRoomFor: [] };
