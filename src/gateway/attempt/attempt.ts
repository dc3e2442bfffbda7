import type { Provider, ProviderEndpoint, Target } from '../../catalog/schema.ts';
import {
  afterDoneMs,
  answerBytesMax,
  answerMs,
  drainMs,
  errorBodyBytesMax,
  firstByteMs,
  heartbeatMs,
} from '../../limits.ts';
import { SseScanner } from '../../protocols/sse.ts';
import type { CallAbout } from '../../providers/cloudflare-ai-gateway.ts';
import type { ClientRequest } from '../../providers/forwarded.ts';
import { WatchedDelivery, blindDelivery } from '../../providers/delivery.ts';
import { credentialsFor, sendCall } from '../../providers/send.ts';
import type { AiBinding } from '../../providers/workers-ai.ts';
import type { ProviderFault } from '../../protocols/provider-fault.ts';
import { faultOfBody } from '../../protocols/chat/fault.ts';
import { asRecord, parseJson } from '../../protocols/json/json-value.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';
import { providerRequestId } from '../../providers/openai.ts';
import type { AnsweredLately } from './answered-lately.ts';
import { readBounded, readOn } from '../../http/read-body.ts';
import { type AttemptFailure, type Callee, breakdown, misconfiguration, nonsense, refusal } from './failure.ts';
import { withoutSecrets } from './redact.ts';
import { Upstream } from './upstream.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { CallClock } from '../request/call-clock.ts';
import type { OnClientLeft } from './unreported-charge.ts';
import { readLateUsage } from './late-usage.ts';
import { retryAfterMs } from './retry-after.ts';
import { statedUsage } from './stated-usage.ts';
import { protocols } from '../../protocols/protocols.ts';
import { steadyNowMs } from '../../steady-time.ts';

/**
 * One upstream request: sent, timed, and judged. It knows nothing about money, and returns data about what follows from
 * a failure.
 */

export interface Attempt {
  readonly provider: Provider;
  readonly target: Target;
  /** How much fits into the model; undefined if the catalog does not say. */
  readonly contextTokens: number | undefined;
  /** How many words one token of the model can have at most: see `wordsPerTokenMax`. */
  readonly wordsPerToken: number;
  /** The provider's endpoint; undefined for a provider that has none, as `echo`. */
  readonly endpoint: ProviderEndpoint | undefined;
  /** The protocol of the target. */
  readonly protocol: ProtocolName;
  /** What the client sent beside its body. Little of it goes on. */
  readonly clientRequest: ClientRequest;
  readonly body: Uint8Array;
  readonly stream: boolean;
  /** The value of a variable of the environment. */
  readonly variable: (name: string) => string | undefined;
  readonly ai: AiBinding | undefined;
  readonly about: CallAbout;
  readonly answeredLately: AnsweredLately;
  readonly signals: CallSignals;
  readonly onClientLeft: OnClientLeft;
  /** How long things may take. Defaults are in `limits`. */
  readonly durations?: Partial<AttemptDurations>;
}

/** How long the steps of an attempt may take. */
interface AttemptDurations {
  /** Until a stream begins. */
  readonly firstByteMs: number;
  /** Until an answer that is no stream is complete. */
  readonly answerMs: number;
  /** How long to read on after the client has left. */
  readonly drainMs: number;
  /** How long to wait for a stream's first event, in case it is an error that another target would not have. */
  readonly peekMs: number;
  /** How long a stream that began with an error may take to say what it used. */
  readonly afterDoneMs: number;
}

const standardDurations: AttemptDurations = { firstByteMs, answerMs, drainMs, peekMs: heartbeatMs, afterDoneMs };

export type AttemptResult = AttemptStreaming | AttemptAnswered | AttemptFailed;

interface AttemptStarted {
  readonly status: number;
  readonly providerRequestId: string | undefined;
  /** From the call to the answer's status line. */
  readonly firstByteMs: number;
}

/** The answer comes as a stream, and nothing of it has been passed on. `relayStream` must be called with it. */
export interface AttemptStreaming extends AttemptStarted {
  readonly kind: 'streaming';
  readonly upstream: Upstream;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The first read, already under way. */
  readonly firstRead: Promise<ReadableStreamReadResult<Uint8Array>>;
  readonly callee: Callee;
}

