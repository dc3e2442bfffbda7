/** How far an account has heard of what it is now. */
export interface PushState {
  readonly version: number;
  /** Whether it has not acknowledged that version. */
  readonly isPending: boolean;
  readonly tries: number;
}

/** Accounts, and what they have to be told. */
export interface Pushes {
  stateOf(id: string): PushState | undefined;
  /** It has this version or a newer one. Does nothing if a newer one was written since the push. */
  acknowledged(id: string, version: number): void;
  pushFailed(id: string, pushAtMs: number): void;
  /** Raises the version above the account's, which is unknown here. */
  raiseAbove(id: string, version: number): void;
  /**
   * Takes back what the account refuses, as a new version, so that its late arrival can't undo that. Answers what it is
   * again; undefined if nothing can be taken back.
   */
  fallBack(id: string, pushAtMs: number): Readonly<Record<string, unknown>> | undefined;
  /** Those that are to be told now. */
  due(nowMs: number, count: number): readonly string[];
}
