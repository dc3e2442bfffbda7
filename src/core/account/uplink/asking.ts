import type { Bound, HoldId } from '../../ledger/command.ts';
import { amountsAt } from '../../ledger/admission.ts';
import { type Refusal, longer } from '../../ledger/refusal.ts';
import type { Hold } from '../../ledger/state.ts';
import { type PendingReply, disclosed, executeAdmit, grantOf, refusedBy as refusalBy, viewOf } from '../execute.ts';
import type { TenantState } from '../fold.ts';
import type { AdmitReply, AdmitRequest, ExtendReply, Grant } from '../protocol.ts';
import type { LevelStanding, LimitOwner } from '../level.ts';
import type { Row } from '../row.ts';
import type { Ask, AskAnswer, Trim } from './ask.ts';

/** What one account above has answered, and where it stands. */
export interface Answered {
  readonly answer: AskAnswer | { readonly kind: 'unanswered' };
  readonly level?: LevelStanding | undefined;
}

/** One account above that is asked for a call, by the number of the call there. */
interface Asked {
  readonly to: string;
  readonly n: number;
  isSent: boolean;
  answered?: Answered;
}

/** A call for which accounts above are asked. */
export interface Asking {
  readonly holdId: HoldId;
  /** The attempt of the hold that they are asked for. */
  readonly attempt: number;
  readonly bound: Bound;
  readonly levels: readonly Asked[];
  /** One after another, the nearest first: then of two calls that stand in each other's way one is made. */
  readonly isInOrder: boolean;
  /** An instance that is gone has asked too. Its question may still be under way. */
  readonly isAgain: boolean;
  /** What was asked here, if a call was to be admitted. */
  readonly request?: AdmitRequest;
}

export function askingOf(
  hold: Hold,
  bound: Bound,
  { request, isInOrder = false, isAgain = false }: Partial<Pick<Asking, 'request' | 'isInOrder' | 'isAgain'>>,
): Asking {
  const { id: holdId, attempt, asked = [] } = hold;
  const levels = asked.map(({ to, n }) => ({ to, n, isSent: false }));
  const how = { isInOrder, isAgain, ...(request === undefined ? {} : { request }) };
  return { holdId, attempt, bound, levels, ...how };
}

/** Whether an account may be asked now. */
export function isTurnOf({ levels, isInOrder }: Asking, level: Asked): boolean {
  if (level.isSent) return false;
  return (
    !isInOrder || levels.slice(0, levels.indexOf(level)).every(({ answered }) => answered?.answer.kind === 'granted')
  );
}

/** Whether nothing more is to be heard: all have answered, or one that was asked in its turn has not granted. */
export function isAnswered({ levels, isInOrder }: Asking): boolean {
  if (isInOrder && levels.some(({ answered }) => answered !== undefined && answered.answer.kind !== 'granted'))
    return true;
  return levels.every(({ answered }) => answered !== undefined);
}

/** What to ask an account above. Nothing is asked that is larger than what those before have granted. */
export function askOf(asking: Asking, hold: Hold, n: number): Ask {
  const { attempt, spentTokens, spentNanoUsd, endpoint, stream, bounded } = hold;
  const bound = { ...asking.bound, capWanted: Math.max(asking.bound.capLeast, capOf(asking, hold)) };
  return attempt > 1
    ? { kind: 'extend', n, attempt, spentTokens, spentNanoUsd, bound }
    : { kind: 'admit', n, call: { endpoint, stream, bounded, bound } };
}

/** The least cap that was granted. */
function capOf({ levels }: Asking, hold: Hold): number {
  return levels.reduce((least, { answered }) => {
    const answer = answered?.answer;
    return answer?.kind === 'granted' ? Math.min(least, answer.cap) : least;
  }, hold.cap);
}

export interface Resolved {
  readonly reply: AdmitReply | ExtendReply | PendingReply;
  /** What accounts above have granted too much of. */
  readonly trims: readonly { readonly to: string; readonly trim: Trim }[];
}

