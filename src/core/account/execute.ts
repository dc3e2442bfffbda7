import type { Answer, Command, HoldId } from '../ledger/command.ts';
import { limitStandings } from '../ledger/admission.ts';
import { decide } from '../ledger/decide.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import { leaseMs, writtenLeaseMs } from '../../limits.ts';
import { type TenantEvent, type TenantState, applyEvent, limitsInForce, newTenant, noPlan } from './fold.ts';
import { answerUnkept, claimKeyFor, earlierReply, endClaim, keepsAnswers } from './idempotency.ts';
import { leaseAtWake } from './leases.ts';
import type {
  Account,
  AccountView,
  AdmitReply,
  AdmitRequest,
  ConfigureReply,
  DeniedReply,
  ExtendReply,
  ExtendRequest,
  LimitOwner,
  RecallReply,
  RecallRequest,
  SettleReply,
  SettleRequest,
  Usage,
  UsageReply,
} from './protocol.ts';
import { equalInConstantTime } from '../../constant-time.ts';
import { log } from '../../log.ts';
import { parseInstant } from '../../parse-time.ts';
import { responseRules } from './response-rules.ts';
import type { Row } from './row.ts';
import { spendAt } from './spend.ts';
import { type Subject, partedFacts } from './subject.ts';
import { chainOf, isNamed, isSameByName, ledgersOf } from './uplink/chain.ts';
import { openingOf } from './uplink/opening.ts';

/** Commands of an account. Each is decided against its state, and applied to it, before the next. */

export function executeAdmit(state: TenantState, request: AdmitRequest, row: Row): AdmitReply {
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
  const answer = executeLedger(state, { ...call, type: 'admit', endsBy, chain: chainOf(account) }, row);
  if (answer.kind === 'granted' && answer.repeated) {
    // Whoever asks again is alive, and does not renew yet, because it does not know its hold.
    const hold = state.ledger.open.get(answer.holdId);
    if (hold !== undefined) row.renew(hold);
  }
  const reply = admission(state, account, answer, row.at);
  if (idempotency !== undefined && reply.kind === 'granted') claimKeyFor(state, call, reply.holdId, idempotency, row);
  return reply;
}

export function executeRecall(state: TenantState, request: RecallRequest, row: Row): DeniedReply | RecallReply {
  const denied = deny(state.account, request.secretHash, row.at);
  return denied ?? earlierReply(state, request, request.idempotency, row) ?? { kind: 'none' };
}

export function executeExtend(state: TenantState, request: ExtendRequest, row: Row): ExtendReply {
  const answer = executeLedger(state, { type: 'extend', ...request }, row);
  return state.account === undefined ? { kind: 'ended' } : admission(state, state.account, answer, row.at);
}

/** Gives holds another lease. Returns those that have none any more. */
export function executeRenew(state: TenantState, holdIds: readonly HoldId[], row: Row): HoldId[] {
  return holdIds.filter((id) => {
    const hold = state.ledger.open.get(id);
    return hold === undefined || !row.renew(hold);
  });
}

