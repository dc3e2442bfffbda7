import { type Said, pieces } from './compose.ts';
import type { Dialect } from './dialects.ts';
import type { FakeBill, FakeEvent, Json } from './fake.ts';

/** Writes what was said as the provider of a dialect does: whole, or as a stream. */
export interface ChatEnvelope {
  readonly id: string;
  readonly model: string;
  readonly choices: number;
  readonly includeUsage: boolean;
}

const created = 1_790_000_000;

export function chatCompletion(dialect: Dialect, envelope: ChatEnvelope, said: Said, bill: FakeBill): Json {
  const { id, model, choices } = envelope;
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
    usage: usageOf(dialect, bill, choices),
    ...(dialect.usage === 'groq' ? { x_groq: { id: 'req_fake' } } : {}),
    ...(dialect.usage === 'openai' ? { service_tier: 'default' } : {}),
  };
}

export function* chatEvents(
  dialect: Dialect,
  envelope: ChatEnvelope,
  said: Said,
  bill: FakeBill,
): Generator<FakeEvent> {
  const { id, model, choices, includeUsage } = envelope;
  const head = { id, object: 'chat.completion.chunk', created, model };
  const usage = usageOf(dialect, bill, choices);
  const extra = dialect.usage === 'openrouter' ? { provider: 'Fake' } : {};
  const chunk = (index: number, delta: Json, reason: string | null, more: Json = {}): FakeEvent => ({
    data: { ...head, ...extra, choices: [{ index, delta, logprobs: null, finish_reason: reason }], ...more },
  });
  if (dialect.usage === 'openrouter') yield { comment: 'OPENROUTER PROCESSING' };
  for (let index = 0; index < choices; index += 1) {
    yield chunk(index, { role: 'assistant', content: '' }, null, dialect.usage === 'openai' ? { usage: null } : {});
    for (const piece of pieces(said.reasoning)) {
      const fields = reasoningDelta(dialect, piece);
      if (fields !== undefined) yield chunk(index, fields, null);
    }
    for (const piece of pieces(said.text)) yield chunk(index, { content: piece }, null);
    for (const [at, call] of callsOf(said, id).entries()) {
      const { arguments: whole, name } = call.function;
      // Google sends a call at once, without an index of its own.
      if (dialect.usage === 'google') {
        yield chunk(index, { tool_calls: [{ ...call, index: at }] }, null);
        continue;
      }
      yield chunk(
        index,
        { tool_calls: [{ index: at, id: call.id, type: 'function', function: { name, arguments: '' } }] },
        null,
      );
      for (const piece of pieces(whole)) {
        yield chunk(index, { tool_calls: [{ index: at, function: { arguments: piece } }] }, null);
      }
    }
    const isLast = index === choices - 1;
    const own = isLast && dialect.usage === 'groq' ? { x_groq: { id: 'req_fake', usage } } : {};
    const inLast = isLast && !dialect.usageIsOptional ? { usage } : {};
    yield chunk(index, {}, finishOf(said), { ...own, ...inLast });
  }
  if (dialect.usageIsOptional && includeUsage) yield { data: { ...head, choices: [], usage } };
  yield { data: '[DONE]' };
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

function reasoningDelta(dialect: Dialect, piece: string): Json | undefined {
  switch (dialect.reasoning) {
    case 'hidden':
      return undefined;
    case 'parts':
      return { content: [{ type: 'thinking', thinking: [{ type: 'text', text: piece }] }] };
    default:
      return reasoningFields(dialect, piece);
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
      // What it thought is in the total only.
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
