import type { Claim, ClaimChange, ClaimStore, KeptAnswer } from '../../src/core/account/claim.ts';

/** The claims of an account on a disk in memory. */
export class MemoryClaims implements ClaimStore {
  readonly #claims = new Map<string, Claim>();
  readonly #answers = new Map<string, KeptAnswer>();

  isEmpty(): boolean {
    return this.#claims.size === 0;
  }

  tally(): { readonly claims: number; readonly bytes: number } {
    const bytes = [...this.#answers.values()].reduce((sum, { body }) => sum + body.length, 0);
    return { claims: this.#claims.size, bytes };
  }

  ofKey(key: string): Claim | undefined {
    return this.#inOrder().find((claim) => claim.key === key);
  }

  ofHold(holdId: string): Claim | undefined {
    return this.#claims.get(holdId);
  }

  answerOf(holdId: string): KeptAnswer | undefined {
    return this.#answers.get(holdId);
  }

  oldestAt(): number | undefined {
    return this.#inOrder()[0]?.at;
  }

  all(): Iterable<Claim> {
    return this.#inOrder();
  }

  answered(): Iterable<{ readonly holdId: string; readonly bytes: number }> {
    return this.#inOrder().flatMap(({ holdId, bytes }) => (bytes === undefined ? [] : [{ holdId, bytes }]));
  }

  apply(changes: readonly ClaimChange[]): void {
    for (const change of changes) this.#apply(change);
  }

  #apply(change: ClaimChange): void {
    switch (change.kind) {
      case 'claimed': {
        const { claim } = change;
        if (this.#claims.has(claim.holdId) || this.ofKey(claim.key) !== undefined) {
          throw new Error(`key ${claim.key} is claimed already`);
        }
        this.#claims.set(claim.holdId, claim);
        return;
      }
      case 'kept': {
        const { holdId, answer } = change;
        const claim = this.#claims.get(holdId);
        if (claim === undefined || this.#answers.has(holdId)) throw new Error(`hold ${holdId} has no claim to answer`);
        this.#claims.set(holdId, { ...claim, bytes: answer.body.length });
        this.#answers.set(holdId, answer);
        return;
      }
      case 'dropped':
        this.#answers.delete(change.holdId);
        return this.#forgetSize(change.holdId);
      case 'all-dropped':
        this.#answers.clear();
        for (const holdId of this.#claims.keys()) this.#forgetSize(holdId);
        return;
      case 'freed':
        this.#claims.delete(change.holdId);
        this.#answers.delete(change.holdId);
    }
  }

  #forgetSize(holdId: string): void {
    const claim = this.#claims.get(holdId);
    if (claim === undefined) return;
    const { bytes: _bytes, ...without } = claim;
    this.#claims.set(holdId, without);
  }

  #inOrder(): Claim[] {
    return [...this.#claims.values()].toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ holdId }: Claim): number {
  const [seq = 0, place = 0] = holdId.split('.').map(Number);
  return seq * 100_000 + place;
}
