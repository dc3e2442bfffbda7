import type { PricedUsage } from '../catalog/price.ts';
import type { OpenAiProvider, ProviderEndpoint } from '../catalog/schema.ts';
import { providerRequestIdCharsMax, reportedTokensMax } from '../limits.ts';

/** A server that speaks OpenAI's protocol, as data and pure functions: what it is to be asked, and what it said. */

export interface UpstreamCall {
  readonly provider: Pick<OpenAiProvider, 'headers'>;
  readonly endpoint: Pick<ProviderEndpoint, 'baseUrl'>;
  /** From the base URL on, such as `/chat/completions`. */
  readonly path: string;
  /** What the client had after the question mark, with the question mark; or nothing. */
  readonly query: string;
  /** What the client sent. Only what `forwardedHeaders` names goes on. */
  readonly clientHeaders: Headers;
  /** Undefined for a server that wants none. */
  readonly credential: string | undefined;
}

/** Never credentials, cookies, organisations, or what is between two hops. */
const forwardedHeaders = ['anthropic-version', 'anthropic-beta', 'openai-beta', 'traceparent'];

export interface EncodedCall {
  readonly url: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

export function encodeCall(call: UpstreamCall): EncodedCall {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': 'weir' };
  for (const name of forwardedHeaders) {
    const value = call.clientHeaders.get(name);
    if (value !== null) headers[name] = value;
  }
  if (call.credential !== undefined) headers['authorization'] = `Bearer ${call.credential}`;
  // Last, so that a provider that wants its credential or a version elsewhere can be described.
  for (const [name, value] of Object.entries(call.provider.headers)) headers[name.toLowerCase()] = value;
  return { url: call.endpoint.baseUrl + call.path + call.query, headers };
}

/** What a provider says it did. Cached and audio input are counted in the input, reasoning in the output. */
export interface ReportedUsage extends PricedUsage {
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
}

/**
 * The usage in an answer or in a chunk of one, wherever servers that call themselves compatible put it; undefined where
 * there is none, or none that makes sense.
 */
export function decodeUsage(answer: Readonly<Record<string, unknown>>): ReportedUsage | undefined {
  const usage = asRecord(answer['usage']) ?? asRecord(asRecord(answer['x_groq'])?.['usage']);
  return usage === undefined ? sumOfUsages(decodeChoiceUsages(answer)) : usageIn(usage, answer['service_tier']);
}

/** Moonshot has it in a choice: what each has used, by its index. In a stream they come one after another. */
export function decodeChoiceUsages(answer: Readonly<Record<string, unknown>>): ReadonlyMap<number, ReportedUsage> {
  const usages = new Map<number, ReportedUsage>();
  const choices: unknown = answer['choices'];
  if (!Array.isArray(choices)) return usages;
  for (const [position, value] of choices.entries()) {
    const choice = asRecord(value);
    const record = asRecord(choice?.['usage']);
    const usage = record === undefined ? undefined : usageIn(record, answer['service_tier']);
    if (usage !== undefined) usages.set(asCount(choice?.['index']) ?? position, usage);
  }
  return usages;
}

/** All the choices have one prompt between them. */
export function sumOfUsages(usages: ReadonlyMap<number, ReportedUsage>): ReportedUsage | undefined {
  const [first, ...others] = usages.values();
  if (first === undefined) return undefined;
  const sum = others.reduce(
    (one, other) => ({
      ...one,
      ...other,
      inputTokens: Math.max(one.inputTokens, other.inputTokens),
      cachedInputTokens: Math.min(one.cachedInputTokens, other.cachedInputTokens),
      outputTokens: one.outputTokens + other.outputTokens,
      reasoningTokens: one.reasoningTokens + other.reasoningTokens,
      audioOutputTokens: (one.audioOutputTokens ?? 0) + (other.audioOutputTokens ?? 0),
    }),
    first,
  );
  return sum.outputTokens <= reportedTokensMax ? sum : undefined;
}

function usageIn(usage: Readonly<Record<string, unknown>>, tier: unknown): ReportedUsage | undefined {
  const inputTokens = asCount(usage['prompt_tokens']);
  const outputTokens = asCount(usage['completion_tokens']);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  // A place kept for a usage that is to come: no prompt is nothing at all.
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  const input = asRecord(usage['prompt_tokens_details']);
  const output = asRecord(usage['completion_tokens_details']);
  const totalTokens = asCount(usage['total_tokens']) ?? 0;
  return {
    inputTokens,
    // DeepSeek and Moonshot have names of their own for it.
    cachedInputTokens: firstCount(input?.['cached_tokens'], usage['prompt_cache_hit_tokens'], usage['cached_tokens']),
    cacheWrite5mTokens: firstCount(input?.['cache_write_tokens'], input?.['cache_creation_tokens']),
    audioInputTokens: firstCount(input?.['audio_tokens']),
    // xAI and Gemini count reasoning in the total only.
    outputTokens: Math.max(outputTokens, totalTokens - inputTokens),
    reasoningTokens: firstCount(output?.['reasoning_tokens'], usage['reasoning_tokens']),
    audioOutputTokens: firstCount(output?.['audio_tokens']),
    ...(typeof tier === 'string' ? { serviceTier: tier } : {}),
  };
}

/** A provider's own words for what went wrong. Each is absent where it said nothing of the sort. */
export interface ProviderFault {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  /** The status that it gives in the body, where it could not, or did not, say so in the status line. */
  readonly status?: number;
}

/** The error in an answer or a chunk: OpenAI's shape, or one of those that compatible servers have. */
export function decodeFault(answer: Readonly<Record<string, unknown>>): ProviderFault | undefined {
  const error = answer['error'];
  if (typeof error === 'string' && error !== '') return { message: error };
  const fields = asRecord(error) ?? (answer['object'] === 'error' ? answer : undefined);
  if (fields === undefined) return undefined;
  const { message, type, code, param, status } = fields;
  const given = [status, code].find((value) => typeof value === 'number' && value >= 400 && value <= 599);
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(typeof param === 'string' ? { param } : {}),
    ...(typeof given === 'number' ? { status: given } : {}),
  };
}

/** The name by which the provider knows the call, for its support. */
export function providerRequestId(headers: Headers): string | undefined {
  const id = headers.get('x-request-id') ?? headers.get('request-id') ?? undefined;
  return id?.slice(0, providerRequestIdCharsMax);
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // An object that isn't an array has names for its values, whatever they are.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= reportedTokensMax
    ? value
    : undefined;
}

function firstCount(...values: readonly unknown[]): number {
  for (const value of values) {
    const count = asCount(value);
    if (count !== undefined) return count;
  }
  return 0;
}
