/** A tool in a request that its provider would run by itself. */
export interface ProviderTool {
  /** Its place in `tools`. */
  readonly index: number;
  readonly type: string;
  /**
   * A search is charged for each use, and what it finds is put in. What is fetched is only put in. What any other comes
   * to nobody can say beforehand.
   */
  readonly kind: 'search' | 'fetch' | 'other';
  /** How often it may be used, where the tool itself says so: not always a number. */
  readonly usesMax?: unknown;
  /** Whether the request can't do without it. */
  readonly isDemanded: boolean;
}
