/**
 * The bounds of kept responses, beside those of `limits.ts`: each is tested in a pair too. What the platform takes as
 * one message to or from an object is 32 MiB, where a character may take twice as much as on disk.
 */

const mib = 1024 * 1024;

/** Of one response: its input, what came of it, and the ids of both. A larger one is not kept. */
export const keptResponseBytesMax = 8 * mib;
/** Of the ids of its items alone, which are looked through without reading the rest. */
export const keptItemIdsBytesMax = mib / 4;
/** Of all responses that a call builds on. */
export const resolvedBytesMax = 15 * mib;
/**
 * What one flush reads to answer with, of kept responses and answers: the rest of its commands is left to the next, for
 * all of them are answered at once, and an object has 128 MB of memory.
 */
export const flushReadBytesMax = 16 * mib;
/** Of an account at a time. The least used go first, and so they do beyond the bytes that its policy allows. */
export const keptResponsesMax = 100_000;
/**
 * Whoever makes room looks at all there are. One of so many is forgotten then at least, so that it is not done for each
 * that comes.
 */
export const lookedAtPerForgotten = 64;
/** What a policy may say of the bytes of all together. */
export const keptBytesDefault = 64 * mib;
export const keptBytesLeast = 1_000_000;
export const keptBytesMost = 1024 * mib;
/** How long one is kept after its call, or after the last that builds on it: what a policy may say of that. */
export const responseHoursDefault = 24;
export const responseHoursMax = 720;
/** An alarm for responses that are too old comes so much later, so that it finds many of them. */
export const responsePruneSlackMs = 3_600_000;
export const responsesPerAlarm = 1000;
/**
 * An item that others have named is looked for in so many of the newest responses, whether or not it is found in the
 * first: some servers give several the same name. Beyond them it is looked for until it is found, if it must be.
 */
export const newestLookedThrough = 256;
/** The last of an answer waits no longer for word that its response is kept. */
export const keepWaitMs = 10_000;
/** The same of an answer that was cut off, while its provider is read on for its usage. */
export const keepCutOffWaitMs = 2_000;
/** Of what was put in for a response, on one page. As many as OpenAI answers. */
export const inputItemsPageMax = 100;
