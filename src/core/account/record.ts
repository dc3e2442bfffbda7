/** How a call ended, and so how it was charged. */
export type CallEnd =
  | 'completed'
  | 'client_left'
  | 'cut_off'
  | 'stalled'
  | 'provider_failed'
  | 'provider_refused'
  | 'provider_timeout'
  | 'fenced'
  | 'expired'
  | 'voided';

/** What the router says of a call when it settles it: small, and without anything that was said in the call. */
export interface CallFacts {
  readonly requestedModel: string;
  /** Who served it: the catalog's model, the provider, and the provider's name for the model. */
  readonly model: string;
  readonly provider: string;
  readonly providerModel: string;
  readonly route?: string;
  /** The arm of the route that was taken. */
  readonly arm?: string;
  readonly attempts: number;
  readonly status: number;
  readonly end: CallEnd;
  /** Whether the amounts are an upper bound, because the provider did not report them. */
  readonly estimated: boolean;
  /** Of the last attempt. What earlier attempts were charged is only in the totals of the record. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly cacheWriteTokens?: number;
  readonly serviceTier?: string;
  /** What the provider says that it charged. What counts is the cost in the record. */
  readonly statedNanoUsd?: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly firstByteMs?: number;
  readonly providerRequestId?: string;
  readonly endUser?: string;
  readonly session?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An ended call, from the journal of its account. The sum of the records is what was posted. */
export interface CallRecord {
  readonly requestId: string;
  readonly endpoint: string;
  readonly stream: boolean;
  readonly admittedAtMs: number;
  readonly endedAtMs: number;
  readonly tokens: number;
  readonly costNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly outputCap: number;
  readonly breach: boolean;
  readonly expired: boolean;
  readonly corrected: boolean;
  readonly facts?: CallFacts;
}
