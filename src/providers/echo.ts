import { sseData, sseDone } from '../protocols/sse.ts';
import { type EchoEnvelope, echoChunks, echoCompletion } from './echo-chunks.ts';
import { type EchoReply, echoReply } from './echo-reply.ts';
import { type EchoRefusal, type EchoRequest, parseEchoRequest } from './echo-request.ts';

/**
 * A provider that needs no network: it answers with what the user said last, in OpenAI's shape and with true counts,
 * and each of its models shows one thing that providers do. What it costs is in the catalog, so that limits can be
 * tried.
 */

export interface EchoPace {
  /** How long `echo-slow` takes for each word, and how much longer for the first byte. */
  readonly wordMs: number;
  readonly firstByteMs: number;
}

const standardPace: EchoPace = { wordMs: 200, firstByteMs: 600 };
/** How much of an answer comes before `echo-stall` and `echo-drop` do what they are for. */
const eventsBeforeFault = 2;

/** Rejects as `fetch` does when `signal` is aborted before the answer begins; afterwards the body fails. */
export async function answerAsEcho(
  body: Uint8Array,
  signal: AbortSignal,
  pace: EchoPace = standardPace,
): Promise<Response> {
  const parsed = parseEchoRequest(body);
  if (parsed.kind === 'refused') return refuse(parsed.refusal);
  const { request } = parsed;
  if (request.model === 'echo-error') return fail(request.prompt);
  const reply = echoReply(request);
  const envelope = {
    id: `chatcmpl-${crypto.randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
  };
  if (request.model === 'echo-slow') await pause(pace.firstByteMs, signal);
  signal.throwIfAborted();
  return request.stream
    ? stream(envelope, request, reply, signal, pace)
    : complete(envelope, request, reply, signal, pace);
}

async function complete(
  envelope: EchoEnvelope,
  request: EchoRequest,
  reply: EchoReply,
  signal: AbortSignal,
  pace: EchoPace,
): Promise<Response> {
  const text = JSON.stringify(echoCompletion(envelope, request, reply));
  const headers = headersFor(envelope, 'application/json');
  switch (request.model) {
    case 'echo-slow':
      await pause(pace.wordMs * countWords(reply.tokens), signal);
      break;
    case 'echo-stall':
      await pause(undefined, signal);
      break;
    case 'echo-drop':
      return new Response(bodyOf(halfOf(text), signal), { headers });
    default:
  }
  return new Response(text, { headers });
}

function stream(
  envelope: EchoEnvelope,
  request: EchoRequest,
  reply: EchoReply,
  signal: AbortSignal,
  pace: EchoPace,
): Response {
  return new Response(bodyOf(events(envelope, request, reply, signal, pace), signal), {
    headers: headersFor(envelope, 'text/event-stream; charset=utf-8'),
  });
}

async function* events(
  envelope: EchoEnvelope,
  request: EchoRequest,
  reply: EchoReply,
  signal: AbortSignal,
  pace: EchoPace,
): AsyncGenerator<Uint8Array, void> {
  let sent = 0;
  for (const data of echoChunks(envelope, request, reply)) {
    if (sent === eventsBeforeFault && request.model === 'echo-stall') await pause(undefined, signal);
    if (sent === eventsBeforeFault && request.model === 'echo-drop')
      throw new Error('echo-drop has dropped the connection');
    // Each choice has an opening, and then a turn for each token; a word begins with a token that begins with a space.
    const token = reply.tokens[sent / request.choices - 1];
    if (request.model === 'echo-slow' && isWordStart(token)) await pause(pace.wordMs, signal);
    sent += 1;
    yield sseData(data);
  }
  yield sseData(sseDone);
}

function* halfOf(text: string): Generator<Uint8Array, void> {
  yield new TextEncoder().encode(text.slice(0, text.length / 2));
  throw new Error('echo-drop has dropped the connection');
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
  return refuse({ status, message: `echo-error was asked to fail with ${status}.`, param: null });
}

function refuse({ status, message, param }: EchoRefusal): Response {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error';
  return Response.json({ error: { message, type, param, code: null } }, { status });
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

/** Without a time, until the call is cancelled. */
async function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const onAbort = () => {
    reject(signal.reason);
  };
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
