import { GatewayError } from '../http/errors.ts';
import { answerBytesMax } from '../limits.ts';
import { cloudflareMeaning } from '../protocols/chat/fault-codes.ts';
import { decodeFault } from '../protocols/chat/fault.ts';
import { type JsonRecord, asRecord, parseJson } from '../protocols/json/json-value.ts';
import { SseScanner, sseData } from '../protocols/sse.ts';
import type { ProtocolName } from '../protocols/protocol-call.ts';
import type { Forwarded } from './forwarded.ts';
import { headersWith } from './openai.ts';
import { readBounded } from '../http/read-body.ts';
import { type WorkersAiAsked, chatAnswer, embeddingsAnswer, unwrapped } from './workers-ai-answer.ts';
import { answerFields, bindingInputs, bindingTexts, fieldsOf } from './workers-ai-request.ts';
import { WorkersAiStream, eventsOfAnswer } from './workers-ai-stream.ts';

/**
 * Cloudflare's Workers AI: through the `AI` binding, which needs no credential, or else through its REST API. Its
 * models answer in several shapes. All of them are put into OpenAI's.
 */

/** The part of the binding that is used. */
export interface AiBinding {
  run(model: string, inputs: object, options: object): Promise<unknown>;
}

/** Undefined if the Worker has no such binding. */
export function aiBindingOf(value: unknown): AiBinding | undefined {
  const isBinding = typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'function';
  // The platform's type lists the inputs of each known model. Here any model can be named.
  return isBinding ? (value as AiBinding) : undefined;
}

interface WorkersAiCall {
  readonly ai: AiBinding | undefined;
  readonly protocol: ProtocolName;
  readonly model: string;
  /** In OpenAI's form. */
  readonly body: Uint8Array;
  readonly stream: boolean;
  readonly forwarded: Forwarded;
  /** For its REST API. */
  readonly accountId: string | undefined;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

export async function askWorkersAi(call: WorkersAiCall): Promise<Response> {
  const response = call.ai === undefined ? await askByRest(call) : await askByBinding(call.ai, call);
  return response.ok ? translated(response, call) : response;
}

const origin = 'https://api.cloudflare.com/client/v4/accounts';

async function askByRest(call: WorkersAiCall): Promise<Response> {
  const path = call.protocol === 'embeddings' ? 'embeddings' : 'chat/completions';
  const url = `${origin}/${encodeURIComponent(call.accountId ?? '')}/ai/v1/${path}${call.forwarded.query}`;
  const headers = headersWith(call.forwarded);
  if (call.token !== undefined) headers['authorization'] = `Bearer ${call.token}`;
  return fetch(url, { method: 'POST', headers, body: call.body, signal: call.signal, redirect: 'manual' });
}

async function askByBinding(ai: AiBinding, call: WorkersAiCall): Promise<Response> {
  const { protocol, model, signal } = call;
  const fields = fieldsOf(call.body);
  if (fields instanceof GatewayError) return refusal(400, { message: fields.message });
  const texts = bindingTexts(fields);
  if (protocol === 'embeddings' && texts === undefined) {
    return refusal(400, { message: 'Workers AI embeds text, and no tokens. Send the text itself.', param: 'input' });
  }
  if (protocol === 'embeddings' && typeof fields['dimensions'] === 'number') {
    const message = 'The vectors of Workers AI have dimensions of their own. Leave dimensions out.';
    return refusal(400, { message, param: 'dimensions' });
  }
  const inputs = protocol === 'embeddings' ? { text: texts } : bindingInputs(fields);
  try {
    return asResponse(await unlessAborted(ai.run(model, inputs, { returnRawResponse: true, signal }), signal));
  } catch (error) {
    const refused = signal.aborted ? undefined : bindingRefusal(error);
    if (refused === undefined) throw error;
    return refused;
  }
}

/** A binding that does not know raw answers returns their content. */
function asResponse(answer: unknown): Response {
  if (answer instanceof Response) return answer;
  if (answer instanceof ReadableStream) return new Response(answer, { headers: { 'content-type': eventStream } });
  return Response.json(answer ?? {});
}

/** The binding should obey the signal. If it doesn't, nobody waits for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  promise.then(resolve, reject);
  try {
    return await answer;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const failedUpstream = 502;

/** The service's errors have a number before their text. Undefined for errors that are not the service's. */
function bindingRefusal(error: unknown): Response | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, digits, words] = /(?:^|: )(\d{4,5}): (.*)$/s.exec(error.message) ?? [];
  if (digits === undefined && !/^(AiError|InferenceUpstreamError|AiInternalError)$/.test(error.name)) return undefined;
  const { status = failedUpstream, type } = cloudflareMeaning(digits) ?? {};
  return refusal(status, { message: words ?? error.message, code: digits ?? null, type: type ?? error.name });
}

function refusal(status: number, error: JsonRecord): Response {
  return Response.json({ error: { type: 'invalid_request_error', param: null, code: null, ...error } }, { status });
}

const eventStream = 'text/event-stream; charset=utf-8';
/** They identify the call for Cloudflare's support. */
const keptHeaders = ['cf-ai-req-id', 'cf-ray', 'x-request-id'];

async function translated(response: Response, call: WorkersAiCall): Promise<Response> {
  const { model, protocol, stream, signal } = call;
  const { cap, asBase64 } = answerFields(call.body);
  const created = Math.floor(Date.now() / 1000);
  const asked: WorkersAiAsked = { model, id: `chatcmpl-${crypto.randomUUID()}`, created, cap };
  const headers = new Headers();
  for (const name of keptHeaders) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  if (stream && protocol !== 'embeddings' && !isJson && response.body !== null) {
    headers.set('content-type', eventStream);
    return new Response(response.body.pipeThrough(translation(asked), { signal }), { headers });
  }
  const text = new TextDecoder().decode(await readBounded(response, answerBytesMax));
  const answer = asRecord(parseJson(text));
  headers.set('content-type', 'application/json');
  const fault = decodeFault(answer);
  // The reader judges what is no answer.
  if (answer === undefined || fault !== undefined) {
    return new Response(text, { headers, status: fault === undefined ? 200 : (fault.status ?? failedUpstream) });
  }
  const own = unwrapped(answer);
  if (protocol === 'embeddings') {
    return new Response(JSON.stringify(embeddingsAnswer(own, asked, asBase64)), { headers });
  }
  if (!stream) return new Response(JSON.stringify(chatAnswer(own, asked)), { headers });
  headers.set('content-type', eventStream);
  const events = eventsOfAnswer(own, asked).map((data) => sseData(data));
  return new Response(new Blob(events).stream(), { headers });
}

function translation(asked: WorkersAiAsked): TransformStream<Uint8Array, Uint8Array> {
  const scanner = new SseScanner();
  const stream = new WorkersAiStream(asked);
  const pass = (
    block: ReturnType<SseScanner['push']>,
    controller: TransformStreamDefaultController<Uint8Array>,
  ): void => {
    if (block === undefined) return;
    for (const { start, end, data } of block.events) {
      const events = data === undefined ? [] : stream.push(data);
      // Pass them on byte for byte.
      if (stream.isOpenAi || data === undefined) controller.enqueue(block.bytes.slice(start, end));
      else for (const event of events) controller.enqueue(sseData(event));
    }
  };
  return new TransformStream({
    transform: (chunk, controller) => pass(scanner.push(chunk), controller),
    flush: (controller) => pass(scanner.end(), controller),
  });
}
