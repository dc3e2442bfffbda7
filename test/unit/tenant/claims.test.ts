import { describe, expect, test } from 'vitest';
import { claimKeepMs, keptAnswerBytesMax } from '../../../src/limits.ts';
import type { Claim, KeptAnswer } from '../../../src/core/account/claim.ts';
import { Claims } from '../../../src/core/account/claims.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { noon } from '../../support/ledger.ts';
import { MemoryClaims } from '../../support/memory-claims.ts';

type ClaimBounds = NonNullable<ConstructorParameters<typeof Claims>[1]>;

/** Claims on a disk to which each of these tests writes at its own will. */
class Account {
  readonly disk = new MemoryClaims();
  readonly open = new Set<string>();
  claims: Claims;
  readonly #bounds: ClaimBounds;

  constructor(bounds: Partial<ClaimBounds> = {}) {
    this.#bounds = { claimsMax: 100, answersBytesMax: 1000, ...bounds };
    this.claims = new Claims(this.disk, this.#bounds);
  }

  claim(place: number, at: number = noon): void {
    this.claims.claim(claim(place, at), (holdId) => this.open.has(holdId));
  }

  write(): void {
    this.disk.apply(this.claims.take());
  }

  wake(): void {
    this.write();
    this.claims = new Claims(this.disk, this.#bounds);
  }

  known(): string[] {
    return [...this.disk.all()].map(({ key }) => key);
  }

  answered(): string[] {
    return [...this.disk.answered()].map(({ holdId }) => holdId);
  }
}

function claim(place: number, at: number = noon): Claim {
  return { key: `key-${place}`, holdId: `1.${place}`, name: `call-${place}`, bodyHash: 'b', at: epochMs(at) };
}

function answer(bytes: number): KeptAnswer {
  return { status: 200, contentType: 'application/json', body: new Uint8Array(bytes) };
}

describe('within one flush', () => {
  test('what it has changed is seen at once, and is on disk only when it is written', () => {
    const account = new Account();
    account.claim(1);
    expect(account.claims.ofKey('key-1')).toEqual(claim(1));
    account.claims.keep('1.1', answer(3));
    expect(account.claims.ofHold('1.1')).toEqual({ ...claim(1), bytes: 3 });
    expect(account.claims.answerOf('1.1')).toEqual(answer(3));
    expect(account.known()).toEqual([]);
    account.write();
    expect(account.disk.ofKey('key-1')).toEqual({ ...claim(1), bytes: 3 });
    expect(account.claims.take()).toEqual([]);
  });

  test('what it frees is free, though it is still on disk', () => {
    const account = new Account();
    account.claim(1);
    account.claims.keep('1.1', answer(3));
    account.wake();
    account.claims.free('1.1');
    expect(account.claims.ofKey('key-1')).toBeUndefined();
    expect(account.claims.ofHold('1.1')).toBeUndefined();
    expect(account.claims.answerOf('1.1')).toBeUndefined();
    account.write();
    expect(account.disk.isEmpty()).toBe(true);
  });

  test('a key that is claimed anew is the new claim’s alone', () => {
    const account = new Account();
    account.claim(1);
    account.claims.keep('1.1', answer(3));
    account.wake();
    account.claims.claim({ ...claim(2), key: 'key-1' }, () => false);
    account.write();
    expect(account.disk.ofKey('key-1')).toMatchObject({ holdId: '1.2' });
    expect(account.disk.tally()).toEqual({ claims: 1, bytes: 0 });
  });

  test('answers that are dropped are gone, and those that come after are kept', () => {
    const account = new Account();
    for (const place of [1, 2, 3]) account.claim(place);
    account.claims.keep('1.1', answer(3));
    account.wake();
    account.claims.keep('1.2', answer(4));
    account.claims.dropAnswers();
    expect(account.claims.answerOf('1.1')).toBeUndefined();
    expect(account.claims.answerOf('1.2')).toBeUndefined();
    expect(account.claims.ofKey('key-1')).toEqual(claim(1));
    account.claims.keep('1.3', answer(5));
    account.write();
    expect(account.answered()).toEqual(['1.3']);
    expect(account.disk.tally()).toEqual({ claims: 3, bytes: 5 });
  });

  test('it counts what it will write, for a flush is bounded', () => {
    const account = new Account();
    account.claim(1);
    const before = account.claims.bytesChanged;
    account.claims.keep('1.1', answer(300));
    expect(account.claims.bytesChanged).toBe(before + 300);
    account.write();
    expect(account.claims.bytesChanged).toBe(0);
  });
});

describe('an account keeps', () => {
  test('an answer of the largest size, and of a larger one only that its key is taken', () => {
    const account = new Account({ answersBytesMax: 10 * keptAnswerBytesMax });
    account.claim(1);
    account.claim(2);
    account.claims.keep('1.1', answer(keptAnswerBytesMax));
    account.claims.keep('1.2', answer(keptAnswerBytesMax + 1));
    account.write();
    expect(account.answered()).toEqual(['1.1']);
    expect(account.known()).toEqual(['key-1', 'key-2']);
  });

  test('no answer of a call that has claimed no key', () => {
    const account = new Account();
    account.claims.keep('1.1', answer(1));
    account.claim(2);
    account.claims.keep('1.1', answer(1));
    account.write();
    expect(account.answered()).toEqual([]);
  });

  test('answers up to a size, all together: beyond it the oldest go, and their keys stay taken', () => {
    const account = new Account({ answersBytesMax: 100 });
    for (const place of [1, 2, 3]) account.claim(place);
    account.claims.keep('1.1', answer(40));
    account.claims.keep('1.2', answer(60));
    account.wake();
    expect(account.answered()).toEqual(['1.1', '1.2']);
    account.claims.keep('1.3', answer(1));
    account.write();
    expect(account.answered()).toEqual(['1.2', '1.3']);
    expect(account.known()).toEqual(['key-1', 'key-2', 'key-3']);
    expect(account.disk.ofKey('key-1')?.bytes).toBeUndefined();
  });

  test('answers up to that size also when all of them come in one flush', () => {
    const account = new Account({ answersBytesMax: 100 });
    for (const place of [1, 2, 3, 4]) account.claim(place);
    for (const place of [1, 2, 3, 4]) account.claims.keep(`1.${place}`, answer(50));
    account.write();
    expect(account.answered()).toEqual(['1.3', '1.4']);
    expect(account.disk.tally()).toEqual({ claims: 4, bytes: 100 });
  });

  test('so many keys, beyond which it forgets the oldest, but none whose call runs', () => {
    const account = new Account({ claimsMax: 3 });
    account.open.add('1.1');
    for (const place of [1, 2, 3]) account.claim(place);
    account.wake();
    expect(account.known()).toEqual(['key-1', 'key-2', 'key-3']);
    account.claim(4);
    account.write();
    expect(account.known()).toEqual(['key-1', 'key-3', 'key-4']);
    account.open.clear();
    account.claim(5);
    account.write();
    expect(account.known()).toEqual(['key-3', 'key-4', 'key-5']);
  });

  test('a key for a day, and longer while its call runs', () => {
    const account = new Account();
    account.open.add('1.1');
    for (const place of [1, 2]) account.claim(place);
    account.claim(3, noon + 1);
    account.wake();
    const forget = (at: number): number =>
      account.claims.forgetOld(epochMs(at), (holdId) => account.open.has(holdId), 10);
    expect(forget(noon + claimKeepMs - 1)).toBe(0);
    expect(forget(noon + claimKeepMs)).toBe(1);
    account.write();
    expect(account.known()).toEqual(['key-1', 'key-3']);
  });

  test('a few of those that are too old for the next time', () => {
    const account = new Account();
    for (const place of [1, 2, 3]) account.claim(place);
    account.write();
    expect(account.claims.forgetOld(epochMs(noon + claimKeepMs), () => false, 2)).toBe(2);
    account.write();
    expect(account.known()).toEqual(['key-3']);
  });
});
