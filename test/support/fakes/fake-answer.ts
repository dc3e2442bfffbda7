import { asRecord, parseJson } from '../../../src/protocols/json/json-value.ts';
import { type ChatEnvelope, chatCompletion, chatEvents, usageOf } from './chat-answer.ts';
import { readChat } from './chat-request.ts';
import { billOf, compose } from './compose.ts';
import { type ChatName, type Dialect, dialects } from './dialects.ts';
import { answerEmbeddings } from './embeddings-answer.ts';
import {
  type FakeAnswer,
  type FakeName,
  FakeRefusal,
  type FakeRequest,
  type FakeScript,
  type Json,
  answered,
  fakeBasePaths,
  refuse,
  streamed,
} from './fake.ts';
import { faultAnswer, faultBody } from './fault-shapes.ts';
import { FakeMemory } from './memory.ts';
import { answerMessages, countMessageTokens } from './messages-answer.ts';
import { answerResponses } from './responses-answer.ts';

/**
 * What a provider answers to a request. It depends on nothing but the request, the script and what the memory holds:
 * the prompts that were cached, and the calls that can be asked about.
 */
export function fakeAnswer(name: FakeName, request: FakeRequest, script: FakeScript = {}): FakeAnswer {
  const faults = name === 'anthropic' ? name : dialects[name].faults;
  try {
    return route(name, request, script);
  } catch (error) {
    if (error instanceof FakeRefusal) return faultAnswer(faults, error);
    throw error;
  }
}

/** What any of them refuses. */
export const badKey = 'bad-key';

function route(name: FakeName, request: FakeRequest, script: FakeScript): FakeAnswer {
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
  const body = asRecord(parseJson(request.body));
  if (body === undefined) refuse(400, 'We could not parse the JSON body of your request.');
  if (name === 'anthropic') {
    if (endpoint === '/v1/messages/count_tokens') return countMessageTokens(body);
    if (endpoint === '/v1/messages') return answerMessages(body, headers, memory, script);
    refuse(404, `Not found: ${endpoint}`);
  }
  switch (endpoint) {
    case '/chat/completions':
      return answerChat(name, body, memory, script);
    case '/embeddings':
      return answerEmbeddings(dialects[name], body);
    case '/responses':
      if (name === 'openai' || name === 'openrouter' || name === 'xai' || name === 'groq')
        return answerResponses(body, memory, script);
      return refuse(404, `Not found: ${endpoint}`);
    default:
      return refuse(404, `Not found: ${endpoint}`);
  }
}

function checkKey(name: FakeName, headers: FakeRequest['headers']): void {
  const own = name === 'anthropic' ? headers['x-api-key'] : headers['authorization']?.replace(/^Bearer /, '');
  // Where the gateway has the provider's key stored, its own token is all that it wants.
  const key =
    name === 'cloudflare-ai-gateway' ? (headers['cf-aig-authorization']?.replace(/^Bearer /, '') ?? own) : own;
  const words: Partial<Record<FakeName, string>> = {
    google: 'API key not valid. Please pass a valid API key.',
    xai: 'Incorrect API key provided: ba***ey.',
  };
  if (key === undefined || key === badKey) refuse(401, words[name] ?? 'No valid credential was provided.');
}

/** Whose words the gateway of Cloudflare passes on: `openai/gpt-5-mini`. */
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
  const bill = billOf(asked, said, { read: memory.cachedTokens(asked.model, asked.prompt.join('\u0000')), written: 0 });
  const envelope: ChatEnvelope = {
    id: `${name === 'openrouter' ? 'gen' : 'chatcmpl'}-fake${memory.nextCall()}`,
    model: asked.model,
    choices: typeof body['n'] === 'number' ? body['n'] : 1,
    includeUsage: asRecord(body['stream_options'])?.['include_usage'] === true,
  };
  const charged = { ...bill, outputTokens: bill.outputTokens * envelope.choices };
  const headers = {
    'x-request-id': `req_${envelope.id}`,
    ...(name === 'openrouter' ? { 'x-generation-id': envelope.id } : {}),
  };
  if (name === 'openrouter') memory.keepGeneration(envelope.id, generationOf(dialect, envelope, bill));
  if (body['stream'] !== true) return answered(chatCompletion(dialect, envelope, said, bill), charged, headers);
  const events = [...chatEvents(dialect, envelope, said, bill)];
  const failing = /\bfail-stream:(\d{3})\b/.exec(asked.lastText)?.[1];
  if (failing === undefined) return streamed(events, charged, headers);
  const refusal = new FakeRefusal(Number(failing), `asked to fail in the stream with ${failing}`);
  const [first] = [faultBody(dialect.faults, refusal)].flat();
  return streamed([...events.slice(0, eventsBeforeFault), { data: first }], charged, headers);
}

const eventsBeforeFault = 3;

function generationOf(dialect: Dialect, { id, model, choices }: ChatEnvelope, bill: ReturnType<typeof billOf>): Json {
  const usage = usageOf(dialect, bill, choices);
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
