import { pushRetryMsMax, pushRetryMsMin } from '../../limits.ts';

/** How long to wait before the next try to deliver a change, after so many failures. */
export function pushDelayMs(tries: number): number {
  return Math.min(pushRetryMsMax, pushRetryMsMin * 2 ** Math.min(tries, 16));
}