/** The answer is complete. `answerOutcome` says what it cost. */
export interface AttemptAnswered extends AttemptStarted {
  readonly kind: 'answered';
  /** As the provider sent it. */
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly answer: Readonly<Record<string, unknown>>;
  /** Whether the client has left by now. */
  readonly hasClientLeft: boolean;
}

export interface AttemptFailed {
  readonly kind: 'failed';
  readonly failure: AttemptFailure;
}

export async function attemptCall(attempt: Attempt): Promise<AttemptResult> {
  const credentials = credentialsFor(attempt);
  if (credentials.kind === 'missing') return failed(misconfiguration(credentials.message));
  const { credential, secrets } = credentials;
  const callee = { provider: attempt.provider, secrets };
  const durations = { ...standardDurations, ...attempt.durations };
  const upstream = new Upstream(attempt.signals, attempt.onClientLeft, durations.drainMs);
  const startedMs = steadyNowMs();
  const { answeredLately } = attempt;
  const server = attempt.endpoint?.baseUrl ?? attempt.provider.name;
  const delivery = answeredLately.has(server, startedMs) ? blindDelivery : new WatchedDelivery();
  let hasAnswered = false;
  let result: AttemptResult | undefined;
  try {
    if (upstream.hasClientLeft) upstream.interrupt('client-left');
    if (upstream.interruption !== undefined) return failed(breakdown(callee, upstream, false, undefined));
    const callOff = upstream.after(attempt.stream ? durations.firstByteMs : durations.answerMs, 'first-byte-timeout');
    const targetModel = attempt.target.model;
    const response = await sendCall({ ...attempt, targetModel, credential, delivery, signal: upstream.signal });
    hasAnswered = true;
    answeredLately.note(server, steadyNowMs());
    const requestId = providerRequestId(response.headers);
    const started = {
      status: response.status,
      providerRequestId: requestId === undefined ? undefined : withoutSecrets(requestId, secrets),
      firstByteMs: steadyNowMs() - startedMs,
    };
    if (!response.ok) return failed(await refusalOf(attempt, callee, response));
    if (!attempt.stream) return (result = await readAnswer(attempt, callee, response, started, upstream));
    if (isNoStream(response)) return failed(insteadOfStream(attempt, callee, await readBody(response)));
    callOff();
    return (result = await openStream(attempt, callee, response, started, upstream, durations));
  } catch (error) {
    if (!hasAnswered) answeredLately.forget(server);
    return failed(breakdown(callee, upstream, hasAnswered || delivery.mayHaveArrived, error));
  } finally {
    if (result?.kind !== 'streaming') upstream.release();
    // Nothing keeps running of an answer that was not read to its end.
    if (result === undefined || result.kind === 'failed') upstream.interrupt('finished');
  }
}

function failed(failure: AttemptFailure): AttemptFailed {
  return { kind: 'failed', failure };
}

async function refusalOf(attempt: Attempt, callee: Callee, response: Response): Promise<AttemptFailure> {
  const { fault, usage } = failureIn(attempt, await readBody(response));
  const waitMs = retryAfterMs(response.headers, Date.now()) ?? fault.retryAfterMs;
  return refusal(callee, response.status, fault, waitMs, usage);
}

/** The body of a failure. One that can't be read adds nothing to its status. */
async function readBody(response: Response): Promise<string> {
  try {
    // JSON may hold a usage, after an answer that was long before it failed.
    return decode(await readBounded(response, isJson(response) ? answerBytesMax : errorBodyBytesMax));
  } catch {
    return '';
  }
}

interface BodyOfFailure {
  readonly fault: ProviderFault;
  readonly usage: ReportedUsage | undefined;
}

function failureIn({ protocol, wordsPerToken }: Attempt, text: string): BodyOfFailure {
  const answer = asRecord(parseJson(text));
  if (answer === undefined) return { fault: faultOfBody(text), usage: undefined };
  return {
    fault: protocols[protocol].faultIn(answer) ?? faultOfBody(text),
    usage: statedUsage(protocol, answer, wordsPerToken),
  };
}