/** Writes when holds end, where an actor that wakes must. */
export function executeFreshLeases(state: TenantState, row: Row): void {
  for (const hold of state.ledger.open.values()) {
    const lease = leaseAtWake(hold, row.nowMs);
    if (lease !== undefined) row.record({ type: 'leased', id: hold.id, ...lease });
  }
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

/** Takes in a newer description of the account. Its limits hold for the next decision. */
export function executeConfigure(state: TenantState, account: Account, row: Row): ConfigureReply {
  if (state.account !== undefined && !isNewer(account, state.account)) {
    return { kind: 'older', version: state.account.version, isSame: isSame(state.account, account) };
  }
  const events = configurationOf(state, account, row.at);
  if (events === undefined) return { kind: 'too-many-counters' };
  for (const event of events) row.record(event);
  if (!keepsAnswers(account)) row.claims.dropAnswers();
  const rules = responseRules(account);
  if (rules === undefined) row.responses.forgetAll();
  else row.responses.shrinkTo(rules.bytesMax);
  return { kind: 'configured' };
}

/** An account that an old release has described is described again under the same version. */
function isNewer(account: Account, known: Account): boolean {
  return account.version > known.version || (account.version === known.version && isNamed(known) && !isNamed(account));
}

/** The events of a newer description. Undefined if the account has no counters left for its limits. */
function configurationOf(state: TenantState, account: Account, at: EpochMs): readonly TenantEvent[] | undefined {
  const samePlan = state.account?.policy.plan === account.policy.plan;
  const plan = samePlan ? state.plan : noPlan;
  const changed = decide(state.ledger, { type: 'set-limits', limits: limitsInForce(account, plan) }, at, '');
  if (changed.event === undefined) return undefined;
  const planSet: readonly TenantEvent[] = samePlan ? [] : [{ type: 'plan-set', ...plan }];
  return [{ type: 'account-set', account }, ...planSet, changed.event, ...uplinksSet(state, account, at)];
}

/** Begins to owe what is counted to accounts above that are not owed anything yet. */
export function executeUplinks(state: TenantState, row: Row): void {
  if (state.account === undefined) return;
  for (const event of uplinksSet(state, state.account, row.at)) row.record(event);
}

/** Whether an account that an older release has described does not owe yet. */
export function lacksUplinks({ account, uplinks }: TenantState): boolean {
  return account !== undefined && ledgersOf(chainOf(account)).some((id) => !uplinks.has(id));
}

/**
 * What was counted before is owed too if a release without uplinks counted it: to the user, and to the organisation
 * that the account knew by its name. Otherwise it has moved there: what was counted stays where it was counted.
 */
function uplinksSet(state: TenantState, account: Account, at: EpochMs): readonly TenantEvent[] {
  const { ledger, spend, uplinks, account: before } = state;
  const to = ledgersOf(chainOf(account)).filter((id) => !uplinks.has(id));
  const owesOrganizations = before !== undefined && isSameByName(before, account);
  const opens = (id: string): boolean => (id === account.userId ? uplinks.size === 0 : owesOrganizations);
  const opening = to.some(opens) ? openingOf(ledger, spend, at) : undefined;
  const opened = opening === undefined ? [] : to.filter(opens);
  const others = to.filter((id) => !opened.includes(id));
  return [
    ...(opening === undefined ? [] : [{ type: 'uplinks-set', to: opened, opening } as const]),
    ...(others.length === 0 ? [] : [{ type: 'uplinks-set', to: others } as const]),
  ];
}

/** The state of an account of which only the name of its ledger is on disk yet. */
export function stateBeforeWrite(account: Account, nowMs: number): TenantState {
  const state = newTenant();
  const at = epochMs(nowMs);
  for (const event of configurationOf(state, account, at) ?? []) applyEvent(state, event, at);
  return state;
}

function isSame(one: Account, other: Account): boolean {
  const said = ({ version, secretHashes, policy }: Account): string => JSON.stringify([version, secretHashes, policy]);
  return said(one) === said(other);
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

function viewOf(state: TenantState, account: Account): AccountView {
  const { id, version, userId, organizationId, test, policy } = account;
  return {
    id,
    version,
    userId,
    ...(organizationId === undefined ? {} : { organizationId }),
    test,
    policy,
    limits: state.ledger.limits.map(({ limit }) => limit),
    planVersion: planVersion(state),
  };
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
    case 'granted': {
      const { holdId, cap, tokens, nanoUsd } = answer;
      const standings = limitStandings(state.ledger, at);
      const versions = { policyVersion: account.version, planVersion: planVersion(state) };
      return { kind: 'granted', holdId, cap, tokens, nanoUsd, leaseMs, standings, ...versions };
    }
    case 'refused':
      return {
        kind: 'refused',
        refusal: answer.refusal,
        owner: ownerOf(account),
        standings: limitStandings(state.ledger, at),
      };
    default:
      return { kind: 'ended' };
  }
}
