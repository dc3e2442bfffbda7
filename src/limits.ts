/**
 * Every hard bound of the system. Each is tested in a pair: accepted at the bound, refused one over it.
 * Durations are in milliseconds, sizes in bytes.
 */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const kib = 1024;
const mib = 1024 * kib;

// Limits of an account.
export const limitsPerAccountMax = 32;
/** Limited counters that an account ever had beside the standing ones: a total is never forgotten, so they add up. */
export const namedCountersMax = 128;
export const modelPatternsPerLimitMax = 16;
export const windowMsMin = 30 * second;
export const windowMsMax = 90 * day;
/** $9,000,000 in nano-dollars: the largest maximum whose sums stay exact. */
export const limitMaxNanoUsd = 9_000_000 * 1_000_000_000;
export const limitMaxCount = 1_000_000_000_000_000;
export const modelsCountedMax = 64;
/** A counter posts no more than this. Any limit that can be set is reached then, and what is held still adds up. */
export const postedMax = limitMaxNanoUsd;

// Calls.
export const leaseMs = 120 * second;
/** How long a hold lasts by what is on disk, where renewals in memory may have been lost: its lease, and one more. */
export const writtenLeaseMs = 2 * leaseMs;
export const renewEveryMs = 30 * second;
/** A router that hasn't renewed by so long before the end of its lease aborts its call. */
export const fenceMs = 15 * second;
/** No call runs longer. */
export const callMsMax = hour;
/** Twice as many as such a call needs. A router that renews a lease more often has forgotten to end its call. */
export const renewalsMax = (2 * callMsMax) / renewEveryMs;
/** How long a name is remembered after its hold or tombstone was made: lease plus ten minutes. */
export const nameKeepMs = leaseMs + 10 * minute;
export const openHoldsMax = 10_000;
/** Expired holds are kept so long, and so many, for a settlement that comes late. */
export const expiredKeepMs = day;
export const expiredKeepMax = 2048;
export const waitMsMax = 60 * second;
export const waitingMax = 1000;
export const holdsOnlyRetryMs = second;

// The journal.
export const flushBytesMax = 256 * kib;
/** A settle, which nobody waits for, may wait so long for company. */
export const settleWaitMs = 200;
/** What a new account was told that it is may wait so long for its first call, to be written with it. */
export const introductionWaitMs = 2 * second;
export const checkpointEveryRows = 256;
/** The alarm writes no checkpoint for fewer: each is billed as two rows, and so few are read again in no time. */
export const checkpointRowsLeast = 32;
export const checkpointEveryEvents = 2000;
export const journalKeepMs = 7 * day;
export const journalKeepRows = 100_000;
/** An account's database has 10 GB. */
export const journalKeepBytes = 1024 * mib;
export const pruneRowsPerAlarm = 5000;
/** When as many rows were pruned as may be at once, the rest follows so soon. */
export const pruneAgainMs = second;
/** After an alarm whose work could not be done. */
export const alarmAgainMs = minute;
/** So many of the newest breaches are kept to be shown, of each account and of all together. */
export const breachesKeptMax = 10;
/** A clock that is further behind the time of an account is told of: its windows stand still. */
export const clockBehindToldMs = minute;
/** An account whose ledger is lost asks the directory no more often whether it may begin again. */
export const lostAskMs = 5 * second;

// Answers kept for idempotency keys.
export const idempotencyKeyCharsMax = 255;
/** Of one answer. A repeat of a call whose answer was larger is told so, and not charged again. */
export const keptAnswerBytesMax = mib;
/** Of all the answers of an account. The oldest go first; their calls are still not charged again. */
export const keptAnswersBytesMax = 512 * mib;
/** Keys of an account that are known at a time, beyond which the oldest are as good as new. */
export const claimsMax = 100_000;
/** How long after its call a key is known, and its answer kept. */
export const claimKeepMs = day;
/** An alarm for claims that are too old comes so much later, so that it finds many of them. */
export const claimPruneSlackMs = hour;
export const claimsPerAlarm = 1000;

// Requests.
export const bodyBytesMax = 32 * mib;
export const bodyDepthMax = 64;
export const bodyNodesMax = 1_000_000;
/** Of the body itself, not of what is in it. */
export const bodyFieldsMax = 1024;
export const messagesMax = 10_000;
export const toolsMax = 1024;
export const choicesMax = 128;
/** How often a provider may search by itself for one call of a limited account. */
export const searchesMax = 100;
/**
 * Of the name of a tool, as each protocol has it: what is longer is refused, so that a short body, which has a name
 * once, never becomes a long one, which has it often. OpenAI's reference says 64 for chat completions. The others are
 * known from refusals, as of 2026-11-29: 128 for Responses, and for Messages 128, of calls in a conversation 200.
 */
