import type { CostParts } from '../money/cost-parts.ts';

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

/** An attempt that failed before its client had any of an answer. One without a credential was never sent. */
export interface FailedAttempt {
  readonly provider: string;
  /** The provider's name for the model. */
  readonly model: string;
  readonly endpoint: string;
  readonly end: CallEnd;
  /** What its client would have been told, had nothing else been tried. */
  readonly code: string;
  /**
   * As it was judged: the provider's own, unless what it said meant another, as an error within a 200 does. Missing if
   * it did not answer.
   */
  readonly status?: number;
  readonly costNanoUsd: number;
  readonly durationMs: number;
}

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
  /** Those of the attempts that failed. Missing if none did, and in old releases. */
  readonly failed?: readonly FailedAttempt[];
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
  /** What the last attempt cost, by what for, if its provider reported what it used and the model has a price. */
  readonly costParts?: CostParts;
  readonly serviceTier?: string;
  /** What the provider says that it charged. What counts is the cost in the record. */
  readonly statedNanoUsd?: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly firstByteMs?: number;
  readonly providerRequestId?: string;
  /** What the answer says of itself: its id, its model, and why it ended, in its provider's words. */
  readonly responseId?: string;
  readonly responseModel?: string;
  readonly finishReason?: string;
  /** The trace that the client's request belongs to, as its `traceparent` says. */
  readonly traceparent?: string;
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
  /** Who the account belonged to then: its user, and the user's organisation if there is one. */
  readonly chain?: readonly string[];
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
