import type { HoldId } from '../ledger/command.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';
import { claimsMax, claimKeepMs, keptAnswerBytesMax, keptAnswersBytesMax } from '../../limits.ts';
import type { Claim, ClaimChange, ClaimStore, KeptAnswer } from './claim.ts';

export interface ClaimBounds {
  readonly claimsMax: number;
  readonly answersBytesMax: number;
}

const standardBounds: ClaimBounds = { claimsMax, answersBytesMax: keptAnswersBytesMax };

/** Whether a hold is open, as the ledger has it. */
export type IsOpen = (holdId: HoldId) => boolean;

/**
 * The claims of an account as the flush under way leaves them: those on disk, and over them what it has changed. The
 * changes are handed over with `take`, to be written together with the row that they belong to, or not at all.
 *
 * Room is made by age: answers go first, oldest first, because a claim without its answer still keeps its call from
 * being charged again. Claims go when there are too many of them, or after a day; one whose call runs never does.
 */
export class Claims {
  readonly #store: ClaimStore;
  readonly #bounds: ClaimBounds;
  #changes: ClaimChange[] = [];
  #bytesChanged = 0;
  #isUsed: boolean;
  /** Worked out when it is first needed, because all claims must be read for it. */
  #tally: { claims: number; bytes: number } | undefined;
  // What was changed, by key and by hold; undefined is what was freed, or dropped.
  readonly #byKey = new Map<string, Claim | undefined>();
  readonly #byHold = new Map<HoldId, Claim | undefined>();
  readonly #answers = new Map<HoldId, KeptAnswer | undefined>();
  #areAnswersDropped = false;

  constructor(store: ClaimStore, bounds = standardBounds) {
    this.#store = store;
    this.#bounds = bounds;
    this.#isUsed = !store.isEmpty();
  }

  ofKey(key: string): Claim | undefined {
    if (!this.#isUsed) return undefined;
    return this.#byKey.has(key) ? this.#byKey.get(key) : this.#asStored(this.#store.ofKey(key));
  }

  ofHold(holdId: HoldId): Claim | undefined {
    if (!this.#isUsed) return undefined;
    return this.#byHold.has(holdId) ? this.#byHold.get(holdId) : this.#asStored(this.#store.ofHold(holdId));
  }

  answerOf(holdId: HoldId): KeptAnswer | undefined {
    if (this.#answers.has(holdId)) return this.#answers.get(holdId);
    return this.#isUsed && !this.#areAnswersDropped ? this.#store.answerOf(holdId) : undefined;
  }

  /** About how many bytes the changes under way will write, which are bounded as those of the journal are. */
  get bytesChanged(): number {
    return this.#bytesChanged;
  }

  /** Takes a key for a call that was just admitted. Whoever had it before has it no more. */
  claim(claim: Claim, isOpen: IsOpen): void {
    const before = this.ofKey(claim.key);
    if (before !== undefined) this.#free(before);
    const tally = this.#tallied();
    this.#isUsed = true;
    this.#set(claim);
    tally.claims += 1;
    this.#change({ kind: 'claimed', claim }, claim.key.length + claim.bodyHash.length);
    if (tally.claims > this.#bounds.claimsMax) this.#forgetClaims(isOpen);
  }

  /** Keeps the answer of a call that has claimed a key, if it is not too large. Says nothing of one that has not. */
  keep(holdId: HoldId, answer: KeptAnswer): void {
    const claim = this.ofHold(holdId);
    const bytes = answer.body.length;
    if (claim === undefined || bytes > keptAnswerBytesMax) return;
    const tally = this.#tallied();
    this.#set({ ...claim, bytes });
    this.#answers.set(holdId, answer);
    tally.bytes += bytes;
    this.#change({ kind: 'kept', holdId, answer }, bytes);
    if (tally.bytes > this.#bounds.answersBytesMax) this.#dropOldest();
  }

  /** Gives the key of a call back, if it has claimed one. */
  free(holdId: HoldId): void {
    const claim = this.ofHold(holdId);
    if (claim !== undefined) this.#free(claim);
  }

  /** Forgets every answer there is. */
  dropAnswers(): void {
    if (!this.#isUsed) return;
    const tally = this.#tallied();
    for (const holdId of this.#answers.keys()) this.#drop(holdId);
    this.#areAnswersDropped = true;
    tally.bytes = 0;
    this.#change({ kind: 'all-dropped' }, 0);
  }

  /** Forgets claims that are too old, up to so many. Answers how many. */
  forgetOld(at: EpochMs, isOpen: IsOpen, countMax: number): number {
    const old: Claim[] = [];
    if (!this.#isUsed) return 0;
    for (const claim of this.#store.all()) {
      if (old.length >= countMax || !isOld(claim, at)) break;
      if (!isOpen(claim.holdId)) old.push(claim);
    }
    for (const claim of old) this.#free(claim);
    return old.length;
  }

  /** Hands over what is to be written, once. */
  take(): readonly ClaimChange[] {
    const changes = this.#changes;
    if (changes.length === 0) return changes;
    this.#changes = [];
    this.#bytesChanged = 0;
    this.#byKey.clear();
    this.#byHold.clear();
    this.#answers.clear();
    this.#areAnswersDropped = false;
    return changes;
  }

  #forgetClaims(isOpen: IsOpen): void {
    const tally = this.#tallied();
    for (const { holdId } of this.#store.all()) {
      if (tally.claims <= this.#bounds.claimsMax) return;
      const claim = this.ofHold(holdId);
      if (claim !== undefined && !isOpen(holdId)) this.#free(claim);
    }
  }

  #dropOldest(): void {
    const tally = this.#tallied();
    const stored = this.#areAnswersDropped ? [] : this.#store.answered();
    for (const { holdId } of stored) {
      if (tally.bytes <= this.#bounds.answersBytesMax) return;
      this.#drop(holdId);
    }
    for (const holdId of this.#answers.keys()) {
      if (tally.bytes <= this.#bounds.answersBytesMax) return;
      this.#drop(holdId);
    }
  }

  #drop(holdId: HoldId): void {
    const claim = this.ofHold(holdId);
    if (claim?.bytes === undefined) return;
    const { bytes, ...without } = claim;
    this.#set(without);
    this.#answers.set(holdId, undefined);
    this.#tallied().bytes -= bytes;
    this.#change({ kind: 'dropped', holdId }, 0);
  }

  #free(claim: Claim): void {
    const tally = this.#tallied();
    tally.claims -= 1;
    tally.bytes -= claim.bytes ?? 0;
    this.#byKey.set(claim.key, undefined);
    this.#byHold.set(claim.holdId, undefined);
    this.#answers.set(claim.holdId, undefined);
    this.#change({ kind: 'freed', holdId: claim.holdId }, 0);
  }

  /** A claim on disk, but for what the changes under way do to all of them. */
  #asStored(claim: Claim | undefined): Claim | undefined {
    if (claim?.bytes === undefined || !this.#areAnswersDropped) return claim;
    const { bytes: _bytes, ...without } = claim;
    return without;
  }

  #set(claim: Claim): void {
    this.#byKey.set(claim.key, claim);
    this.#byHold.set(claim.holdId, claim);
  }

  #change(change: ClaimChange, bytes: number): void {
    this.#changes.push(change);
    this.#bytesChanged += bytes;
  }

  #tallied(): { claims: number; bytes: number } {
    this.#tally ??= { ...this.#store.tally() };
    return this.#tally;
  }
}

/** Whether a claim was made so long ago that its key is as good as new, unless its call still runs. */
export function isOld(claim: Claim, at: EpochMs): boolean {
  return at >= claim.at + claimKeepMs;
}
