/**
 * The limits of kept responses, beside `limits.ts`. Each is tested in a pair too. The platform takes messages of up to
 * 32 MiB to or from an object, in which a character may take twice as much room as on disk.
 */

const mib = 1024 * 1024;

/** Of one response. A larger one is not kept. */
export const keptResponseBytesMax = 8 * mib;
/** Of the ids of its items, which are looked through without reading the rest. */
export const keptItemIdsBytesMax = mib / 4;
/** Of all responses that one call builds on. */
export const resolvedBytesMax = 15 * mib;
/**
 * What one flush reads of kept responses and answers. It leaves the rest of its commands to the next, because it
 * answers all at once, and an object has 128 MB of memory.
 */
export const flushReadBytesMax = 16 * mib;
/** Of an account. The least used are forgotten first, here and beyond the bytes that its policy allows. */
export const keptResponsesMax = 100_000;
/** Making room looks at all responses. So it forgets at least one of so many, and not every new response has to. */
export const lookedAtPerForgotten = 64;
/** Of all responses: what a policy may say. */
export const keptBytesDefault = 64 * mib;
export const keptBytesLeast = 1_000_000;
export const keptBytesMost = 1024 * mib;
/** How long one is kept after its call, or after the last that builds on it: what a policy may say. */
export const responseHoursDefault = 24;
export const responseHoursMax = 720;
/** How much later the alarm comes for responses that are too old, so that it finds many of them. */
export const responsePruneSlackMs = 3_600_000;
export const responsesPerAlarm = 1000;
/**
 * How many of the newest responses are searched for an item that others have named, even after it was found: some
 * servers give several items the same name. Beyond them the search ends when the item is found.
 */
export const newestLookedThrough = 256;
/** How long the end of an answer waits to hear that its response is kept. */
export const keepWaitMs = 10_000;
/** The same for an answer that was cut off, while its provider is still read for its usage. */
export const keepCutOffWaitMs = 2_000;
/** Of a page of a response's input items. As many as OpenAI answers. */
export const inputItemsPageMax = 100;
