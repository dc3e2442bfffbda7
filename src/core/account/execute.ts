import type { Answer, Command, HoldId } from '../ledger/command.ts';
import { limitStandings } from '../ledger/admission.ts';
import type { Refusal } from '../ledger/refusal.ts';
import { decide } from '../ledger/decide.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import type { Hold } from '../ledger/state.ts';
import { leaseMs, writtenLeaseMs } from '../../limits.ts';
import { type TenantState, limitsInForce } from './fold.ts';
import { answerUnkept, claimKeyFor, earlierReply, endClaim } from './idempotency.ts';
import { leaseAtWake } from './leases.ts';
import type {
  Account,
  AccountView,
  AdmitReply,
  AdmitRequest,
  DeniedReply,
  ExtendReply,
  ExtendRequest,
  Grant,
  RecallReply,
  RecallRequest,
  RefusedReply,
  SettleReply,
  SettleRequest,
  UsageReply,
} from './protocol.ts';
import type { LevelStanding, LimitOwner } from './level.ts';
import type { Usage } from './usage.ts';
import { equalInConstantTime } from '../../constant-time.ts';
import { log } from '../../log.ts';
import { parseInstant } from '../../parse-time.ts';
import { responseRules } from './response-rules.ts';
import type { Row } from './row.ts';
import { spendAt } from './spend.ts';
import { type Subject, partedFacts } from './subject.ts';
import { chainOf, levelsAsked } from './uplink/chain.ts';

/** Commands of an account. Each is decided against its state, and applied to it, before the next. */

/** A hold of which nobody is told before the accounts above have answered. */
export interface PendingReply {
  readonly kind: 'pending';
  readonly holdId: HoldId;
  /** Whether it was asked for before. */
  readonly repeated: boolean;
}

export function executeAdmit(state: TenantState, request: AdmitRequest, row: Row): AdmitReply | PendingReply {
  const { account } = state;
  const denied = deny(account, request.secretHash, row.at);
  if (denied !== undefined || account === undefined) return denied ?? { kind: 'denied', reason: 'unknown' };
  const { call, idempotency } = request;
  const earlier = earlierReply(state, call, idempotency, row);
  if (earlier !== undefined) return earlier;
  // A router with a newer catalog shows the plan's limits. That may make its own view stale. With an older policy it
  // may mean another plan: then its limits are ignored.
  const isOfPolicy = request.policyVersion === account.version;
  if (request.plan !== undefined && isOfPolicy && request.plan.catalogVersion > state.plan.catalogVersion) {
    const { catalogVersion, limits } = request.plan;
    const plan = { catalogVersion, limits };
    const changed = decide(state.ledger, { type: 'set-limits', limits: limitsInForce(account, plan) }, row.at, '');
    // Limits that can't be counted can't be kept, and the call must not pass without them.
    if (changed.event === undefined) return { kind: 'denied', reason: 'uncountable' };
    row.record({ type: 'plan-set', ...plan });
    row.record(changed.event);
  }
  // An open call was admitted under the policy of its time, and is answered the same again.
  const open = state.ledger.openNames.has(call.name);
  const current = isOfPolicy && request.planVersion === planVersion(state);
  if (!open && !current) return { kind: 'stale', account: viewOf(state, account) };
  const endsBy = epochMs(row.nowMs + writtenLeaseMs);
  const owners = { chain: chainOf(account), asked: levelsAsked(account) };
  const answer = executeLedger(state, { ...call, type: 'admit', endsBy, ...owners }, row);
  if (answer.kind === 'granted' && answer.repeated) {
    // Whoever asks again is alive, and does not renew yet, because it does not know its hold.
    const hold = state.ledger.open.get(answer.holdId);
    if (hold !== undefined) row.renew(hold);
  }
  const reply = admission(state, account, answer, row.at);
  if (idempotency !== undefined && reply.kind === 'granted') claimKeyFor(state, call, reply.holdId, idempotency, row);
  return pendingOf(state, answer) ?? reply;
}

/** Whether those above have not granted yet what was granted here. */
function pendingOf({ ledger }: TenantState, answer: Answer): PendingReply | undefined {
  if (answer.kind !== 'granted' || ledger.open.get(answer.holdId)?.asking !== true) return undefined;
  return { kind: 'pending', holdId: answer.holdId, repeated: answer.repeated };
}

