/**
 * Every hard bound of the system. Tests try them in pairs: accepted at the bound, refused one over it. Durations are in
 * milliseconds, sizes in bytes.
 */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const kib = 1024;
const mib = 1024 * kib;

// Limits of an account.
export const limitsPerAccountMax = 32;
/** Limited counters that an account ever had, without the standing ones. Totals are never forgotten, so they add up. */
export const namedCountersMax = 128;
export const modelPatternsPerLimitMax = 16;
export const windowMsMin = 30 * second;
export const windowMsMax = 90 * day;
/** $9,000,000 in nano-dollars: the largest maximum whose sums stay exact. */
export const limitMaxNanoUsd = 9_000_000 * 1_000_000_000;
export const limitMaxCount = 1_000_000_000_000_000;
export const modelsCountedMax = 64;
/** A counter posts no more than this. By then every possible limit is reached, and sums with holds stay exact. */
export const postedMax = limitMaxNanoUsd;

// Calls.
export const leaseMs = 120 * second;
/** How long a hold lasts by what is on disk: its lease and one more, as renewals in memory may have been lost. */
export const writtenLeaseMs = 2 * leaseMs;
export const renewEveryMs = 30 * second;
/** A router aborts its call if it has not renewed its lease this long before the lease ends. */
export const fenceMs = 15 * second;
/** No call runs longer. */
export const callMsMax = hour;
/** Twice as many as the longest call needs. A router that renews more often has forgotten to end its call. */
export const renewalsMax = (2 * callMsMax) / renewEveryMs;
/** How long a name is remembered after its hold or tombstone was made: lease plus ten minutes. */
export const nameKeepMs = leaseMs + 10 * minute;
export const openHoldsMax = 10_000;
/** Expired holds are kept this long, and this many of them, for settlements that come late. */
export const expiredKeepMs = day;
export const expiredKeepMax = 2048;
export const waitMsMax = 60 * second;
export const waitingMax = 1000;
export const holdsOnlyRetryMs = second;
/** So many commands of an account travel together at most. */
export const exchangeCommandsMax = 64;
/** So long a command waits for company, if others of its account are under way. */
export const gatherMs = 2;
/** So many trips of an isolate to an account may be under way while more set out, each for so long. */
export const tripsMax = 4;
export const tripMsMax = 10 * second;
/** After an actor of an older release did not know the exchange, its commands travel alone for this long. */
export const aloneMs = minute;

// The journal.
export const flushBytesMax = 256 * kib;
/** Nobody waits for a settle, so it may wait this long to be written with others. */
export const settleWaitMs = 200;
/** The introduction of a new account may wait this long for its first call, to be written with it. */
export const introductionWaitMs = 2 * second;
export const checkpointEveryRows = 256;
/** For fewer rows the alarm writes no checkpoint: that is billed as two rows. */
export const checkpointRowsLeast = 32;
export const checkpointEveryEvents = 2000;
export const journalKeepMs = 7 * day;
/** The alarm for old rows comes so much later, so that it finds many of them. */
export const journalPruneSlackMs = hour;
export const journalKeepRows = 100_000;
/** An account's database has 10 GB. */
export const journalKeepBytes = 1024 * mib;
export const pruneRowsPerAlarm = 5000;
/** If an alarm had more rows to prune, the next one follows after this time. */
export const pruneAgainMs = second;
/** The next alarm after one whose work failed. */
export const alarmAgainMs = minute;
/** So many of the newest breaches are kept and shown, for each account and for all together. */
export const breachesKeptMax = 10;
/** A clock that is further behind the time of an account is reported: the account's windows stand still. */
export const clockBehindToldMs = minute;
/** How often at most an account whose ledger is lost asks the directory whether it may begin again. */
export const lostAskMs = 5 * second;

// Answers kept for idempotency keys.
export const idempotencyKeyCharsMax = 255;
/** Of one answer. If it was larger, a repeat of its call gets an error, and is not charged again. */
export const keptAnswerBytesMax = mib;
/** Of all answers of an account. The oldest go first. Their calls are still not charged again. */
export const keptAnswersBytesMax = 512 * mib;
/** Keys of an account that are known at a time. Beyond that, the oldest are forgotten. */
export const claimsMax = 100_000;
/** How long after its call a key is known, and its answer kept. */
export const claimKeepMs = day;
/** The alarm for old claims comes so much later, so that it finds many of them. */
export const claimPruneSlackMs = hour;
export const claimsPerAlarm = 1000;

