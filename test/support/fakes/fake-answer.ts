import { type ChatEnvelope, chatCompletion, chatEvents, usageOf } from './chat-answer.ts';
import { readChat } from './chat-request.ts';
import { billOf, compose } from './compose.ts';
import { type ChatName, type Dialect, dialects } from './dialects.ts';
import { answerEmbeddings } from './embeddings-answer.ts';
import {
  type FakeAnswer,
  type FakeBill,
  FakeRefusal,
  type FakeRequest,
  type FakeScript,
  type FakeServerName,
  answered,
  fakeBasePaths,
  refuse,
  streamed,
} from './fake.ts';
import { type FaultWords, faultAnswer, faultEvent } from './fault-shapes.ts';
import { type Json, asRecord, parseRecord } from './json.ts';
import { FakeMemory } from './memory.ts';
import { answerMessages, countMessageTokens } from './messages-answer.ts';
import { answerResponses } from './responses-answer.ts';

/** The answer of a provider. It depends on the request, the script and the memory, and on nothing else. */
export function fakeAnswer(name: FakeServerName, request: FakeRequest, script: FakeScript = {}): FakeAnswer {
  try {
    return route(name, request, script);
  } catch (error) {
    if (error instanceof FakeRefusal) return faultAnswer(faultWords(name, request), error);
    throw error;
  }
}

export function faultWords(name: FakeServerName, { path }: FakeRequest): FaultWords {
  if (name === 'anthropic') return name;
  return name === 'lenient' && path.startsWith('/v1/messages') ? 'anthropic' : dialects[name].faults;
}

/** Every fake refuses it. */
export const badKey = 'bad-key';

function route(name: FakeServerName, request: FakeRequest, script: FakeScript): FakeAnswer {
  const { memory = new FakeMemory() } = script;
  const { method, headers } = request;
  const base = fakeBasePaths[name];
  const [path = '', query = ''] = request.path.split('?');
  if (!path.startsWith(base)) refuse(404, `no such path: ${path}`);
  checkKey(name, headers);
  const endpoint = path.slice(base.length);
  if (method === 'GET' && endpoint.endsWith('/models'))
    return answered({ object: 'list', data: [{ id: 'fake', object: 'model' }] });
  if (method === 'GET' && name === 'openrouter' && endpoint === '/generation') return generation(query, memory);
  if (method !== 'POST') refuse(405, `Not allowed: ${method} ${path}`);
  const body = parseRecord(request.body);
  if (body === undefined) refuse(400, 'We could not parse the JSON body of your request.');
  const isStrict = name !== 'lenient';
  if (name === 'anthropic' || name === 'lenient') {
    if (path === '/v1/messages/count_tokens') return countMessageTokens(body, script, isStrict);
    if (path === '/v1/messages') {
      if (isStrict && headers['anthropic-version'] === undefined) refuse(400, 'anthropic-version: header is required');
      return answerMessages(body, memory, script, isStrict);
    }
    if (name === 'anthropic') refuse(404, `Not found: ${endpoint}`);
  }
  if (endpoint === '/chat/completions') return answerChat(name, body, memory, script);
  if (endpoint === '/embeddings') return answerEmbeddings(dialects[name], body, script);
  if (endpoint === '/responses' && speaksResponses.has(name)) return answerResponses(body, memory, script, isStrict);
  return refuse(404, `Not found: ${endpoint}`);
}

const speaksResponses: ReadonlySet<FakeServerName> = new Set([
  'openai',
  'openrouter',
  'xai',
  'groq',
  'lenient',
] as const);

function checkKey(name: FakeServerName, headers: FakeRequest['headers']): void {
  const own = name === 'anthropic' ? headers['x-api-key'] : headers['authorization']?.replace(/^Bearer /, '');
  // The gateway of Cloudflare may store the provider's key. Then it wants its own token alone.
  const key =
    name === 'cloudflare-ai-gateway' ? (headers['cf-aig-authorization']?.replace(/^Bearer /, '') ?? own) : own;
  if (name === 'lenient' && key === undefined) return;
  const words: Partial<Record<FakeServerName, string>> = {
    google: 'API key not valid. Please pass a valid API key.',
    xai: 'Incorrect API key provided: ba***ey.',
  };
  if (key === undefined || key === badKey) refuse(401, words[name] ?? 'No valid credential was provided.');
}

