import type { Said } from './compose.ts';
import type { Dialect } from './dialects.ts';
import type { FakeBill, FakeEvent } from './fake.ts';
import type { Json } from './json.ts';
import { tokensIn } from './tokens.ts';

/** Writes a chat completion as the provider of a dialect does: whole, or as a stream. */
export interface ChatEnvelope {
  readonly id: string;
  readonly model: string;
  readonly choices: number;
  readonly includeUsage: boolean;
  readonly usage: unknown;
}

const created = 1_790_000_000;

export function chatCompletion(dialect: Dialect, { id, model, choices, usage }: ChatEnvelope, said: Said): Json {
  const message = {
    role: 'assistant',
    content: contentOf(dialect, said),
    ...(dialect.usage === 'openai' ? { refusal: null, annotations: [] } : {}),
    ...reasoningFields(dialect, said.reasoning),
    ...(said.calls.length === 0 ? {} : { tool_calls: callsOf(said, id) }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    ...(dialect.usage === 'openrouter' ? { provider: 'Fake' } : {}),
    choices: Array.from({ length: choices }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: finishOf(said),
    })),
    usage,
    ...(dialect.usage === 'groq' ? { x_groq: { id: 'req_fake' } } : {}),
    ...(dialect.usage === 'openai' ? { service_tier: 'default' } : {}),
  };
}

export function chatChunk({ id, model }: Pick<ChatEnvelope, 'id' | 'model'>, more: Json): Json {
  return { id, object: 'chat.completion.chunk', created, model, choices: [], ...more };
}

/** Of one choice: what it says next, and how it ends. */
export function chatDelta(delta: Json, reason: string | null = null, index = 0): Json {
  return { choices: [{ index, delta, logprobs: null, finish_reason: reason }] };
}

export function* chatEvents(dialect: Dialect, envelope: ChatEnvelope, said: Said): Generator<FakeEvent> {
  const { choices, includeUsage, usage } = envelope;
  const extra = dialect.usage === 'openrouter' ? { provider: 'Fake' } : {};
  if (dialect.usage === 'openrouter') yield { comment: 'OPENROUTER PROCESSING' };
  for (let index = 0; index < choices; index += 1) {
    const chunk = (delta: Json, reason: string | null = null, more: Json = {}): FakeEvent => ({
      data: chatChunk(envelope, { ...extra, ...chatDelta(delta, reason, index), ...more }),
    });
    yield chunk({ role: 'assistant', content: '' }, null, dialect.usage === 'openai' ? { usage: null } : {});
    for (const token of tokensIn(said.reasoning)) {
      const fields = reasoningDelta(dialect, token);
      if (fields !== undefined) yield { ...chunk(fields), isToken: true };
    }
    for (const token of tokensIn(said.text)) yield { ...chunk({ content: token }), isToken: true };
    for (const delta of callDeltas(dialect, said, envelope.id)) yield chunk({ tool_calls: [delta] });
    const isLast = index === choices - 1;
    const own = isLast && dialect.usage === 'groq' ? { x_groq: { id: 'req_fake', usage } } : {};
    const inLast = isLast && !dialect.usageIsOptional ? { usage } : {};
    yield chunk({}, finishOf(said), { ...own, ...inLast });
  }
  if (dialect.usageIsOptional && includeUsage) yield { data: chatChunk(envelope, { usage }) };
  yield { data: '[DONE]' };
}

function* callDeltas(dialect: Dialect, said: Said, id: string): Generator<Json> {
  for (const [index, call] of callsOf(said, id).entries()) {
    // Google sends a call at once.
    if (dialect.usage === 'google') {
      yield { ...call, index };
      continue;
    }
    const { arguments: whole, name } = call.function;
    yield { index, id: call.id, type: 'function', function: { name, arguments: '' } };
    for (const token of tokensIn(whole)) yield { index, function: { arguments: token } };
  }
}

function callsOf(said: Said, id: string) {
  return said.calls.map(({ name, args }, index) => ({
    id: `call_${id.replaceAll(/\W/g, '')}${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
}

function contentOf(dialect: Dialect, { text, reasoning, calls }: Said): unknown {
  if (dialect.reasoning === 'parts' && reasoning !== '') {
    return [
      { type: 'thinking', thinking: [{ type: 'text', text: reasoning }] },
      ...(text === '' ? [] : [{ type: 'text', text }]),
    ];
  }
  return text === '' && calls.length > 0 ? null : text;
}

function reasoningFields({ reasoning: where }: Dialect, reasoning: string): Json {
  if (reasoning === '') return {};
  switch (where) {
    case 'hidden':
    case 'parts':
      return {};
    case 'reasoning':
      return { reasoning };
    case 'reasoning_content':
      return { reasoning_content: reasoning };
    case 'details':
      return {
        reasoning,
        reasoning_details: [{ type: 'reasoning.text', text: reasoning, signature: 'sig', index: 0 }],
      };
  }
}

function reasoningDelta(dialect: Dialect, token: string): Json | undefined {
  switch (dialect.reasoning) {
    case 'hidden':
      return undefined;
    case 'parts':
      return { content: [{ type: 'thinking', thinking: [{ type: 'text', text: token }] }] };
    default:
      return reasoningFields(dialect, token);
  }
}

function finishOf({ finish, calls }: Said): string {
  if (finish === 'length') return 'length';
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

/** $1 and $2 per million tokens, for those that say what a call cost. */
const usdPerToken = { input: 1e-6, output: 2e-6 };
const ticksPerUsd = 1e10;

export function usageOf({ usage: shape }: Dialect, bill: FakeBill, choices: number): Json {
  const { inputTokens, cachedTokens, reasoningTokens } = bill;
  const outputTokens = bill.outputTokens * choices;
  const reasoned = reasoningTokens * choices;
  const cost = Number((inputTokens * usdPerToken.input + outputTokens * usdPerToken.output).toFixed(9));
  const base = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  const details = {
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoned },
  };
  switch (shape) {
    case 'openai':
    case 'groq':
      return { ...base, ...details };
    case 'plain':
    case 'mistral':
      return { ...base, prompt_tokens_details: { cached_tokens: cachedTokens } };
    case 'deepseek':
      return {
        ...base,
        ...details,
        prompt_cache_hit_tokens: cachedTokens,
        prompt_cache_miss_tokens: inputTokens - cachedTokens,
      };
    case 'google':
      // Only the total includes the reasoning.
      return {
        ...base,
        completion_tokens: outputTokens - reasoned,
        prompt_tokens_details: { cached_tokens: cachedTokens },
      };
    case 'openrouter':
      return { ...base, ...details, cost, is_byok: false, cost_details: { upstream_inference_cost: null } };
    case 'xai':
      return {
        ...base,
        ...details,
        completion_tokens: outputTokens - reasoned,
        cost_in_usd_ticks: Math.round(cost * ticksPerUsd),
        num_sources_used: 0,
      };
  }
}
