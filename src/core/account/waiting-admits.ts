import type { AskedCall } from '../ledger/command.ts';
import type { Refusal } from '../ledger/refusal.ts';
import { type Waiter, blockerOf, takeTurns } from '../ledger/waiting.ts';
import { waitingMax } from '../../limits.ts';
import type { AdmitReply, AdmitRequest } from './protocol.ts';
import { FoldError } from './row.ts';

export interface Caller<T> {
  readonly resolve: (reply: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What a caller hears once the row is on disk, or that it never got there. */
export interface Answer {
  readonly say: () => void;
  readonly reject: (error: unknown) => void;
}

interface WaitingAdmit extends Waiter {
  readonly request: AdmitRequest;
  readonly caller: Caller<AdmitReply>;
}

/** The admissions that wait for their turn. */
export class WaitingAdmits {
  #waiting: WaitingAdmit[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  get isFull(): boolean {
    return this.#waiting.length >= waitingMax;
  }

  /** When the time of the first of them is over. */
  get nextMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.map(({ untilMs }) => untilMs));
  }

  blockerOf(call: AskedCall): Refusal | undefined {
    return blockerOf(this.#waiting, call);
  }

  add(waiter: WaitingAdmit): void {
    this.#waiting.push(waiter);
  }

  /** Gives each its turn. Returns the answers for those that wait no longer, except those that were asked for above. */
  serve(nowMs: number, execute: (request: AdmitRequest, caller: Caller<AdmitReply>) => AdmitReply | 'asked'): Answer[] {
    const answers: Answer[] = [];
    const tried = new Map<WaitingAdmit, Answer>();
    const attempt = (waiter: WaitingAdmit): Refusal | undefined => {
      const { resolve, reject } = waiter.caller;
      try {
        const reply = execute(waiter.request, waiter.caller);
        if (reply === 'asked') return undefined;
        tried.set(waiter, { say: () => resolve(reply), reject });
        return reply.kind === 'refused' ? reply.refusal : undefined;
      } catch (error) {
        if (error instanceof FoldError) throw error;
        tried.set(waiter, { say: () => reject(error), reject });
        return undefined;
      }
    };
    this.#waiting = takeTurns(this.#waiting, nowMs, attempt, (waiter) => {
      const answer = tried.get(waiter);
      if (answer !== undefined) answers.push(answer);
    });
    return answers;
  }

  rejectAll(error: unknown): void {
    for (const { caller } of this.#waiting.splice(0)) caller.reject(error);
  }
}
