import type { HoldId } from '../ledger/command.ts';
import { decide } from '../ledger/decide.ts';
import type { Endpoint } from '../ledger/limit.ts';
import type { Hold } from '../ledger/state.ts';
import { assert } from '../../assert.ts';
import { idempotencyKeyCharsMax } from '../../limits.ts';
import type { Claim, KeptAnswer } from './claim.ts';
import { isOld } from './claims.ts';
import type { Row } from './row.ts';
import type { TenantState } from './fold.ts';
import type { Account, Idempotency, IdempotencyReply, ReplayReply } from './protocol.ts';
import type { CallFacts } from './record.ts';

/** The key of a claim. The same key at another endpoint is another key. */
function claimKey(endpoint: Endpoint, { key }: Idempotency): string {
  assert(key.length > 0 && key.length <= idempotencyKeyCharsMax, 'an idempotency key of a length that is allowed');
  return `${endpoint} ${key}`;
}

interface Asked {
  readonly name: string;
  readonly endpoint: Endpoint;
}

/**
 * The answer to a call whose key an earlier call has claimed. Undefined if none has, or if the earlier call is this
 * very one, and runs. The ledger says whether it runs. A call that has expired was charged, so its key stays taken.
 */
export function earlierReply(
  state: TenantState,
  { name, endpoint }: Asked,
  idempotency: Idempotency | undefined,
  row: Row,
): ReplayReply | IdempotencyReply | undefined {
  if (idempotency === undefined) return undefined;
  const claim = row.claims.ofKey(claimKey(endpoint, idempotency));
  if (claim === undefined) return undefined;
  const runs = state.ledger.open.has(claim.holdId);
  if (runs ? claim.name === name : isOld(claim, row.at)) return undefined;
  if (claim.bodyHash !== idempotency.bodyHash) return problemWith(claim, 'mismatch');
  if (runs) return problemWith(claim, 'in_progress');
  const answer = keepsAnswers(state.account) ? row.claims.answerOf(claim.holdId) : undefined;
  if (answer === undefined) return problemWith(claim, 'unreplayable');
  row.noteRead(answer.body.length);
  return { kind: 'replay', callName: claim.name, answer };
}

/** Claims the key for a call that was just admitted. A repeated admit has it already. */
export function claimKeyFor(state: TenantState, call: Asked, holdId: HoldId, idempotency: Idempotency, row: Row): void {
  const key = claimKey(call.endpoint, idempotency);
  if (row.claims.ofKey(key)?.holdId === holdId) return;
  const { bodyHash } = idempotency;
  row.claims.claim({ key, holdId, name: call.name, bodyHash, at: row.at }, (id) => state.ledger.open.has(id));
}

/** What a settlement says that matters to a repeat of the call. */
interface Ending {
  /** See `SettleCommand`. */
  readonly attempt?: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly facts: CallFacts;
  readonly answer: KeptAnswer | undefined;
}

/** Ends the claim of a settled call: frees it, or keeps the answer. */
export function endClaim(state: TenantState, hold: Hold, ending: Ending, row: Row): void {
  const { tokens, nanoUsd, facts, answer } = ending;
  // The extension has posted this use already: see `decide`.
  const isPosted = (ending.attempt ?? hold.attempt) < hold.attempt;
  const isFree = (isPosted || (tokens === 0 && nanoUsd === 0)) && !hasSpent(hold);
  if (isFree && isFailure(facts, answer)) row.claims.free(hold.id);
  else if (answer !== undefined && keepsAnswers(state.account)) row.claims.keep(hold.id, answer);
}

/** Ends a call by its name, and gives its key back. Whoever asks vouches for it that nothing of it was used. */
export function executeVoid(
  state: TenantState,
  name: string,
  row: Row,
): { readonly kind: 'voided' } | { readonly kind: 'ended' } {
  const { answer, event } = decide(state.ledger, { type: 'void', name }, row.at, row.nextId());
  if (event?.type === 'voided' || event?.type === 'corrected') {
    const hold = state.ledger.open.get(event.id) ?? state.ledger.expired.get(event.id)?.hold;
    // What earlier attempts were charged stays charged.
    if (hold !== undefined && !hasSpent(hold)) row.claims.free(hold.id);
  }
  if (event !== undefined) row.record(event);
  return answer.kind === 'voided' ? { kind: 'voided' } : { kind: 'ended' };
}

/** Whether the account keeps answers. A revoked one keeps none. */
export function keepsAnswers(account: Account | undefined): boolean {
  return account?.policy.idempotency !== 'charge-only' && account?.policy.status !== 'revoked';
}

function hasSpent({ spentTokens, spentNanoUsd }: Hold): boolean {
  return spentTokens > 0 || spentNanoUsd > 0;
}

/** A call whose client left has not failed if it was answered. */
function isFailure({ status, end }: CallFacts, answer: KeptAnswer | undefined): boolean {
  if (status >= 400) return true;
  return end === 'client_left' ? answer === undefined : end !== 'completed' && end !== 'cut_off';
}

function problemWith({ name }: Claim, problem: IdempotencyReply['problem']): IdempotencyReply {
  return { kind: 'idempotency', problem, callName: name };
}

const encoder = new TextEncoder();
const yes = encoder.encode('true');
const no = encoder.encode('false');

/** The answer, changed to say that its response is not kept. `at` is where its body says `true`. */
export function answerUnkept({ body, ...answer }: KeptAnswer, at: number): KeptAnswer | undefined {
  // An answer that would say the wrong thing is not kept.
  if (yes.some((byte, index) => body[at + index] !== byte)) return undefined;
  const changed = new Uint8Array(body.length - yes.length + no.length);
  changed.set(body.subarray(0, at));
  changed.set(no, at);
  changed.set(body.subarray(at + yes.length), at + no.length);
  return { ...answer, body: changed };
}
