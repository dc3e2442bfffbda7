import type { HoldId } from '../../src/core/ledger/command.ts';
import type { Limit } from '../../src/core/ledger/limit.ts';
import { epochMs } from '../../src/core/ledger/epoch-ms.ts';
import type { Refusal } from '../../src/core/ledger/refusal.ts';
import { expiredKeepMs, leaseMs, namedCountersMax } from '../../src/limits.ts';
import type { TenantEvent } from '../../src/core/account/fold.ts';
import type {
  Account,
  AdmitRequest,
  ExtendRequest,
  KeptResponseRequest,
  RecallRequest,
  ResolveRequest,
  SettleRequest,
} from '../../src/core/account/protocol.ts';
import { type Asked, naiveFit } from './naive-admission.ts';
import { type NaiveHold, type NaiveLedger, namesIn } from './naive-ledger.ts';
import { leavesAt } from './naive-periods.ts';

/** What the simulator asks of an account. */
export type Asking =
  /** One that came with others in an exchange never waits for its turn. */
  | { readonly type: 'admit'; readonly request: AdmitRequest; readonly neverWaits?: true }
  | { readonly type: 'extend'; readonly request: ExtendRequest }
  | { readonly type: 'settle'; readonly request: SettleRequest }
  | { readonly type: 'void'; readonly name: string }
  | { readonly type: 'renew'; readonly holdIds: readonly HoldId[] }
  | { readonly type: 'recall'; readonly request: RecallRequest }
  | { readonly type: 'resolve'; readonly request: ResolveRequest }
  | { readonly type: 'read' | 'turns' | 'forget'; readonly request: KeptResponseRequest }
  | { readonly type: 'configure'; readonly account: Account; readonly limits: readonly Limit[] }
  | { readonly type: 'reset' };

/**
 * What must come of it: the answer, and the events on disk. Where a name may have been forgotten, both ways are right.
 */
export interface Expected {
  readonly reply: object;
  readonly events: readonly TenantEvent[];
  readonly or?: Expected;
}

const ended: Expected = { reply: { kind: 'ended' }, events: [] };

/** What is asked of the ledger, and not of leases, of which it knows nothing. */
export type LedgerAsking = Exclude<Asking, { readonly type: 'renew' }>;

/** Foretells the answer of an account that has taken in what `ledger` has, at `at`, for the event placed at `id`. */
export function foretell(ledger: NaiveLedger, asking: LedgerAsking, at: number, id: string): Expected {
  switch (asking.type) {
    case 'admit':
      return foretellAdmit(ledger, asking.request, at, id);
    case 'extend':
      return foretellExtend(ledger, asking.request, at);
    case 'settle':
      return foretellSettle(ledger, asking.request);
    case 'void':
      return foretellVoid(ledger, asking.name, at);
    case 'recall':
      return foretellRecall(ledger, asking.request, at);
    case 'resolve':
    case 'read':
    case 'turns':
    case 'forget':
      return { reply: deniedTo(ledger) ?? foretellOfResponses(ledger, asking, at), events: [] };
    case 'configure':
      return foretellConfigure(ledger, asking.account, asking.limits);
    case 'reset':
      return {
        reply: { kind: 'changed' },
        events: [ledger.nowMs < at ? { type: 'reset', setBackTo: epochMs(ledger.nowMs) } : { type: 'reset' }],
      };
  }
}

/** Where the account stands under each limit, this moment: a grant carries it. */
export function naiveStandings(ledger: NaiveLedger, at: number): object[] {
  return ledger.limits.map((limit) => {
    const members = ledger.membersAt(limit, at);
    const last = members.at(-1);
    const resetsAt = last === undefined ? undefined : leavesAt(limit.window, last);
    return { posted: ledger.posted(limit, at), held: ledger.held(limit, at), resetsAt };
  });
}

function foretellAdmit(ledger: NaiveLedger, request: AdmitRequest, at: number, id: string): Expected {
  const { name, endpoint, stream, bounded, bound } = request.call;
  const denied = deniedTo(ledger);
  if (ledger.account === undefined || denied !== undefined) return { reply: denied ?? {}, events: [] };
  const earlier = ledger.claims.earlier(request.call, request.idempotency, at);
  if (earlier !== undefined) return { reply: earlier, events: [] };
  const known = ledger.idOf(name);
  if (known !== undefined) return grantedAgain(ledger, ledger.open.get(known), at);
  if (request.policyVersion !== ledger.account.version) return { reply: { kind: 'stale' }, events: [] };
  const remembered = ledger.endedNames.remembers(name, at);
  if (remembered === 'surely') return ended;
  const fit = naiveFit(ledger, { endpoint, stream, bound }, at);
  if ('refusal' in fit) return orEnded(remembered, refused(ledger, fit.refusal, at));
  const { cap, tokens, nanoUsd } = fit;
  const { userId, organizationId } = ledger.account;
  const chain = [userId, organizationId].filter((owner) => owner !== undefined);
  return orEnded(remembered, {
    reply: { kind: 'granted', holdId: id, cap, tokens, nanoUsd, leaseMs },
    events: [{ type: 'admitted', id, name, endpoint, ...namesIn(bound), stream, bounded, tokens, nanoUsd, cap, chain }],
  });
}

function foretellRecall(ledger: NaiveLedger, request: RecallRequest, at: number): Expected {
  const earlier = (): object => ledger.claims.earlier(request, request.idempotency, at) ?? { kind: 'none' };
  return { reply: deniedTo(ledger) ?? earlier(), events: [] };
}

