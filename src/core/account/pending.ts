import type { Waiter } from '../ledger/waiting.ts';
import type { Row } from './row.ts';
import type { AdmitReply, AdmitRequest } from './protocol.ts';

export interface Caller<T> {
  readonly resolve: (reply: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What is said to a caller once the row is on disk, or that it never got there. */
export interface Answer {
  readonly say: () => void;
  readonly reject: (error: unknown) => void;
}

/** A command in the queue. Run, it answers its caller's answer; nothing, if the caller has to wait. */
export interface Pending {
  readonly run: (row: Row, nowMs: number) => Answer | undefined;
  readonly reject: (error: unknown) => void;
}

export interface WaitingAdmit extends Waiter {
  readonly request: AdmitRequest;
  readonly caller: Caller<AdmitReply>;
}
