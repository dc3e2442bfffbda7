import type { AskedCall, ExtendCommand, HoldId } from '../ledger/command.ts';
import type { LimitStanding } from '../ledger/admission.ts';
import type { Endpoint, Limit } from '../ledger/limit.ts';
import type { Refusal } from '../ledger/refusal.ts';
import type { Breaches } from './breach.ts';
import type { KeptAnswer } from './claim.ts';
import type { Command, CommandOutcome } from './exchange.ts';
import type { KeptResponse, KeptTurn } from './kept-response.ts';
import type { EffectivePolicy } from './effective-policy.ts';
import type { Level, LevelStanding, LimitOwner } from './level.ts';
import type { CallFacts, CallRecord } from './record.ts';
import type { Usage } from './usage.ts';
import type { AskReply, AskRequest } from './uplink/ask.ts';
import type { Delivery, TakeReply } from './uplink/delivery.ts';

/**
 * What a router and a TenantActor say to each other. Plain data both ways, so that nothing keeps an actor awake. Names
 * and meanings stay compatible across one release: old and new code meet during a deploy.
 */
export interface TenantProtocol {
  admit(request: AdmitRequest): Promise<AdmitReply>;
  extend(request: ExtendRequest): Promise<ExtendReply>;
  settle(request: SettleRequest): Promise<SettleReply>;
  /** Ends a call of which nothing was used, or makes sure that no call of that name is ever admitted. */
  voidCall(request: { readonly name: string }): Promise<{ readonly kind: 'voided' | 'ended' }>;
  /** The answer that a call's idempotency key alone gives, for a router that cannot make the call. */
  recall(request: RecallRequest): Promise<DeniedReply | RecallReply>;
  /** What the account has kept that a call builds on. Asked before the call is planned. */
  resolve(request: ResolveRequest): Promise<DeniedReply | ResolveReply>;
  keptResponse(request: KeptResponseRequest): Promise<KeptResponseReply>;
  /** The conversation up to the end of a response. */
  keptTurns(request: KeptResponseRequest): Promise<KeptTurnsReply>;
  /** Forgets a response. Nothing can build any more on what builds on it. */
  forgetResponse(request: KeptResponseRequest): Promise<ForgetResponseReply>;
  /** Gives holds another lease. Answers which of them have ended: their owners must stop. */
  renew(request: { readonly holdIds: readonly HoldId[] }): Promise<{ readonly lost: readonly HoldId[] }>;
  /**
   * Carries out commands in their order and answers them in it, all at once. So an admit never waits for its turn here,
   * and one whose policy would let it wait must come alone.
   */
  exchange(request: { readonly commands: readonly Command[] }): Promise<readonly CommandOutcome[]>;
  /** The policy and standing of the account, for a caller that shows its secret. */
  usage(request: UsageRequest): Promise<UsageReply>;
  record(request: RecordRequest): Promise<RecordReply>;
  /** For the directory alone: a newer policy replaces an older one. An older one is ignored. */
  configure(account: Account): Promise<ConfigureReply>;
  /** For the directory alone: what `usage` answers, without a secret. Fails if the ledger is lost. */
  inspect(): Promise<Usage>;
  /** For accounts below: takes in what they owe, `withinMs`, or before anything else is decided. */
  take(delivery: Delivery, withinMs: number): Promise<TakeReply>;
  /** For accounts below: as `take`, and answers what they ask for their calls. */
  ask(request: AskRequest): Promise<AskReply>;
  /** For accounts below: where this one stands. */
  stand(): Promise<LevelStanding>;
  /** Fails if the ledger is lost. */
  reset(): Promise<{ readonly kind: 'changed' }>;
}

export type ConfigureReply =
  | { readonly kind: 'configured' }
  /** The account has this version, or a newer one. Old releases leave the rest out. */
  | { readonly kind: 'older'; readonly version?: number; readonly isSame?: boolean }
  | { readonly kind: 'too-many-counters' }
  /** It knows the description, but an account above has not acknowledged yet which of its calls are open. */
  | { readonly kind: 'arming' }
  | LostReply;

/** This ledger has replaced another one of the account. It serves when an admin says so. */
export interface LostLedger {
  readonly kind: 'lost';
  readonly begunAtMs: number;
}

export interface LedgerNote {
  readonly breaches: Breaches;
  /** When the ledger was asked for a hold that is ahead of it: it is an older copy. */
  readonly wentBackAtMs?: number;
}

/** An account as the directory describes it to its actor. `version` only grows. */
export interface Account {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of the secrets that open it, in hexadecimal. An old one stays until its grace period ends. */
  readonly secretHashes: readonly { readonly hash: string; readonly untilMs?: number }[];
  /** Missing for an API key. */
  readonly scope?: 'user' | 'organization';
  readonly userId: string;
  readonly organizationId?: string;
  /** What an old release, which gave organisations no ids, had in the place of its id. */
  readonly organizationName?: string;
  /** The organisation above that one. */
  readonly parentId?: string;
  readonly test: boolean;
  readonly policy: EffectivePolicy;
  /** Those of its chain that have limits, of which every call is asked. */
  readonly above?: readonly Level[];
}

