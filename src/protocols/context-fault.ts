import type { ProviderFault } from './provider-fault.ts';

/**
 * How providers say that a request does not fit into the context of its model. OpenAI and Groq have a code for it, and
 * agents shorten what they send when they see that; all others say it in words only. As programs that ask them have
 * them in their sources and tests, as of 2026-11. Unverified, 2026-11-29: each with its provider.
 */

export const contextCode = 'context_length_exceeded';

/** Each with whose it is. Servers of one's own come last. */
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
 * A message begins so, or what another server passes on in it does: where it quotes the request, its beginning is still
 * the provider's own.
 */
const tooLong = new RegExp(`(?:^|: |\\()(?:${wordings.map(([, words]) => words).join('|')})`, 'i');

/** With these statuses a request is refused for what it is. Nothing else is about its length, whatever it says. */
const aboutRequest: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * The same fault, with the code, type and status that OpenAI has for a request that does not fit, where that is what it
 * says; else as it came.
 * @param status of the answer, where the fault names none of its own
 */
export function withContextCode(fault: ProviderFault, status: number | undefined): ProviderFault {
  const { code, type, message } = fault;
  const isSaid = code === contextCode || type === contextCode;
  const isInWords = aboutRequest.has(fault.status ?? status ?? 0) && message !== undefined && tooLong.test(message);
  return isSaid || isInWords ? { ...fault, code: contextCode, type: 'invalid_request_error', status: 400 } : fault;
}
