import { callMsMax } from '../../../limits.ts';

/** Bounds of what accounts ask of those above them. Times are in milliseconds. */

/** An account above has so long to answer. */
export const askAnswerMs = 3000;
/** So many calls are asked for in one message. */
export const asksMax = 256;
/**
 * A hold of an account below of which nothing was heard for so long is charged: longer than a call can last, and its
 * leases, and a few tries to deliver its end.
 */
export const belowHoldMs = callMsMax + 20 * 60_000;