/** What a router may know of an account. It plans with this. */
export interface AccountView {
  readonly id: string;
  readonly version: number;
  readonly userId: string;
  readonly organizationId?: string;
  readonly test: boolean;
  readonly policy: EffectivePolicy;
  /** Every limit in force, the plan's included, in the order of a grant's standings. */
  readonly limits: readonly Limit[];
  /** Those of the accounts above. Missing if they have none. */
  readonly above?: readonly Level[];
  /** The catalog version of the plan's limits. -1 if none was shown yet, 0 without a plan. */
  readonly planVersion: number;
}

export interface AdmitRequest {
  readonly secretHash: string;
  /** The version of the policy that the call was planned with. 0 if the router knows none. */
  readonly policyVersion: number;
  readonly planVersion: number;
  /** The limits of the account's plan, if the router's catalog is newer than the last that the actor saw. */
  readonly plan?: { readonly catalogVersion: number; readonly limits: readonly Limit[] };
  readonly call: AskedCall;
  readonly idempotency?: Idempotency;
}

/** How a client marks a call as a repeat. An admitted call claims the key, at its endpoint. */
export interface Idempotency {
  readonly key: string;
  /** The hash of all that makes it the same request: what it is for, and its body. */
  readonly bodyHash: string;
}

/** The call repeats one that has ended, and gets its answer. Nothing was admitted. */
export interface ReplayReply {
  readonly kind: 'replay';
  /** Of the call that is repeated. */
  readonly callName: string;
  readonly answer: KeptAnswer;
}

/** The key is taken by a call that runs, has another body, or was charged and left no answer. Nothing was admitted. */
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
  /** Of a call to the endpoint `responses`. A repeat is answered as by `recall`, before anything is looked up. */
  readonly idempotency?: Idempotency;
  /** The response that the call continues. */
  readonly responseId?: string;
  /** Items that the call refers to. The answer has their responses, without what those build on. */
  readonly itemIds: readonly string[];
  /** An item that was sent in full. If it is known, the answer has the conversation that it ended too. */
  readonly hintId?: string;
}

export type ResolveReply =
  | ReplayReply
  | IdempotencyReply
  | {
      readonly kind: 'resolved';
      /** First whole conversations, each turn after the one that it builds on. Then turns with single items. */
      readonly turns: readonly KeptTurn[];
      /** Items that are not kept. Before them the response, if its conversation is not whole any more. */
      readonly missing: readonly string[];
    }
  /** More than an account can answer. */
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
  /** The turn of the response comes last. It is the only one if its conversation is not whole. */
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
  /** The policy and the plan of those limits. They may have changed since the call was admitted. */
  readonly policyVersion: number;
  readonly planVersion: number;
  /** Where the accounts above stand that were asked. Missing if none was. */
  readonly above?: readonly LevelStanding[];
};

export type RefusedReply = {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  readonly owner: LimitOwner;
  /** In the order of the account's limits, without this call. */
  readonly standings: readonly LimitStanding[];
  /** As in a grant, of those that have answered. */
  readonly above?: readonly LevelStanding[];
};

export type DeniedReply =
  | {
      readonly kind: 'denied';
      /** `uncountable`: the plan's limits would need more counters than an account may ever have. */
      readonly reason: 'unknown' | 'revoked' | 'suspended' | 'expired' | 'uncountable';
    }
  | LostReply
  /** An account above has not answered in time. Nothing was admitted. */
  | { readonly kind: 'denied'; readonly reason: 'unanswered'; readonly account: string };

/** The account's ledger is gone, and nobody knows what was spent. It serves nobody until an admin says that it may. */
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
  /** See SettleCommand. */
  readonly attempt?: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly facts: CallFacts;
  /** What the client was answered, if the call has claimed a key and its answer may be kept. */
  readonly answer?: KeptAnswer;
  /**
   * What later calls may build on, if the client wants it kept. The router must not send one that is too large
   * (`sizeOf`): if the platform does not take the message, the settlement is lost too.
   */
  readonly response?: KeptResponse;
  /** Where the answer says `true` because that response is kept. It becomes `false` if it is not. */
  readonly answerStoreAt?: number;
}

/** `kept`: whether the response of the settlement is kept now. A repeat is told too. */
export type SettleReply =
  | { readonly kind: 'settled'; readonly breach: boolean; readonly corrected: boolean; readonly kept?: boolean }
  | { readonly kind: 'ended'; readonly kept?: boolean };

export interface RecordRequest {
  readonly secretHash: string;
  readonly requestId: string;
  /** When the call got its name, by the clock of the router: so the journal need not be read from its start. */
  readonly namedAtMs: number;
}

export interface UsageRequest {
  readonly secretHash: string;
  /** Only of the account itself: the accounts above are not asked where they stand. */
  readonly own?: true;
}

export type UsageReply = DeniedReply | { readonly kind: 'usage'; readonly usage: Usage };
export type RecordReply =
  | DeniedReply
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: CallRecord };