/** The gateway of Cloudflare passes on the words of the provider in the model's name: `openai/gpt-5-mini`. */
function dialectOf(name: ChatName, body: Json): { readonly dialect: Dialect; readonly body: Json } {
  if (name !== 'cloudflare-ai-gateway') return { dialect: dialects[name], body };
  const [, behind, model] = /^([\w-]+)\/(.+)$/.exec(String(body['model'])) ?? [];
  if (behind === undefined) refuse(400, 'Invalid provider');
  const known = behind === 'grok' ? 'xai' : behind === 'google-ai-studio' ? 'google' : behind;
  const own = Object.entries(dialects).find(([other]) => other === known)?.[1] ?? dialects[name];
  return { dialect: { ...own, faults: dialects[name].faults }, body: { ...body, model } };
}

function answerChat(name: ChatName, given: Json, memory: FakeMemory, script: FakeScript): FakeAnswer {
  const { dialect, body } = dialectOf(name, given);
  const asked = readChat(name, dialect, body);
  const said = compose(asked, script);
  const cached = { read: memory.cachedTokens(asked.model, asked.prompt.join('\u0000')), written: 0 };
  const bill = billOf(asked, said, cached, script);
  const choices = typeof body['n'] === 'number' ? body['n'] : 1;
  const envelope: ChatEnvelope = {
    id: `${name === 'openrouter' ? 'gen' : 'chatcmpl'}-fake${memory.nextCall()}`,
    model: asked.model,
    choices,
    includeUsage: asRecord(body['stream_options'])?.['include_usage'] === true,
    usage: usageOf(dialect, bill, choices),
  };
  const charged = { ...bill, outputTokens: bill.outputTokens * choices };
  const headers = {
    'x-request-id': `req_${envelope.id}`,
    ...(name === 'openrouter' ? { 'x-generation-id': envelope.id } : {}),
  };
  if (name === 'openrouter') memory.keepGeneration(envelope.id, generationOf(envelope, bill));
  if (body['stream'] !== true) return answered(chatCompletion(dialect, envelope, said), charged, headers);
  const events = [...chatEvents(dialect, envelope, said)];
  const failing = /\bfail-stream:(\d{3})\b/.exec(asked.lastText)?.[1];
  if (failing === undefined) return streamed(events, charged, headers);
  const refusal = new FakeRefusal(Number(failing), `asked to fail in the stream with ${failing}`);
  return streamed([...events.slice(0, eventsBeforeFault), faultEvent(dialect.faults, refusal)], charged, headers);
}

const eventsBeforeFault = 3;

function generationOf({ id, model, usage: told }: ChatEnvelope, bill: FakeBill): Json {
  const usage = asRecord(told) ?? {};
  return {
    data: {
      id,
      model,
      provider_name: 'Fake',
      total_cost: usage['cost'],
      usage: usage['cost'],
      upstream_inference_cost: null,
      is_byok: false,
      streamed: true,
      tokens_prompt: bill.inputTokens + 1,
      tokens_completion: bill.outputTokens + 1,
      native_tokens_prompt: bill.inputTokens,
      native_tokens_completion: usage['completion_tokens'],
      native_tokens_reasoning: bill.reasoningTokens,
      native_tokens_cached: bill.cachedTokens,
      service_tier: null,
    },
  };
}

function generation(query: string, memory: FakeMemory): FakeAnswer {
  const id = new URLSearchParams(query).get('id') ?? '';
  const kept = memory.generation(id);
  return kept === undefined ? refuse(404, `Generation ${id} not found`) : answered(kept);
}