// Requests.
export const bodyBytesMax = 32 * mib;
export const bodyDepthMax = 64;
export const bodyNodesMax = 1_000_000;
/** At the top level of the body. */
export const bodyFieldsMax = 1024;
export const messagesMax = 10_000;
export const toolsMax = 1024;
export const choicesMax = 128;
/** How often a provider may search by itself for one call of a limited account. */
export const searchesMax = 100;
/**
 * Of the name of a tool, in each protocol. Longer names are refused: a translation repeats names, so a short body could
 * become a long one. OpenAI's reference says 64 for chat completions. The others are known from errors, as of
 * 2026-11-29: 128 for Responses, 128 for Messages, and 200 for calls in a conversation there.
 */
export const chatToolNameCharsMax = 64;
export const responsesToolNameCharsMax = 128;
export const messagesToolNameCharsMax = 128;
/** Of a tool that was called before: a model may have invented a longer name. */
export const messagesCalledNameCharsMax = 200;
/** Of the name of a call that is repeated beside its result. */
export const toolCallIdCharsMax = 64;
/** The name of a provider, a slash, and its own name for a model. The journal of every call has them. */
export const requestedModelCharsMax = 300;
/** Models that one request lists to fall back on, without the one it names. OpenRouter takes three in all. */
export const fallbackModelsMax = 8;
export const stopSequencesMax = 16;
/** As many as OpenAI takes, and so as every server that speaks its protocol. */
export const translatedStopsMax = 4;
export const embeddingInputsMax = 2048;
export const headerValueBytesMax = 4 * kib;
export const metadataPairsMax = 16;
export const metadataValueBytesMax = 512;
/** Of each value that Cloudflare's AI Gateway is told in a header. */
export const gatewayMetadataCharsMax = 256;
export const timeoutMsMin = second;
export const timeoutMsMax = callMsMax;

// The part of a request by which its stage and its complexity are judged.
/** The last messages. */
export const transcriptTurnsMax = 512;
/** Messages at the beginning that may be instructions to the model, however long the conversation. */
export const transcriptLeadingMax = 8;
/** The last parts of one message. */
export const transcriptPartsMax = 256;
export const transcriptToolsMax = 256;
/** Characters: of the instructions, of one message of the user, of one other, and of all of the user or all others. */
export const transcriptSystemCharsMax = 16 * kib;
export const transcriptUserCharsMax = 16 * kib;
export const transcriptOtherCharsMax = 2 * kib;
export const transcriptCharsMax = 128 * kib;
/** The part of what the user asks that is searched for words. */
export const askCharsMax = 8 * kib;

/** A provider that counts tokens free of charge may take this long. */
export const countAtProviderMs = 5 * second;
/**
 * A longer prompt is not counted but bounded by its bytes: text without words takes a millisecond of the processor for
 * each kilobyte.
 */
export const countedCharsMax = mib;

// Answers of providers.
export const answerBytesMax = 64 * mib;
export const sseEventBytesMax = 8 * mib;
export const errorBodyBytesMax = 64 * kib;
export const firstByteMs = 120 * second;
/** An answer that is no stream comes only after all of it is generated. */
export const answerMs = 10 * minute;
/** If a server has answered within this time, nobody watches whether its next request arrives. */
export const answeredLatelyMs = 10 * second;
export const stallMs = 60 * second;
/** Only a write shows that a client has left, and Weir promises to notice within a second. */
export const heartbeatMs = 0.75 * second;
/** If a stream lags further behind its provider, what was read says too little about what was generated. */
export const lagMsMax = 0.25 * second;
/** A timer that fires this late shows that nothing ran here meanwhile. */
export const stopMsLeast = second;
/** For this long after such a stop, what has arrived is read before any timer counts. */
export const afterStopMs = 0.25 * second;
/** `npm start` looks this often for clients that have left, once their calls have waited this long for an answer. */
export const clientLookMs = second;
/** After its client left, a call is read for this long to learn its true usage. The platform allows 30 s. */
export const drainMs = 25 * second;
/** The pauses before each time that a provider is asked afterwards what a call cost. */
export const generationPausesMs: readonly number[] = [0.5 * second, second, 2 * second, 4 * second, 8 * second];
/** All of that asking together: what is left of the platform's 30 s after `drainMs`. */
export const generationLookupMs = 4.5 * second;
/** How long to wait for something after the end of a stream: a few servers report the usage there. */
export const afterDoneMs = second;
/** How long a client may take to receive the error when its call can't go on. */
export const lastWordsMs = second;
/** Of a provider's own name for a call, an answer or a model, in the call's record. */
export const providerNameCharsMax = 200;
/** Of a provider's name for the tier that served, in the record. */
export const serviceTierCharsMax = 64;
/** A count above that is a fault and no usage. Its price would not fit into the ledger. */
export const reportedTokensMax = 1_000_000_000;
export const attemptsMax = 4;
export const retryAfterMsMax = 20 * second;
export const backoffBaseMs = 250;
export const backoffMaxMs = 8 * second;
export const credentialOutMs = hour;

