/** Bounds of what accounts owe to those above them. Times are in milliseconds. */

/** What is owed may wait this long, so that more of it is delivered together. */
export const deliverWaitMs = 4500;
/** Of journal rows from which one delivery is made. A row has `flushBytesMax`, and what the last event was longer. */
export const deliveryCharactersMax = 512 * 1024;
/** An account above that has not answered by then is asked again later. */
export const deliverAnswerMs = 9000;
/** An actor that fails may be gone before it tries again, and then forgets how often it has. */
export const deliverAgainMsMin = 60_000;
export const deliverAgainMsMax = 300_000;
/** Ends of calls for which room is kept above are told again so soon, twice as long after each failure. */
export const endAgainMsMin = 1000;
/** An account above takes the ends of calls so soon, or before it decides the next question. */
export const endTakenMs = 10;
/** So often by a timer. After that it is left to the alarm, because a timer keeps the actor awake. */
export const endTriesMax = 6;
/** An actor that is gone before it has delivered is woken after this time. */
export const deliverAlarmMs = 120_000;
/** Whoever asks where an account above stands waits this long for what the account below owes. */
export const deliverBeforeReadMs = 1900;
/** So many moments are known at which counters began, for what an account below takes back. */
export const linkHistoryMax = 8;
/** So many calls of an account below are known that were charged, may be taken back, and got another date. */
export const datesKeptMax = 64;
/** So many deliveries follow one another at once. What is left then is delivered a little later. */
export const deliveryPartsMax = 3;
/** All of them together take no longer. */
export const deliveryRunMsMax = 30_000;
