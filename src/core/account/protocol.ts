import type { AskedCall, Bound, ExtendCommand, HoldId } from '../ledger/command.ts';
import type { LimitStanding } from '../ledger/admission.ts';
import type { Endpoint, Limit } from '../ledger/limit.ts';
import type { Refusal } from '../ledger/refusal.ts';
import type { Breaches } from './breach.ts';
import type { KeptAnswer } from './claim.ts';
import type { KeptResponse, KeptTurn } from './kept-response.ts';
import type { Policy } from './policy.ts';
import type { CallFacts, CallRecord } from './record.ts';

/**
 * What a router (or a child account) and a TenantActor say to each other. Plain data both ways, so that nothing keeps
 * an actor awake. Names and meanings stay compatible across one release: old and new code meet during a deploy.
 */
export interface TenantProtocol {
  admit(request: AdmitRequest): Promise<AdmitReply>;
  extend(request: ExtendRequest): Promise<ExtendReply>;
  settle(request: SettleRequest): Promise<SettleReply>;
  /** Ends a call of which nothing was used, or sees to it that one of that name is never admitted. */
  voidCall(request: { readonly name: string }): Promise<{ readonly kind: 'voided' | 'ended' }>;
  /** How a call would be answered by its idempotency key alone, for a router that finds no way to make it. */
  recall(request: RecallRequest): Promise<DeniedReply | RecallReply>;
  /** What a call builds on that the account has kept, asked before it is planned. */
  resolve(request: ResolveRequest): Promise<DeniedReply | ResolveReply>;
  keptResponse(request: KeptResponseRequest): Promise<KeptResponseReply>;
  /** All that was said up to the end of a response. */
  keptTurns(request: KeptResponseRequest): Promise<KeptTurnsReply>;
  /** Forgets a response. What builds on it can't be built on any more. */
  forgetResponse(request: KeptResponseRequest): Promise<ForgetResponseReply>;
  /** Gives holds another lease. Answers which of them have ended: their owners must stop. */
  renew(request: { readonly holdIds: readonly HoldId[] }): Promise<{ readonly lost: readonly HoldId[] }>;
  /** The policy and standing of the account, for whoever shows its secret. */
  usage(request: { readonly secretHash: string }): Promise<UsageReply>;
  record(request: RecordRequest): Promise<RecordReply>;
  /** From the directory alone: a newer policy takes the place of an older one; an older one is ignored. */
  configure(account: Account): Promise<ConfigureReply>;
  /** From the directory alone: what `usage` and `record` answer, without a secret. Fails where the ledger is lost. */
  inspect(): Promise<Usage>;
  /** Fails likewise. */
  reset(): Promise<{ readonly kind: 'changed' }>;
}

export type ConfigureReply =
  | { readonly kind: 'configured' }
  /** It has this version, or a newer one. Releases that know of no lost ledgers say no more than that. */
  | { readonly kind: 'older'; readonly version?: number; readonly isSame?: boolean }
  | { readonly kind: 'too-many-counters' }
  | LostReply;

/** The account had another ledger, and this one has taken its place. It may serve when an admin has said so. */
export interface LostLedger {
  readonly kind: 'lost';
  readonly begunAtMs: number;
}

export interface LedgerNote {
  readonly breaches: Breaches;
  /** When the ledger was asked to end a hold that it has not come to yet: it is an older copy. */
  readonly wentBackAtMs?: number;
}

/** An account as the directory describes it to its actor. `version` only grows. */
export interface Account {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of the secrets that open it, in hexadecimal; an old one is here until its grace period ends. */
  readonly secretHashes: readonly { readonly hash: string; readonly untilMs?: number }[];
  readonly userId: string;
  readonly organizationId?: string;
  readonly test: boolean;
  readonly policy: Policy;
}

/** What a router may know of an account, and plans with. */
export interface AccountView {
  readonly id: string;
  readonly version: number;
  readonly userId: string;
  readonly organizationId?: string;
  readonly test: boolean;
  readonly policy: Policy;
  /** Every limit in force, the plan's included, in the order of the standings that a grant carries. */
  readonly limits: readonly Limit[];
  /** The catalog's version that the plan's limits were taken from; -1 if none was shown yet; 0 without a plan. */
  readonly planVersion: number;
}

export interface AdmitRequest {
  readonly secretHash: string;
  /** The version of the policy that the call was planned with; 0 if the router knows none. */
  readonly policyVersion: number;
  readonly planVersion: number;
  /** The limits of the account's plan, where the router's catalog is newer than the actor's last. */
  readonly plan?: { readonly catalogVersion: number; readonly limits: readonly Limit[] };
  readonly call: AskedCall;
  readonly idempotency?: Idempotency;
}

/** By what a client says that a call is a repeat. A call that is admitted claims the key, at its endpoint. */
export interface Idempotency {
  readonly key: string;
  /** Of all that makes it the same request: what it is for, and its body. */
  readonly bodyHash: string;
}

/** The call was made before, and is answered from the first: nothing was admitted. */
export interface ReplayReply {
  readonly kind: 'replay';
  /** Of the call that is repeated. */
  readonly callName: string;
  readonly answer: KeptAnswer;
}

/**
 * The key is taken, and nothing was admitted: by a call that runs, by one with another body, or by one that was charged
 * and of which there is no answer.
 */
export interface IdempotencyReply {
  readonly kind: 'idempotency';
  readonly problem: 'in_progress' | 'mismatch' | 'unreplayable';
  readonly callName: string;
}

