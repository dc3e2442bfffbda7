import { callMsMax } from '../../limits.ts';

/** When a call is over, in steady time, whatever it has come to. */
interface Deadline {
  readonly deadlineMs: number;
  /** What its client is told then. */
  readonly timeIsOver: string;
}

export function deadlineOf(startedMs: number, timeoutMs: number | undefined): Deadline {
  if (timeoutMs === undefined) {
    return { deadlineMs: startedMs + callMsMax, timeIsOver: 'A call may take an hour at most, and that is over.' };
  }
  const timeIsOver = 'The time that this call may take (x-gateway-timeout-ms) is over.';
  return { deadlineMs: startedMs + timeoutMs, timeIsOver };
}