async function readAnswer(
  { protocol, wordsPerToken }: Attempt,
  callee: Callee,
  response: Response,
  started: AttemptStarted,
  upstream: Upstream,
): Promise<AttemptResult> {
  const bytes = await readBounded(response, answerBytesMax);
  const answer = asRecord(parseJson(decode(bytes)));
  if (answer === undefined) return failed(nonsense(callee, 'answered something else than a JSON object'));
  if (!protocols[protocol].isAnswer(answer)) {
    const fault = protocols[protocol].faultIn(answer);
    const usage = statedUsage(protocol, answer, wordsPerToken);
    if (fault !== undefined) return failed(refusal(callee, fault.status ?? 502, fault, undefined, usage));
    return failed(nonsense(callee, 'answered something else than it was asked for', usage));
  }
  const contentType = withoutSecrets(response.headers.get('content-type') ?? 'application/json', callee.secrets);
  return { kind: 'answered', ...started, bytes, contentType, answer, hasClientLeft: upstream.hasClientLeft };
}

async function openStream(
  attempt: Attempt,
  callee: Callee,
  response: Response,
  started: AttemptStarted,
  upstream: Upstream,
  durations: AttemptDurations,
): Promise<AttemptResult> {
  if (response.body === null) return failed(nonsense(callee, noStream));
  // The body of a response is made of bytes.
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const firstRead = reader.read();
  const first = await soon(upstream.clock, durations.peekMs, firstRead);
  if (first?.done === true) return failed(nonsense(callee, 'answered with an empty stream'));
  if (first !== undefined && beginsObject(first.value)) {
    const text = decode(await readOn(reader, first, answerBytesMax));
    return failed(insteadOfStream(attempt, callee, text));
  }
  const fault = first === undefined ? undefined : faultInFirstEvent(attempt.protocol, first.value);
  if (first === undefined || fault === undefined) {
    return { kind: 'streaming', ...started, upstream, reader, firstRead, callee };
  }
  // It may say what it used, in its first event or soon after.
  const scanner = new SseScanner();
  const stream = protocols[attempt.protocol].reader({ choices: 1, wordsPerToken: attempt.wordsPerToken });
  for (const { data } of scanner.push(first.value)?.events ?? []) stream.read(data);
  await readLateUsage({ upstream, reader }, scanner, stream, durations.afterDoneMs);
  return failed(refusal(callee, fault.status ?? 502, fault, undefined, stream.finalUsage));
}

/** Not all servers say that a stream is one. But what says that it is something else is none. */
function isNoStream(response: Response): boolean {
  return isJson(response) || /^\s*text\/html\b/i.test(response.headers.get('content-type') ?? '');
}

function isJson({ headers }: Response): boolean {
  return /^\s*application\/(problem\+)?json\b/i.test(headers.get('content-type') ?? '');
}

/** No line of an event stream begins so: it is a whole answer, whatever its server calls it. */
function beginsObject(chunk: Uint8Array): boolean {
  return chunk.find((byte) => !whitespace.has(byte)) === openingBrace;
}

const whitespace: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);
const openingBrace = 0x7b;

/** An answer instead of a stream may be an error that says so only in its body. */
function insteadOfStream(attempt: Attempt, callee: Callee, text: string): AttemptFailure {
  const { fault, usage } = failureIn(attempt, text);
  if (fault.message === undefined) return nonsense(callee, noStream, usage);
  return refusal(callee, fault.status ?? 502, fault, fault.retryAfterMs, usage);
}

const noStream = 'was asked for a stream and answered without one';

/** The value of the promise, or undefined if it takes longer. */
async function soon<T>(clock: CallClock, ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: first, resolve, reject } = Promise.withResolvers<T | undefined>();
  const callOff = clock.after(ms, () => resolve(undefined));
  promise.then(resolve, reject);
  try {
    return await first;
  } finally {
    callOff();
  }
}

/** Some providers say 200 and put the refusal into the stream. */
function faultInFirstEvent(protocol: ProtocolName, chunk: Uint8Array): ProviderFault | undefined {
  // Hardly any stream has one, and a client waits for each of them.
  if (!decode(chunk).includes(faultMark)) return undefined;
  const event = new SseScanner().push(chunk)?.events.find(({ data }) => data !== undefined);
  if (event?.data?.includes(faultMark) !== true) return undefined;
  const answer = asRecord(parseJson(event.data));
  return answer === undefined ? undefined : protocols[protocol].faultIn(answer);
}

const faultMark = '"error"';
const decoder = new TextDecoder();

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
