import type { EchoRequest, EchoTool } from './echo-request.ts';
import { countEchoTokens, echoTokens } from './echo-tokens.ts';
import { asRecord } from '../protocols/json/json-value.ts';

/** What the `echo` provider answers, and its usage. The same request always has the same reply. */
export interface EchoReply {
  /** Of the text; of a tool call, its arguments. */
  readonly tokens: readonly string[];
  readonly tool: string | undefined;
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  readonly usage: EchoUsage;
}

interface EchoUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: number };
  readonly completion_tokens_details: { readonly reasoning_tokens: number; readonly audio_tokens: number };
}

/** `echo-overrun` runs to this multiple of its cap, within these bounds. */
const overrunFactor = 4;
const overrunTokensMin = 64;
const overrunTokensMax = 4096;

export function echoReply(request: EchoRequest): EchoReply {
  const { model, tool, hasToolResult } = request;
  if (model === 'echo-tools' && tool !== undefined && !hasToolResult) return callTool(request, tool);
  const text = untilStop(request.prompt, request.stops);
  if (model === 'echo-overrun') return reply(request, overrun(text, request.cap), undefined, 'stop', 0);
  const { tokens, isCut } = atMost(echoTokens(text), request.cap);
  return reply(request, tokens, undefined, isCut ? 'length' : 'stop', 0);
}

function callTool(request: EchoRequest, tool: EchoTool): EchoReply {
  const nameTokens = Math.min(request.cap, countEchoTokens(tool.name));
  const all = echoTokens(JSON.stringify(argumentsFor(tool.parameters, request.prompt)));
  const { tokens, isCut } = atMost(all, request.cap - nameTokens);
  return reply(request, tokens, tool.name, isCut ? 'length' : 'tool_calls', nameTokens);
}

function reply(
  { inputTokens, choices }: EchoRequest,
  tokens: readonly string[],
  tool: string | undefined,
  finishReason: EchoReply['finishReason'],
  moreTokens: number,
): EchoReply {
  const outputTokens = (tokens.length + moreTokens) * choices;
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
  return { tokens, tool, finishReason, usage };
}

function untilStop(text: string, stops: readonly string[]): string {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? text : text.slice(0, Math.min(...places));
}

function atMost(tokens: Iterable<string>, cap: number): { tokens: string[]; isCut: boolean } {
  const kept: string[] = [];
  for (const token of tokens) {
    if (kept.length >= cap) return { tokens: kept, isCut: true };
    kept.push(token);
  }
  return { tokens: kept, isCut: false };
}

/** The text again and again, until it is well past the cap. */
function overrun(text: string, cap: number): string[] {
  const limited = Number.isFinite(cap) ? cap : 0;
  const wanted = limited + Math.min(overrunTokensMax, Math.max(overrunTokensMin, limited * (overrunFactor - 1)));
  const once = [...echoTokens(text.trim() === '' ? 'echo' : text)];
  const tokens: string[] = [];
  while (tokens.length < wanted) {
    const [first = '', ...rest] = once;
    tokens.push(tokens.length === 0 ? first : ` ${first}`, ...rest);
  }
  return tokens;
}

/** A value of the right type for every property. Where a text is wanted, it is the prompt. */
function argumentsFor(schema: Readonly<Record<string, unknown>>, prompt: string): Record<string, unknown> {
  const properties = Object.entries(asRecord(schema['properties']) ?? {});
  return Object.fromEntries(properties.map(([name, property]) => [name, valueFor(asRecord(property) ?? {}, prompt)]));
}

function valueFor(schema: Readonly<Record<string, unknown>>, prompt: string): unknown {
  const { type, enum: choices } = schema;
  if (Array.isArray(choices) && choices.length > 0) return choices[0];
  switch (type) {
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return argumentsFor(schema, prompt);
    case 'null':
      return null;
    default:
      return prompt;
  }
}
