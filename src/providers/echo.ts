import { sseData, sseDone } from '../protocols/sse.ts';
import { type EchoEnvelope, echoChunks, echoCompletion } from './echo-chunks.ts';
import { type EchoReply, echoReply } from './echo-reply.ts';
import { type EchoRequest, echoError, parseEchoRequest } from './echo-request.ts';

/**
 * A provider that needs no network. It answers with what the user said last, in OpenAI's shape and with true counts.
 * Each of its models shows one thing that providers do. The catalog gives it a price, so that limits can be tried.
 */

interface EchoPace {
  /** How long `echo-slow` takes for each word. */
  readonly wordMs: number;
  /** How much longer it takes for the first byte. */
  readonly firstByteMs: number;
}

const standardPace: EchoPace = { wordMs: 200, firstByteMs: 600 };
/** How many events `echo-stall` and `echo-drop` send before they fail. */
const eventsBeforeFault = 2;

interface Answering {
  readonly envelope: EchoEnvelope;
  readonly request: EchoRequest;
  readonly reply: EchoReply;
  readonly signal: AbortSignal;
  readonly pace: EchoPace;
}

/** Rejects, as `fetch` does, if `signal` is aborted before the answer begins. After that, the body fails. */
export async function answerAsEcho(
  body: Uint8Array,
  signal: AbortSignal,
  pace: EchoPace = standardPace,
): Promise<Response> {
  const parsed = parseEchoRequest(body);
  if (parsed.kind === 'refused') return echoError(parsed.refusal);
  const { request } = parsed;
  const { model } = request;
  if (model === 'echo-error') return fail(request.prompt);
  const envelope = { id: `chatcmpl-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
  const answering = { envelope, request, reply: echoReply(request), signal, pace };
  if (model === 'echo-slow') await pause(pace.firstByteMs, signal);
  signal.throwIfAborted();
  if (!request.stream) return complete(answering);
  const headers = headersFor(envelope, 'text/event-stream; charset=utf-8');
  return new Response(bodyOf(events(answering), signal), { headers });
}

async function complete({ envelope, request, reply, signal, pace }: Answering): Promise<Response> {
  const text = JSON.stringify(echoCompletion(envelope, request, reply));
  const headers = headersFor(envelope, 'application/json');
  if (request.model === 'echo-slow') await pause(pace.wordMs * countWords(reply.tokens), signal);
  if (request.model === 'echo-stall') await pause(undefined, signal);
  return new Response(request.model === 'echo-drop' ? bodyOf(halfOf(text), signal) : text, { headers });
}

async function* events({ envelope, request, reply, signal, pace }: Answering): AsyncGenerator<Uint8Array, void> {
  let sent = 0;
  for (const data of echoChunks(envelope, request, reply)) {
    if (sent === eventsBeforeFault && request.model === 'echo-stall') await pause(undefined, signal);
    if (sent === eventsBeforeFault && request.model === 'echo-drop') throw dropped();
    // Each choice has an opening, and then one event for each token. A word begins with a token that begins with a
    // space.
    const token = reply.tokens[sent / request.choices - 1];
    if (request.model === 'echo-slow' && isWordStart(token)) await pause(pace.wordMs, signal);
    sent += 1;
    yield sseData(data);
  }
  yield sseData(sseDone);
}

function dropped(): Error {
  return new Error('echo-drop has dropped the connection');
}

function* halfOf(text: string): Generator<Uint8Array, void> {
  yield new TextEncoder().encode(text.slice(0, text.length / 2));
  throw dropped();
}

function bodyOf(
  chunks: Generator<Uint8Array, void> | AsyncGenerator<Uint8Array, void>,
  signal: AbortSignal,
): ReadableStream {
  return new ReadableStream(
    {
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason), { once: true });
      },
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (signal.aborted) return;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** `fail:429` somewhere in the prompt chooses the status. */
function fail(prompt: string): Response {
  const asked = Number(/fail:(\d{3})/.exec(prompt)?.[1] ?? 500);
  const status = asked >= 400 && asked <= 599 ? asked : 500;
  return echoError({ status, message: `echo-error was asked to fail with ${status}.`, param: null });
}

function headersFor({ id }: EchoEnvelope, contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'x-request-id': id };
}

function isWordStart(token: string | undefined): boolean {
  return token !== undefined && /^\s/u.test(token);
}

function countWords(tokens: readonly string[]): number {
  return tokens.filter(isWordStart).length + 1;
}

/** Without a time, it waits until the call is cancelled. */
async function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = ms === undefined ? undefined : setTimeout(() => resolve(undefined), ms);
  try {
    await promise;
  } finally {
    if (timer !== undefined) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