export interface RecallRequest {
  readonly secretHash: string;
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly idempotency: Idempotency;
}

export type RecallReply = ReplayReply | IdempotencyReply | { readonly kind: 'none' };

export interface ResolveRequest {
  readonly secretHash: string;
  /** Of the call, as in `admit`. */
  readonly name: string;
  /** Of a call to the endpoint `responses`. A repeat is answered as `recall` does, before anything is looked up. */
  readonly idempotency?: Idempotency;
  /** The response that the call goes on from. */
  readonly responseId?: string;
  /** Items that the call refers to. The responses that have them are answered, without what those build on. */
  readonly itemIds: readonly string[];
  /** An item that was sent in full and may be known: if it is, the conversation that it ended is answered too. */
  readonly hintId?: string;
}

export type ResolveReply =
  | ReplayReply
  | IdempotencyReply
  | {
      readonly kind: 'resolved';
      /** Of conversations, whole, each after the one that it builds on; then those that have single items. */
      readonly turns: readonly KeptTurn[];
      /** Items that are not kept, and before them the response where its conversation is not whole any more. */
      readonly missing: readonly string[];
    }
  /** What is referred to is larger than an account can answer. */
  | { readonly kind: 'too-large' };

export interface KeptResponseRequest {
  readonly secretHash: string;
  readonly id: string;
}

export type KeptResponseReply =
  | DeniedReply
  | { readonly kind: 'none' }
  | { readonly kind: 'kept'; readonly response: KeptResponse };

export type KeptTurnsReply =
  | DeniedReply
  | { readonly kind: 'none' | 'too-large' }
  /** That of the response asked for is the last. It is the only one where its conversation is not whole. */
  | { readonly kind: 'kept'; readonly turns: readonly KeptTurn[] };

export type ForgetResponseReply = DeniedReply | { readonly kind: 'forgotten' | 'none' };

export type Grant = {
  readonly kind: 'granted';
  readonly holdId: HoldId;
  readonly cap: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly leaseMs: number;
  /** In the order of the account's limits, this call included. */
  readonly standings: readonly LimitStanding[];
  /** Of the policy and the plan whose limits those are: they may have changed since the call was admitted. */
  readonly policyVersion: number;
  readonly planVersion: number;
};

/** Whose limit it was: the key's own, or one of its parents'. */
export interface LimitOwner {
  readonly scope: 'key' | 'user' | 'organization';
  readonly id: string;
}

export type RefusedReply = {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  readonly owner: LimitOwner;
  /** In the order of the account's limits, as they are without this call. */
  readonly standings: readonly LimitStanding[];
};

export type DeniedReply =
  | {
      readonly kind: 'denied';
      /** `uncountable`: the plan's limits would need more counters than an account may ever have. */
      readonly reason: 'unknown' | 'revoked' | 'suspended' | 'expired' | 'uncountable';
    }
  | LostReply;

/** The account's ledger is gone, and nobody knows what was spent: until an admin says that it may, it serves nobody. */
export interface LostReply {
  readonly kind: 'denied';
  readonly reason: 'lost';
  readonly account: string;
}

export type AdmitReply =
  | Grant
  | RefusedReply
  | DeniedReply
  | ReplayReply
  | IdempotencyReply
  | { readonly kind: 'stale'; readonly account: AccountView }
  /** The call of that name has ended, or was voided before it came. */
  | { readonly kind: 'ended' };

export type ExtendRequest = Omit<ExtendCommand, 'type'>;
export type ExtendReply = Grant | RefusedReply | { readonly kind: 'ended' };

export interface SettleRequest {
  readonly holdId: HoldId;
  /** The last attempt that was granted, as far as the router knows: see SettleCommand. */
  readonly attempt?: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly facts: CallFacts;
  /** What the client was answered, where the call has claimed a key and its answer may be kept. */
  readonly answer?: KeptAnswer;
  /**
   * What later calls may build on, where the client wants it kept. One that is too large to be (`sizeOf`) is not to be
   * sent: what the platform does not take as a message would take the settlement with it.
   */
  readonly response?: KeptResponse;
  /** Where in the answer `true` stands because that response is kept: it becomes `false` where it is not. */
  readonly answerStoreAt?: number;
}

/** `kept`: whether the response of the settlement is kept now, also where a repeat of it finds that it has ended. */
export type SettleReply =
  | { readonly kind: 'settled'; readonly breach: boolean; readonly corrected: boolean; readonly kept?: boolean }
  | { readonly kind: 'ended'; readonly kept?: boolean };

export interface Usage {
  readonly account: AccountView;
  readonly owner: LimitOwner;
  readonly atMs: number;
  readonly standings: readonly LimitStanding[];
  readonly spend: { readonly todayNanoUsd: number; readonly monthNanoUsd: number; readonly totalNanoUsd: number };
  readonly byModel: readonly ModelUsage[];
  /** How many calls were billed more than their bound. Left out by releases that did not count them. */
  readonly breaches?: number;
}

export interface ModelUsage {
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}

export interface RecordRequest {
  readonly secretHash: string;
  readonly requestId: string;
  /**
   * When the call got its name, by the clock of whoever named it: so that the journal need not be read from its start.
   */
  readonly namedAtMs: number;
}

export type UsageReply = DeniedReply | { readonly kind: 'usage'; readonly usage: Usage };
export type RecordReply =
  | DeniedReply
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: CallRecord };

export type { Bound, CallFacts, CallRecord, KeptAnswer };
