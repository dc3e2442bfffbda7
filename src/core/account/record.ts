/** How a call came to its end, and so how it was charged. */
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

/** What the router says of a call when it settles it. Small, and without anything that was said in it. */
export interface CallFacts {
  readonly requestedModel: string;
  /** Who really served it: the catalog's model, the provider, and the provider's own name for the model. */
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
  /** Of the attempt that ended the call. What earlier attempts were charged is only in the record's totals. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly cacheWriteTokens?: number;
  readonly serviceTier?: string;
  /** What the provider itself says that it charged, where it does. What counts is the record's own cost. */
  readonly statedNanoUsd?: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly firstByteMs?: number;
  readonly providerRequestId?: string;
  readonly endUser?: string;
  readonly session?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A call that ended, as its account's journal has it. The sum of the records is what was posted. */
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
