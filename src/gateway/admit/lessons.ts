import type { Counted } from '../bound/bindable.ts';

/** What a refusal gave reason to find out, so that the call can be asked for again, in a way that may fit. */
export interface Lessons {
  /** A nearer count of what is put in; undefined while its bytes are all that is known. */
  readonly counted: Counted | undefined;
  /** How often a provider may search at most; undefined while as often as was asked for may fit. */
  readonly searches: number | undefined;
  /** Models that the account has no room for, where their route goes on then. */
  readonly noRoomFor: readonly string[];
}

export const noLessons: Lessons = { counted: undefined, searches: undefined, noRoomFor: [] };