export const chatToolNameCharsMax = 64;
export const responsesToolNameCharsMax = 128;
export const messagesToolNameCharsMax = 128;
/** Of a tool that was called before: a model may have made a longer name up. */
export const messagesCalledNameCharsMax = 200;
/** Of the name of a call, where it is put in again beside its result. */
export const toolCallIdCharsMax = 64;
/** The name of a provider, a slash, and its own name for a model, which are in the journal of every call. */
export const requestedModelCharsMax = 300;
/** Models that one request lists to fall back on, beside the one it names. OpenRouter takes three in all. */
export const fallbackModelsMax = 8;
export const stopSequencesMax = 16;
/** As many as OpenAI takes, and so every server that speaks its protocol. */
export const translatedStopsMax = 4;
/** As many as OpenAI takes in one request. */
export const embeddingInputsMax = 2048;
export const headerValueBytesMax = 4 * kib;
export const metadataPairsMax = 16;
export const metadataValueBytesMax = 512;
/** Of each value that Cloudflare's AI Gateway is told in a header. */
export const gatewayMetadataCharsMax = 256;
export const timeoutMsMin = second;
export const timeoutMsMax = callMsMax;

// What is looked at of a request, to judge its stage and its complexity.
/** Messages, the last ones. */
export const transcriptTurnsMax = 512;
/** Messages at the beginning that may be instructions to the model, however long the conversation. */
export const transcriptLeadingMax = 8;
/** Parts of one message, the last ones. */
export const transcriptPartsMax = 256;
export const transcriptToolsMax = 256;
/** Characters: of the instructions, of one message of the user, of one other message, and of all of either. */
export const transcriptSystemCharsMax = 16 * kib;
export const transcriptUserCharsMax = 16 * kib;
export const transcriptOtherCharsMax = 2 * kib;
export const transcriptCharsMax = 128 * kib;
/** What is looked for words, of what is asked. */
export const askCharsMax = 8 * kib;

/** A provider that counts tokens for nothing may take so long over it. */
export const countAtProviderMs = 5 * second;
/**
 * A prompt with more text than this is not counted, but bounded by its bytes: text that makes no words takes a
 * millisecond of the processor a kilobyte.
 */
export const countedCharsMax = mib;

// Answers of providers.
export const answerBytesMax = 64 * mib;
export const sseEventBytesMax = 8 * mib;
export const errorBodyBytesMax = 64 * kib;
export const firstByteMs = 120 * second;
/** An answer that is no stream comes only when all of it was generated. */
export const answerMs = 10 * minute;
/** A server that has answered within this gets its next request without anyone watching whether it arrives. */
export const answeredLatelyMs = 10 * second;
export const stallMs = 60 * second;
/** A client that leaves is noticed at a write, and is to be noticed within a second. */
export const heartbeatMs = 0.75 * second;
/** Of a stream that lags further behind its provider, what was read says too little of what was generated. */
export const lagMsMax = 0.25 * second;
/** A timer that fires so late tells that nothing ran here meanwhile. */
export const stopMsLeast = second;
/** So long what was received meanwhile has to be read, before what the timers say is believed. */
export const afterStopMs = 0.25 * second;
/**
 * `npm start` looks so often for clients that have closed their connections, while their calls have had no answer for
 * so long.
 */
export const clientLookMs = second;
/** After its client left, a call is read on for so long to learn its true usage: the platform gives 30 s. */
export const drainMs = 25 * second;
/** A provider that tells afterwards what a call cost is asked for it after each of these, one after the other. */
export const generationPausesMs: readonly number[] = [0.5 * second, second, 2 * second, 4 * second, 8 * second];
/** All of that asking together: what is left of the 30 s that the platform gives, after a call was read on. */
export const generationLookupMs = 4.5 * second;
/** What follows the end of a stream is waited for so long: a few servers report the usage there. */
export const afterDoneMs = second;
/** How long a client may take to take an error, when its call can't go on. */
export const lastWordsMs = second;
/** A provider's own name for a call is kept with its record, but not more of it. */
export const providerRequestIdCharsMax = 200;
/** What a provider calls the tier that served is kept with the record too. */
export const serviceTierCharsMax = 64;
/** A count above that is no usage but a fault, and would not fit into the ledger once it is priced. */
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
/** Of the list of models as Anthropic's clients ask for it, as Anthropic has them. */
export const modelsPageDefault = 20;
export const modelsPageMax = 1000;
export const adminBodyBytesMax = mib;
export const emailCharsMax = 254;
/** Revoked ones too: they still have a history, which usage adds up. */
export const keysPerUserMax = 500;
export const auditKeepRows = 100_000;
/**
 * A change of a key whose actor hasn't acknowledged it by then is answered as stored, and pushed again by the alarm.
 */
