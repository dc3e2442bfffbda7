import type { HoldId } from '../ledger/command.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';
import { claimsMax, claimKeepMs, keptAnswerBytesMax, keptAnswersBytesMax } from '../../limits.ts';
import type { Claim, ClaimChange, ClaimStore, KeptAnswer } from './claim.ts';

const standardBounds = { claimsMax, answersBytesMax: keptAnswersBytesMax };

/** Whether a hold is open, by the ledger. */
export type IsOpen = (holdId: HoldId) => boolean;

/**
 * The claims of an account as the current flush leaves them: those on disk, under the changes of the flush. `take`
 * hands the changes over, to be written with their row or not at all.
 *
 * The oldest make room. Answers go first, because a claim without an answer still keeps its call from being charged
 * again. Claims go when there are too many, or after a day, unless their call runs.
 */
export class Claims {
  readonly #store: ClaimStore;
  readonly #bounds: typeof standardBounds;
  #changes: ClaimChange[] = [];
  #bytesChanged = 0;
  #isUsed: boolean;
  /** Found when it is first needed, because that reads all claims. */
  #tally: { claims: number; bytes: number } | undefined;
  // The changes, by key and by hold. Undefined means freed or dropped.
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

  /** About how many bytes the changes will write. A flush has a maximum of them. */
  get bytesChanged(): number {
    return this.#bytesChanged;
  }

  /** Claims a key for a call that was just admitted. An earlier claim of the key ends. */
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

  /** Keeps the answer of a call that has claimed a key, if the answer is not too large. */
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

  dropAnswers(): void {
    if (!this.#isUsed) return;
    const tally = this.#tallied();
    for (const holdId of this.#answers.keys()) this.#drop(holdId);
    this.#areAnswersDropped = true;
    tally.bytes = 0;
    this.#change({ kind: 'all-dropped' }, 0);
  }

  /** Forgets up to `countMax` claims that are too old. Returns how many. */
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

  /** Hands over what to write, once. */
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

  /** A claim on disk, after the changes to all of them. */
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

/** Whether a claim is so old that its key is free again, unless its call runs. */
export function isOld(claim: Claim, at: EpochMs): boolean {
  return at >= claim.at + claimKeepMs;
}