/** What becomes of a call for which all have answered. */
export function executeAnswered(state: TenantState, asking: Asking, row: Row): Resolved {
  const { ledger, account } = state;
  const { holdId, attempt, levels, bound, request } = asking;
  const hold = ledger.open.get(holdId);
  if (hold === undefined || account === undefined || hold.attempt !== attempt || hold.asking !== true)
    return untrimmed({ kind: 'ended' });
  const above = levels.flatMap(({ answered }) => (answered?.level === undefined ? [] : [answered.level]));
  for (const level of above) noteLevel(state, level, row);
  const refused = levels.filter(({ answered }) => answered?.answer.kind !== 'granted');
  const cap = capOf(asking, hold);
  // One that an instance which is gone has asked may have granted less. Then nobody was told.
  if (refused.length === 0 && cap >= bound.capLeast) {
    const amounts = amountsAt(bound, cap);
    // What was asked for is on disk, and those above know it: that need not be written before it is told.
    if (amounts.cap === hold.cap) row.confirm(hold);
    else row.record({ type: 'confirmed', id: holdId, ...amounts });
    const reply = {
      ...grantOf(state, account, { holdId, ...amounts }, row.at),
      ...disclosed(account, above),
    };
    const trims = levels.flatMap(({ to, n, answered }) => {
      const granted = answered?.answer;
      return granted?.kind === 'granted' && granted.cap > amounts.cap ? [{ to, trim: { n, attempt, ...amounts } }] : [];
    });
    return { reply, trims };
  }
  const obstacle = obstacleOf(state, refused, row);
  if (attempt > 1) {
    row.record({ type: 'stopped', id: holdId });
    return untrimmed(obstacle.kind === 'refused' ? obstacle : { kind: 'ended' });
  }
  if (asking.isAgain && refused.length > 0 && refused.every(({ answered }) => answered?.answer.kind === 'ended')) {
    // All have granted it, some have charged it in silence since, and whoever was told of it is gone.
    row.record({ type: 'expired', id: holdId });
    return untrimmed({ kind: 'ended' });
  }
  const refusedBy = asking.isAgain ? [] : refused.filter(hasNothing).map(({ to }) => to);
  row.record({ type: 'released', id: holdId, refusedBy });
  row.claims.free(holdId);
  const isOnlyHolds = refused.every(
    ({ answered }) => answered?.answer.kind === 'refused' && answered.answer.refusal.comeBack.kind === 'holds',
  );
  if (!isOnlyHolds || asking.isInOrder || levels.length === 1 || request === undefined) return untrimmed(obstacle);
  return untrimmed(executeAdmit(state, request, row));
}

function untrimmed(reply: Resolved['reply']): Resolved {
  return { reply, trims: [] };
}

/** Whether an account above surely has no hold of the call. */
function hasNothing({ isSent, answered }: Asked): boolean {
  return (
    !isSent || (answered !== undefined && answered.answer.kind !== 'unanswered' && answered.answer.kind !== 'granted')
  );
}

/** What the caller is told of those that have not granted. */
function obstacleOf(state: TenantState, refused: readonly Asked[], row: Row): Exclude<AdmitReply, Grant> {
  const { account } = state;
  let found: { refusal: Refusal; owner: LimitOwner } | undefined;
  for (const { to, answered } of refused) {
    const answer = answered?.answer;
    switch (answer?.kind) {
      case 'refused': {
        const refusal = longer(found?.refusal, answer.refusal);
        if (refusal !== found?.refusal)
          found = { refusal, owner: { scope: answered?.level?.scope ?? 'organization', id: to } };
        break;
      }
      case 'unbounded':
        return account === undefined ? { kind: 'ended' } : { kind: 'stale', account: viewOf(state, account) };
      case 'denied':
        if (answer.reason === 'lost') return { kind: 'denied', reason: 'lost', account: to };
        return { kind: 'denied', reason: answer.reason };
      case undefined:
        break;
      default:
        return { kind: 'denied', reason: 'unanswered', account: to };
    }
  }
  if (found === undefined || account === undefined) return { kind: 'ended' };
  // Those that have granted it still hold it, for a moment.
  const above = refused.flatMap(({ answered }) => (answered?.level === undefined ? [] : [answered.level]));
  return { ...refusalBy(state, account, found.refusal, row.at), owner: found.owner, ...disclosed(account, above) };
}

/** Remembers the limits of an account above, if they are newer than those that were told. */
function noteLevel({ account }: TenantState, { id, scope, version, limits }: LevelStanding, row: Row): void {
  const known = account?.above?.find((level) => level.id === id);
  if (known === undefined || known.version >= version) return;
  row.record({ type: 'level-set', level: { id, scope, version, limits } });
}
