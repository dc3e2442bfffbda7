/** What went wrong, in a provider's own words. A field is absent where the provider says nothing of the sort. */
export interface ProviderFault {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  /** The status in the body, where the status line could not, or did not, say it. */
  readonly status?: number;
  /** When to come back, where the body says so and not a header. */
  readonly retryAfterMs?: number;
}
