/** A provider's own words for what went wrong. Each is absent where it said nothing of the sort. */
export interface ProviderFault {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  /** The status that it gives in the body, where it could not, or did not, say so in the status line. */
  readonly status?: number;
  /** When to come back, where it says so in the body and not in a header. */
  readonly retryAfterMs?: number;
}
