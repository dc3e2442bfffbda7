import type { InputKind } from '../../catalog/schema.ts';
import { fallbackModelsField } from '../asked-models.ts';
import type { ParameterEffect } from '../parameter-effect.ts';

/** What each part of a body of the Responses API does to its price. */

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
  // What Codex says of itself, for OpenAI's logs.
  'client_metadata',
  // Keeping a response is free.
  'store',
  // Only what the provider's own tools do is charged for by the call, and those are judged one by one.
  'max_tool_calls',
  // What is dropped from the input is not charged for.
  'truncation',
  // What it costs to write to a cache and to read from it is in the dearest rates, asked for or not.
  'prompt_cache_key',
  // Says how much room an image may take. The most that one can take is priced in any case.
  'image',
  'access_programs',
] as const;

/** The one name for the cap on the output, hidden and shown. */
export const responsesCapName = 'max_output_tokens';
/** OpenAI takes no smaller one there. */
export const responsesCapLeast = 16;

export const responsesParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  [fallbackModelsField, 'gateway'],
  // A bound has the dearest of these too. What was asked for says what an answer is charged that tells no times.
  ['prompt_cache_retention', 'judged'],
  ['prompt_cache_options', 'judged'],
  // Within the output cap, which covers what is hidden too; but for some a `mode`.
  ['reasoning', 'judged'],
  // Refused where it is true.
  ['background', 'judged'],
  ['input', 'prompt'],
  ['instructions', 'prompt'],
  ['tools', 'rendered'],
  ['tool_choice', 'rendered'],
  ['text', 'rendered'],
  [responsesCapName, 'output'],
  ['service_tier', 'service-tier'],
  // What an account has kept stands in the input by then. Of what a server has kept nothing is known.
  ['previous_response_id', 'unbounded'],
  ['conversation', 'unbounded'],
  // A template may bring along tools that the provider runs for a fee, and nothing in the request tells.
  ['prompt', 'unbounded'],
  // Another pass over the whole context, as often as the server finds it worth while.
  ['context_management', 'unbounded'],
  // Run by another model, about whose price nothing is said.
  ['moderation', 'unbounded'],
]);

/**
 * Items that are in the prompt as what they say, or not at all. What is encrypted in them is no shorter than its
 * tokens, even where it was compressed first.
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
  // What was looked for. What was found is nowhere in it, and no server has kept it that was not told to keep anything.
  'web_search_call',
  'compaction',
  'additional_tools',
  'tool_search_call',
  'tool_search_output',
]);

/** Fields of an item that are in the prompt as what they say, or not at all. */
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

/** What each type of content part puts in. Only of text do the bytes bound the tokens. */
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
