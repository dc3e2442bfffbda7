/** A tool in a request that its provider would run. */
export interface ProviderTool {
  /** Its place in `tools`. */
  readonly index: number;
  readonly type: string;
  /**
   * A search costs a fee for each use, and its results are put in. What a fetch gets is only put in. Nobody can say
   * beforehand what any other tool costs.
   */
  readonly kind: 'search' | 'fetch' | 'other';
  /** How often it may be used, where the tool says so. This is not always a number. */
  readonly usesMax?: unknown;
  /** Whether the request can't do without it. */
  readonly isDemanded: boolean;
}