// Admin.
export const nameCharsMax = 200;
export const pageSizeDefault = 50;
export const pageSizeMax = 200;
/** Of the list of models for Anthropic's clients. Anthropic has the same. */
export const modelsPageDefault = 20;
export const modelsPageMax = 1000;
export const adminBodyBytesMax = mib;
export const emailCharsMax = 254;
/** With revoked ones: usage adds up their history, too. */
export const keysPerUserMax = 500;
export const auditKeepRows = 100_000;
/** If the actor of a key has not acknowledged a change by then, the answer says "stored" and the alarm pushes again. */
export const pushWaitMs = 5 * second;
export const pushRetryMsMin = second;
export const pushRetryMsMax = minute;
/** How many actors are told, or asked, at once. */
export const pushBatchMax = 100;
export const catalogBytesMax = 4 * mib;
export const catalogCacheMs = 60 * second;
export const policyCacheEntriesMax = 10_000;

// The catalog.
/** $1,000 per million tokens: far above every real price, and small enough for exact sums. */
export const pricePicoUsdMax = 1_000 * 1_000_000;
/** $1,000 for a request, an image or a search. */
export const feeNanoUsdMax = 1_000 * 1_000_000_000;
/** Of one model at one target. Past prices are of no use. */
export const datedPricesMax = 16;
export const rateStepsMax = 8;
export const serviceTiersMax = 8;
export const aliasesPerModelMax = 32;
export const targetsPerModelMax = 16;
export const endpointsPerProviderMax = 16;
export const headersPerProviderMax = 32;
export const neutralParamsMax = 256;
export const modelsPerRouteMax = 64;
/** Of the reason for a route's choice, in a header of every answer. */
export const routeReasonCharsMax = 200;
export const modelTokensMax = 100_000_000;
/**
 * Of one answer, if the catalog names no number. The fastest model known makes 17,000 (looked up on 29 November 2026).
 */
export const outputTokensPerSecondDefault = 20_000;
/** The most that the catalog may name. */
export const outputTokensPerSecondMax = 1_000_000;
export const weightMax = 1_000_000;

/** That a model retires is reported this long before. */
export const retirementToldMs = 30 * day;

// Health of providers.
export const healthCheckEveryMs = 30 * second;
export const healthCheckEveryMsMin = second;
export const healthCheckEveryMsMax = day;
/** A checked endpoint is well only if it answers within this. */
export const healthCheckTimeoutMs = 5 * second;
/** If no router has asked about a provider for this long, the provider is not in use, and not checked. */
export const healthInUseMs = hour;
/** How often at most the time of a provider's last use is written. */
export const healthInUseSaveMs = 10 * minute;
/** How often a provider may be asked which models it lists. */
export const modelListEveryMs = hour;
export const modelListTimeoutMs = 20 * second;
export const modelListPagesMax = 10;
/** Of all its pages. The longest known list has some 2 MB. */
export const modelListBytesMax = 8 * mib;
/** How many of the catalog's names at one provider are looked for in its list. */
export const namesSoughtMax = 1024;
/** How often at most a router tells ProviderHealth where a provider's endpoints are. */
export const siteTellEveryMs = minute;
/** Endpoints and models of one provider that have breakers of their own. */
export const breakersPerProviderMax = 128;
export const coolingCredentialsMax = 256;
/**
 * A client that has called a provider within this time uses it: another client's failures alone do not block it then.
 */
export const othersInUseMs = hour;
/** How old a router's snapshot of a provider may get before it is refreshed, off the path of a request. */
export const healthRefreshMs = 5 * second;
/** Successes are reported when there are this many of them, or the oldest is this old. */
export const healthBatchMax = 50;
export const healthBatchMs = 5 * second;
/** If a router has no answer to its claim by then, it decides alone. */
export const claimWaitMs = 2 * second;
/** After this long it is worth asking again whether another's probe has ended. */
export const probeBusyRetryMs = second;
/** While ProviderHealth can't be reached, each isolate sends a provider in trouble one call in this time. */
export const unclaimedProbeEveryMs = 5 * second;
/** How often at most ProviderHealth writes its statistics. An eviction loses no more of them. */
export const statisticsSaveMs = 10 * second;
/** A rate-limited credential rests for this long if the provider names no time. */
export const rateLimitedOutMs = second;
/** The share of its calls to a provider within a minute that an isolate may repeat. */
export const retryPercentMax = 20;
/** So many repeats a minute are allowed even for few calls: 20 % of five would be a single one. */
export const retriesPerMinuteLeast = 5;