export function executeRecall(state: TenantState, request: RecallRequest, row: Row): DeniedReply | RecallReply {
  const denied = deny(state.account, request.secretHash, row.at);
  return denied ?? earlierReply(state, request, request.idempotency, row) ?? { kind: 'none' };
}

export function executeExtend(state: TenantState, request: ExtendRequest, row: Row): ExtendReply | PendingReply {
  const answer = executeLedger(state, { type: 'extend', ...request }, row);
  const pending = pendingOf(state, answer);
  if (pending !== undefined) return pending;
  return state.account === undefined ? { kind: 'ended' } : admission(state, state.account, answer, row.at);
}

/** Gives holds another lease. Returns those that have none any more. */
export function executeRenew(state: TenantState, holdIds: readonly HoldId[], row: Row): HoldId[] {
  return holdIds.filter((id) => {
    const hold = state.ledger.open.get(id);
    return hold === undefined || !row.renew(hold);
  });
}

/** Whether an actor that wakes must write when its open holds end. */
export function mustWakeHolds({ ledger }: TenantState, nowMs: number): boolean {
  return ledger.open.values().some((hold) => freshLease(hold, nowMs) !== undefined);
}

/** Writes when holds end, where an actor that wakes must. */
export function executeWake({ ledger }: TenantState, row: Row): void {
  for (const hold of ledger.open.values()) {
    if (row.isFull) return;
    const lease = freshLease(hold, row.nowMs);
    if (lease !== undefined) row.record({ type: 'leased', id: hold.id, ...lease });
  }
}

/** A call of an account below has no lease here: its own account keeps it. */
function freshLease(hold: Hold, nowMs: number): ReturnType<typeof leaseAtWake> {
  return hold.below === undefined ? leaseAtWake(hold, nowMs) : undefined;
}

/**
 * Ends a hold whose lease has run out, at all that it held. If nobody was told of it, it is given back. If that is not
 * known, it stays until those above have said.
 */
export function executeRunOut(state: TenantState, holdId: HoldId, told: 'told' | 'untold' | 'unsure', row: Row): void {
  if (told === 'unsure') return;
  if (told === 'told') return void executeLedger(state, { type: 'expire', holdId }, row);
  row.record({ type: 'released', id: holdId });
  row.claims.free(holdId);
}

export function executeSettle(state: TenantState, request: SettleRequest, row: Row): SettleReply {
  // What is kept for the client is not in the journal.
  const { answer: given, answerStoreAt, response, ...settlement } = request;
  const { holdId } = settlement;
  const { facts, subject } = partedFacts(settlement.facts);
  const hold = state.ledger.open.get(holdId) ?? state.ledger.expired.get(holdId)?.hold;
  const answer = executeLedger(state, { type: 'settle', ...settlement, facts }, row, subject);
  if (answer.kind !== 'settled') {
    return response === undefined ? { kind: 'ended' } : { kind: 'ended', kept: row.responses.has(response.id) };
  }
  const rules = responseRules(state.account);
  const kept = response !== undefined && rules !== undefined && row.responses.keep(response, rules, row.at);
  const told = given === undefined || answerStoreAt === undefined || kept ? given : answerUnkept(given, answerStoreAt);
  if (hold !== undefined) endClaim(state, hold, { ...settlement, answer: told }, row);
  return response === undefined ? answer : { ...answer, kept };
}

/** Forgets what was posted. Sets time back that is ahead of the clock, so that no window stands still. */
export function executeReset(state: TenantState, row: Row): { readonly kind: 'changed' } {
  executeLedger(state, { type: 'reset', clock: epochMs(row.nowMs) }, row);
  return { kind: 'changed' };
}

/** @param subject whom the event is about, if the command makes one */
export function executeLedger(state: TenantState, command: Command, row: Row, subject?: Subject): Answer {
  const decision = decide(state.ledger, command, row.at, row.nextId());
  if (decision.event !== undefined) row.record(decision.event, subject);
  return decision.answer;
}

/** Why an account does not answer this caller. Undefined if it does. */
export function deny(account: Account | undefined, secretHash: string, at: EpochMs): DeniedReply | undefined {
  const known = account?.secretHashes.some(
    ({ hash, untilMs }) => equalInConstantTime(hash, secretHash) && (untilMs === undefined || at < untilMs),
  );
  if (account === undefined || known !== true) return { kind: 'denied', reason: 'unknown' };
  const { status, expiresAt } = account.policy;
  if (status === 'revoked' || status === 'suspended') return { kind: 'denied', reason: status };
  if (expiresAt !== undefined && isOver(expiresAt, account, at)) return { kind: 'denied', reason: 'expired' };
  return undefined;
}

