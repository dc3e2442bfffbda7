import { pushRetryMsMax, pushRetryMsMin } from '../../limits.ts';

/** How long to leave alone who could not be told of a change, after so many failures to do so. */
export function pushDelayMs(tries: number): number {
  return Math.min(pushRetryMsMax, pushRetryMsMin * 2 ** Math.min(tries, 16));
}
