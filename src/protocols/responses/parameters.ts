import type { InputKind } from '../../catalog/schema.ts';
import { fallbackModelsField } from '../asked-models.ts';
import type { ParameterEffect } from '../parameter-effect.ts';

/** What each part of a call of the Responses API does to its price. */

const neutral = [
  'model',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'top_logprobs',
  'parallel_tool_calls',
  'include',
  'user',
  'safety_identifier',
  'metadata',
  // What Codex says about itself, for OpenAI's logs.
  'client_metadata',
  // Keeping a response is free.
  'store',
  // Only the provider's own tools are charged by the call, and each tool is judged by itself.
  'max_tool_calls',
  // Input that is dropped is not charged.
  'truncation',
  // The dearest rates include writing and reading the cache, asked for or not.
  'prompt_cache_key',
  // Says how large an image may be. The bound always has the largest.
  'image',
  'access_programs',
] as const;

/** The cap on all output, with reasoning. */
export const responsesCapName = 'max_output_tokens';
/** The smallest cap that OpenAI takes. */
export const responsesCapLeast = 16;

export const responsesParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  [fallbackModelsField, 'gateway'],
  // The bound has the dearest. An answer that tells no cache times is charged for the one asked for.
  ['prompt_cache_retention', 'judged'],
  ['prompt_cache_options', 'judged'],
  // The output cap covers reasoning, but perhaps not in every `mode`.
  ['reasoning', 'judged'],
  // Refused if true.
  ['background', 'judged'],
  ['input', 'prompt'],
  ['instructions', 'prompt'],
  ['tools', 'rendered'],
  ['tool_choice', 'rendered'],
  ['text', 'rendered'],
  [responsesCapName, 'output'],
  ['service_tier', 'service-tier'],
  // By now the input holds what the account keeps. What a server keeps is unknown.
  ['previous_response_id', 'unbounded'],
  ['conversation', 'unbounded'],
  // A template may have tools that the provider runs for a fee, and the request doesn't tell.
  ['prompt', 'unbounded'],
  // The server may go over the whole context again, as often as it likes.
  ['context_management', 'unbounded'],
  // Run by another model, whose price is not told.
  ['moderation', 'unbounded'],
]);

/**
 * Items that are in the prompt as they stand, or not at all. Encrypted text in them is no shorter than its tokens, even
 * if it was compressed first.
 */
export const textItems: ReadonlySet<string> = new Set([
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_approval_response',
  // It has what was searched for, without the results. A server that was told to keep nothing has none of those either.
  'web_search_call',
  'compaction',
  'additional_tools',
  'tool_search_call',
  'tool_search_output',
]);

/** Fields of an item that are in the prompt as they stand, or not at all. */
export const itemFields: ReadonlySet<string> = new Set([
  'type',
  'id',
  'role',
  'content',
  'phase',
  'status',
  'call_id',
  'name',
  'namespace',
  'caller',
  'async',
  'arguments',
  'input',
  'output',
  'summary',
  'encrypted_content',
  'action',
  'operation',
  'max_output_length',
  'approval_request_id',
  'approve',
  'reason',
  'tools',
  'execution',
]);

/** What each type of content part puts in. Only for text, the bytes bound the tokens. */
export const responsesPartKinds: ReadonlyMap<string, InputKind> = new Map<string, InputKind>([
  ['input_text', 'text'],
  ['output_text', 'text'],
  ['text', 'text'],
  ['refusal', 'text'],
  ['summary_text', 'text'],
  ['reasoning_text', 'text'],
  ['input_image', 'image'],
  ['input_file', 'file'],
  ['input_audio', 'audio'],
  ['input_video', 'video'],
]);
