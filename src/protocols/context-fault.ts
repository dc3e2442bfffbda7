import type { ProviderFault } from './provider-fault.ts';

/**
 * How providers say that a request does not fit into the context of its model. OpenAI and Groq have a code for it, on
 * which agents shorten what they send. All others say it in words only. The wordings come from the sources and tests of
 * programs that ask these providers, as of 2026-11. Unverified, 2026-11-29: each with its provider.
 */

export const contextCode = 'context_length_exceeded';

/** Each with the provider that uses it. Self-hosted servers come last. */
const wordings: readonly (readonly [of: string, words: string])[] = [
  ['Anthropic', 'prompt is too long'],
  ['Anthropic, with the output cap', 'input length and `?max_tokens`? exceed context limit'],
  ['Google', 'the input token count.{0,40} exceeds the maximum number of tokens allowed'],
  ['xAI', "this model's maximum prompt length is \\d+"],
  ['DeepSeek, OpenAI, vLLM', "this model's maximum context length is \\d+ tokens"],
  ['OpenRouter', "this endpoint's maximum context length is \\d+ tokens"],
  ['OpenAI, in its Responses', 'your input exceeds the context window of this model'],
  ['Groq', 'please reduce the length of the messages or completion'],
  ['Mistral', 'prompt contains \\d+ tokens.{0,40} too large for model with \\d+ maximum context length'],
  ['Z.ai', 'prompt exceeds max length'],
  ['Cloudflare', 'the estimated number of input and maximum output tokens.{0,40} exceeded this model context window'],
  ['Moonshot', 'your request exceeded model token limit'],
  ['Bedrock', 'input is too long for requested model'],
  ['llama.cpp', '(?:the )?request.{0,40} exceeds the available context size'],
  ['Ollama', 'prompt too long; exceeded (?:max )?context length'],
];

/**
 * The message begins with the wording, or another server's message quotes it. Where a message quotes the request, its
 * beginning is still the provider's own.
 */
const tooLong = new RegExp(`(?:^|: |\\()(?:${wordings.map(([, words]) => words).join('|')})`, 'i');

/**
 * With these statuses a provider rejects a request for what it is. Under any other status a message is not about its
 * length.
 */
const aboutRequest: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * A fault with the code, type and status that OpenAI has for a request that does not fit, where the fault says so; else
 * the fault as it came.
 * @param status of the answer, where the fault names none of its own
 */
export function withContextCode(fault: ProviderFault, status: number | undefined): ProviderFault {
  const { code, type, message } = fault;
  const isSaid = code === contextCode || type === contextCode;
  const isInWords = aboutRequest.has(fault.status ?? status ?? 0) && message !== undefined && tooLong.test(message);
  return isSaid || isInWords ? { ...fault, code: contextCode, type: 'invalid_request_error', status: 400 } : fault;
}