export const pushWaitMs = 5 * second;
export const pushRetryMsMin = second;
export const pushRetryMsMax = minute;
/** How many actors are told, or asked, at once. */
export const pushBatchMax = 100;
export const catalogBytesMax = 4 * mib;
export const catalogCacheMs = 60 * second;
export const policyCacheEntriesMax = 10_000;

// The catalog.
/** $1,000 per million tokens: far above any price there is, and small enough for exact sums. */
export const pricePicoUsdMax = 1_000 * 1_000_000;
/** $1,000 for a request, an image or a search. */
export const feeNanoUsdMax = 1_000 * 1_000_000_000;
/** Of one model at one target: those of the past are of no use. */
export const datedPricesMax = 16;
export const rateStepsMax = 8;
export const serviceTiersMax = 8;
export const aliasesPerModelMax = 32;
export const targetsPerModelMax = 16;
export const endpointsPerProviderMax = 16;
export const headersPerProviderMax = 32;
export const neutralParamsMax = 256;
export const modelsPerRouteMax = 64;
/** Why a route was taken so, in a header of every answer. */
export const routeReasonCharsMax = 200;
export const modelTokensMax = 100_000_000;
/**
 * How much output one answer makes in a second, where the catalog says nothing: no model is known to make more. The
 * fastest there is, one that is etched into a chip, makes 17,000 (looked up on 29 November 2026).
 */
export const outputTokensPerSecondDefault = 20_000;
/** The most that the catalog may say of it. */
export const outputTokensPerSecondMax = 1_000_000;
export const weightMax = 1_000_000;

/** A model that retires is told of so long before. */
export const retirementToldMs = 30 * day;

// Health of providers.
export const healthCheckEveryMs = 30 * second;
export const healthCheckEveryMsMin = second;
export const healthCheckEveryMsMax = day;
/** An endpoint that is checked is well only if it answers within this. */
export const healthCheckTimeoutMs = 5 * second;
/** A provider that no router has asked about for so long is not in use: it is left in peace. */
export const healthInUseMs = hour;
/** When a provider was last in use is written no more often. */
export const healthInUseSaveMs = 10 * minute;
/** How often a provider may be asked which models it lists. */
export const modelListEveryMs = hour;
export const modelListTimeoutMs = 20 * second;
export const modelListPagesMax = 10;
/** Of all its pages. The longest list there is has some 2 MB. */
export const modelListBytesMax = 8 * mib;
/** So many of the catalog's names at one provider are looked for in its list. */
export const namesSoughtMax = 1024;
/** A router tells ProviderHealth no more often where a provider's endpoints are. */
export const siteTellEveryMs = minute;
/** Endpoints and models of one provider that have a breaker of their own. */
export const breakersPerProviderMax = 128;
export const coolingCredentialsMax = 256;
/** Who has called a provider within this is one of those who use it: nobody else's failures alone take it away. */
export const othersInUseMs = hour;
/** How old a router's snapshot of a provider may get before it is refreshed, off the path of a request. */
export const healthRefreshMs = 5 * second;
/** Successes are reported when there are so many, or the oldest is so old. */
export const healthBatchMax = 50;
export const healthBatchMs = 5 * second;
/** A router that got no answer to its claim by then decides alone. */
export const claimWaitMs = 2 * second;
/** While another's probe is under way, it is worth asking again after so long. */
export const probeBusyRetryMs = second;
/**
 * While ProviderHealth can't be reached, each isolate lets so seldom a call through to a provider that is in trouble.
 */
export const unclaimedProbeEveryMs = 5 * second;
/** ProviderHealth writes its statistics no more often: what an eviction may cost of them. */
export const statisticsSaveMs = 10 * second;
/** A credential that is rate limited is left alone for so long, if the provider does not say for how long. */
export const rateLimitedOutMs = second;
/** Of its calls to a provider within a minute, so many in a hundred may an isolate repeat. */
export const retryPercentMax = 20;
/** So many repeats a minute are let through however few the calls: of five, 20 % would be a single one. */
export const retriesPerMinuteLeast = 5;