/** How an account answers whatever a client asks, if it answers none. */
function deniedTo({ account }: NaiveLedger): object | undefined {
  if (account === undefined) return { kind: 'denied', reason: 'unknown' };
  return account.policy.status === 'revoked' ? { kind: 'denied', reason: 'revoked' } : undefined;
}

function foretellOfResponses(
  { claims, responses }: NaiveLedger,
  asking: Extract<Asking, { readonly type: 'resolve' | 'read' | 'turns' | 'forget' }>,
  at: number,
): object {
  switch (asking.type) {
    case 'resolve': {
      const { name, idempotency } = asking.request;
      return claims.earlier({ name, endpoint: 'responses' }, idempotency, at) ?? responses.resolve(asking.request);
    }
    case 'read':
      return responses.read(asking.request);
    case 'turns':
      return responses.turnsUpTo(asking.request);
    case 'forget':
      return { kind: responses.has(asking.request.id) ? 'forgotten' : 'none' };
  }
}

function orEnded(remembered: 'maybe' | 'never', expected: Expected): Expected {
  return remembered === 'maybe' ? { ...expected, or: ended } : expected;
}

function grantedAgain(ledger: NaiveLedger, hold: NaiveHold | undefined, at: number): Expected {
  if (hold === undefined) throw new Error('the model lost a hold');
  const { id, cap, tokens, nanoUsd } = hold;
  const standings = naiveStandings(ledger, at);
  return { reply: { kind: 'granted', holdId: id, cap, tokens, nanoUsd, leaseMs, standings }, events: [] };
}

function refused(ledger: NaiveLedger, refusal: Refusal, at: number): Expected {
  return { reply: { kind: 'refused', refusal, standings: naiveStandings(ledger, at) }, events: [] };
}

function foretellExtend(ledger: NaiveLedger, request: ExtendRequest, at: number): Expected {
  const { holdId, attempt, spentTokens, spentNanoUsd, bound } = request;
  const hold = ledger.open.get(holdId);
  if (hold === undefined || attempt < hold.attempt) return ended;
  if (attempt === hold.attempt) return grantedAgain(ledger, hold, at);
  const { endpoint, stream } = hold;
  const asked: Asked = { endpoint, stream, bound, after: { hold, spentTokens, spentNanoUsd } };
  const fit = naiveFit(ledger, asked, at);
  if ('refusal' in fit) return refused(ledger, fit.refusal, at);
  return {
    reply: { kind: 'granted', holdId, ...fit, leaseMs },
    events: [{ type: 'extended', id: holdId, attempt, spentTokens, spentNanoUsd, ...namesIn(bound), ...fit }],
  };
}

function foretellSettle(ledger: NaiveLedger, { answer: _answer, response, ...command }: SettleRequest): Expected {
  const { holdId: id } = command;
  const facts = { ...command.facts };
  const { responses } = ledger;
  const isThere = response === undefined ? {} : { kept: responses.has(response.id) };
  const endedBefore: Expected = { reply: { kind: 'ended', ...isThere }, events: [] };
  const kept = response === undefined ? {} : { kept: responses.willKeep(response) };
  const open = ledger.open.get(id);
  const expired = ledger.expired.get(id);
  const hold = open ?? expired?.hold;
  if (hold === undefined) return endedBefore;
  // Who does not know of a later attempt settles an earlier one, and that was charged when the later one was granted.
  const late = command.attempt !== undefined && command.attempt < hold.attempt;
  const { tokens, nanoUsd } = late ? { tokens: 0, nanoUsd: 0 } : command;
  const breach = hold.bounded && (tokens > hold.tokens || nanoUsd > hold.nanoUsd);
  const corrected = open === undefined;
  const type = corrected ? 'corrected' : 'settled';
  const found: Expected = {
    reply: { kind: 'settled', breach, corrected, ...kept },
    events: [{ type, id, tokens, nanoUsd, breach, facts }],
  };
  return expired !== undefined && mayBeForgotten(ledger, expired.at) ? { ...found, or: endedBefore } : found;
}

function foretellVoid(ledger: NaiveLedger, name: string, at: number): Expected {
  const id = ledger.idOf(name);
  if (id !== undefined) return { reply: { kind: 'voided' }, events: [{ type: 'voided', id }] };
  const remembered = ledger.endedNames.remembers(name, at);
  const buried: Expected = { reply: { kind: 'voided' }, events: [{ type: 'tombstoned', name }] };
  let expected: Expected = remembered === 'surely' ? ended : orEnded(remembered, buried);
  // Of a call that was charged when it expired, a void says that nothing was used. The oldest of that name is meant.
  for (const expired of [...ledger.expired.values()].toReversed()) {
    if (expired.hold.name !== name) continue;
    const truth = { id: expired.hold.id, tokens: 0, nanoUsd: 0, breach: false, facts: {} };
    const corrected: Expected = { reply: { kind: 'voided' }, events: [{ type: 'corrected', ...truth }] };
    expected = mayBeForgotten(ledger, expired.at) ? { ...corrected, or: expected } : corrected;
  }
  return expected;
}

/** An expired hold is kept for a day at least, and beyond that for as long as no other expires. */
function mayBeForgotten(ledger: NaiveLedger, expiredAt: number): boolean {
  return ledger.at - expiredAt >= expiredKeepMs;
}

function foretellConfigure(ledger: NaiveLedger, account: Account, limits: readonly Limit[]): Expected {
  if ((ledger.account?.version ?? 0) >= account.version) return { reply: { kind: 'older' }, events: [] };
  if (ledger.namedCountersWith(limits) > namedCountersMax) return { reply: { kind: 'too-many-counters' }, events: [] };
  return {
    reply: { kind: 'configured' },
    events: [
      { type: 'account-set', account },
      { type: 'limits-set', limits },
    ],
  };
}
