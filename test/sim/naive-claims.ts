import type { HoldId } from '../../src/core/ledger/command.ts';
import type { Endpoint } from '../../src/core/ledger/limit.ts';
import { claimKeepMs } from '../../src/limits.ts';
import type { ClaimStore, KeptAnswer } from '../../src/core/account/claim.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import type { Idempotency, SettleRequest } from '../../src/core/account/protocol.ts';
import type { CallFacts } from '../../src/core/account/record.ts';
import { broken } from './broken-promise.ts';

interface NaiveClaim {
  readonly key: string;
  readonly holdId: HoldId;
  readonly name: string;
  readonly bodyHash: string;
  readonly at: number;
  isOpen: boolean;
  answer: KeptAnswer | undefined;
}

interface Asked {
  readonly name: string;
  readonly endpoint: Endpoint;
}

/** What a settlement says of the answer, for the model to find in the facts on disk. */
export type AnswerGiven = 'answered' | 'unkept' | 'failed';

/** What a router settles with, so that the facts alone tell what it says. */
export function givenAnswer(name: string, given: AnswerGiven): Pick<SettleRequest, 'answer'> & Partial<CallFacts> {
  const facts = {
    metadata: { given },
    ...(given === 'failed' ? { status: 502, end: 'provider_failed' as const } : {}),
  };
  return given === 'unkept' ? facts : { ...facts, answer: answerOf(name, given) };
}

function answerOf(name: string, given: AnswerGiven): KeptAnswer {
  const body = new TextEncoder().encode(`the answer of ${name}`);
  return { status: given === 'failed' ? 502 : 200, contentType: 'application/json', body };
}

/**
 * Who has which idempotency key, by the facts that reached the disk. It complains of a call that was admitted though
 * its key was taken, and of a disk that says otherwise than it does.
 */
export class NaiveClaims {
  keepsAnswers = true;
  readonly #asked = new Map<string, Idempotency>();
  readonly #claims = new Map<string, NaiveClaim>();

  /** A router is about to ask under this name, with this key. */
  expect(name: string, idempotency: Idempotency | undefined): void {
    if (idempotency !== undefined) this.#asked.set(name, idempotency);
  }

  /** How whoever asks is answered by what was asked before. */
  earlier({ name, endpoint }: Asked, idempotency: Idempotency | undefined, at: number): object | undefined {
    if (idempotency === undefined) return undefined;
    const claim = this.#claims.get(`${endpoint} ${idempotency.key}`);
    if (claim === undefined || (claim.isOpen && claim.name === name)) return undefined;
    if (!claim.isOpen && at - claim.at >= claimKeepMs) return undefined;
    const { name: callName, answer } = claim;
    if (claim.bodyHash !== idempotency.bodyHash) return { kind: 'idempotency', problem: 'mismatch', callName };
    if (claim.isOpen) return { kind: 'idempotency', problem: 'in_progress', callName };
    if (answer === undefined) return { kind: 'idempotency', problem: 'unreplayable', callName };
    return { kind: 'replay', callName, answer };
  }

  admitted(call: Asked & { readonly id: HoldId }, at: number): void {
    const idempotency = this.#asked.get(call.name);
    if (idempotency === undefined) return;
    if (this.earlier(call, idempotency, at) !== undefined) {
      broken('exactly once', `${call.name} was admitted though its key was taken`);
    }
    const key = `${call.endpoint} ${idempotency.key}`;
    const { bodyHash } = idempotency;
    this.#claims.set(key, { key, holdId: call.id, name: call.name, bodyHash, at, isOpen: true, answer: undefined });
  }

  expired(holdId: HoldId): void {
    const claim = this.#ofHold(holdId);
    if (claim !== undefined) claim.isOpen = false;
  }

  /** A call has come to its true end, at a cost of so much in all. Facts are those of a settlement; a void has none. */
  ended(holdId: HoldId, cost: number, facts: Partial<CallFacts>): void {
    const claim = this.#ofHold(holdId);
    if (claim === undefined) return;
    claim.isOpen = false;
    const given = facts.metadata?.['given'];
    if (cost === 0 && (given === undefined || given === 'failed')) this.#claims.delete(claim.key);
    else if (this.keepsAnswers && (given === 'answered' || given === 'failed')) {
      claim.answer = answerOf(claim.name, given);
    }
  }

  policySet({ idempotency, status }: Policy): void {
    this.keepsAnswers = idempotency !== 'charge-only' && status !== 'revoked';
    if (this.keepsAnswers) return;
    for (const claim of this.#claims.values()) claim.answer = undefined;
  }

  /** What is on disk must be what the facts on disk say. What is too old may be there or not, and stays away then. */
  check(disk: ClaimStore, at: number): void {
    for (const claim of this.#claims.values()) {
      const found = disk.ofKey(claim.key);
      if (!claim.isOpen && at - claim.at >= claimKeepMs) {
        if (found?.holdId !== claim.holdId) this.#claims.delete(claim.key);
      } else if (found?.holdId !== claim.holdId || found.name !== claim.name || found.bodyHash !== claim.bodyHash) {
        broken('exactly once', `key ${claim.key} of ${claim.name} is claimed by ${found?.name} on disk`);
      }
      const kept = disk.answerOf(claim.holdId)?.body.length;
      if (found?.holdId === claim.holdId && (kept !== claim.answer?.body.length || kept !== found.bytes)) {
        broken('exactly once', `of ${claim.name}, ${kept} bytes are kept, and not ${claim.answer?.body.length}`);
      }
    }
    for (const { key, name, at: claimedAt } of disk.all()) {
      if (at - claimedAt < claimKeepMs && this.#claims.get(key)?.name !== name) {
        broken('exactly once', `key ${key} is claimed by ${name} on disk, which has no right to it`);
      }
    }
  }

  #ofHold(holdId: HoldId): NaiveClaim | undefined {
    return [...this.#claims.values()].find((claim) => claim.holdId === holdId);
  }
}