const logged = new WeakSet<Account>();

/** Whether a time has come. A time that can't be read has: the key was meant to end, and nobody knows when. */
function isOver(expiresAt: string, account: Account, at: EpochMs): boolean {
  const atMs = parseInstant(expiresAt);
  if (atMs !== undefined) return at >= atMs;
  if (!logged.has(account)) {
    logged.add(account);
    const remedy = 'It counts as expired. Set expiresAt of this key to a time such as 2026-12-01T00:00:00Z.';
    log('error', 'expiry-unreadable', { account: account.id, expiresAt, remedy });
  }
  return true;
}

export function viewOf(state: TenantState, account: Account): AccountView {
  const { id, version, userId, organizationId, test, policy, above = [] } = account;
  return {
    id,
    version,
    userId,
    ...(organizationId === undefined ? {} : { organizationId }),
    test,
    policy,
    limits: state.ledger.limits.map(({ limit }) => limit),
    ...(above.length === 0 ? {} : { above }),
    planVersion: planVersion(state),
  };
}

export function levelNow(state: TenantState, nowMs: number): LevelStanding {
  return levelOf(state, epochMs(Math.max(nowMs, state.ledger.at)));
}

/** Where this account stands, for those below it. */
export function levelOf({ ledger, account }: TenantState, at: EpochMs): LevelStanding {
  if (account === undefined) throw new Error('this account is not in the directory');
  const { version } = account;
  const limits = ledger.limits.map(({ limit }) => limit);
  return { ...ownerOf(account), version, limits, standings: limitStandings(ledger, at) };
}

function ownerOf(account: Account): LimitOwner {
  return { scope: account.scope ?? 'key', id: account.id };
}

export function usageFor(state: TenantState, secretHash: string, nowMs: number): UsageReply {
  return deny(state.account, secretHash, epochMs(nowMs)) ?? { kind: 'usage', usage: usageOf(state, nowMs) };
}

export function usageOf(state: TenantState, nowMs: number): Usage {
  const { ledger, spend, account } = state;
  if (account === undefined) throw new Error('this account is not in the directory');
  const at = epochMs(Math.max(nowMs, ledger.at));
  return {
    account: viewOf(state, account),
    owner: ownerOf(account),
    atMs: at,
    standings: limitStandings(ledger, at),
    spend: spendAt(spend, at),
    byModel: [...spend.byModel.values()],
    breaches: state.breaches.calls,
  };
}

/** The catalog version that a router must have planned with. 0 without a plan. */
function planVersion(state: TenantState): number {
  return state.account?.policy.plan === undefined ? 0 : state.plan.catalogVersion;
}

function admission(
  state: TenantState,
  account: Account,
  answer: Answer,
  at: EpochMs,
): Extract<AdmitReply, { kind: 'granted' | 'refused' | 'ended' }> {
  switch (answer.kind) {
    case 'granted':
      return grantOf(state, account, answer, at);
    case 'refused':
      return refusedBy(state, account, answer.refusal, at);
    default:
      return { kind: 'ended' };
  }
}

/** What a key is told of the accounts above: nothing, if their numbers are not for it. */
export function disclosed(account: Account, above: readonly LevelStanding[]): { above?: readonly LevelStanding[] } {
  return above.length === 0 || account.policy.disclose === 'own' ? {} : { above };
}

export function grantOf(
  state: TenantState,
  account: Account,
  { holdId, cap, tokens, nanoUsd }: Omit<Extract<Answer, { kind: 'granted' }>, 'kind' | 'repeated'>,
  at: EpochMs,
): Grant {
  const standings = limitStandings(state.ledger, at);
  const versions = { policyVersion: account.version, planVersion: planVersion(state) };
  return { kind: 'granted', holdId, cap, tokens, nanoUsd, leaseMs, standings, ...versions };
}

export function refusedBy(state: TenantState, account: Account, refusal: Refusal, at: EpochMs): RefusedReply {
  return { kind: 'refused', refusal, owner: ownerOf(account), standings: limitStandings(state.ledger, at) };
}
