import { fallbackModelsField } from '../asked-models.ts';
import type { ParameterEffect } from '../parameter-effect.ts';

/** What each part of a call of the Messages API does to its price. */

const neutral = ['model', 'stream', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'metadata'] as const;

/** See `noteFields`. */
const judged = [
  'context_management',
  'inference_geo',
  'speed',
  // See `asksForLongCache`.
  'cache_control',
] as const;

/** The schema of a structured output becomes part of the prompt, with words around it that the server adds. */
const rendered = ['tools', 'tool_choice', 'output_config', 'output_format'] as const;

export const messagesParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  [fallbackModelsField, 'gateway'],
  ...judged.map((name) => [name, 'judged'] as const),
  ...rendered.map((name) => [name, 'rendered'] as const),
  ['messages', 'prompt'],
  ['system', 'prompt'],
  ['max_tokens', 'output'],
  // Within the cap, which covers what is thought too.
  ['thinking', 'output'],
  ['service_tier', 'service-tier'],
  // Run by another model, about whose price nothing is said, on top of what the first one has cost.
  ['fallbacks', 'unbounded'],
  // Tools that the provider runs: as often as the model likes, and what they find is put in.
  ['mcp_servers', 'unbounded'],
]);

/** Fields of a message that are in the prompt as what they say, or not at all. */
export const messageFields: ReadonlySet<string> = new Set([
  'role',
  'content',
  // Of a turn of the system: how hard to think from here on, and when it may be forgotten.
  'output_config',
  'clear_at',
]);

/** Fields of a content block that are in the prompt as what they say, or not at all. */
export const blockFields: ReadonlySet<string> = new Set([
  'type',
  'text',
  'cache_control',
  'source',
  'title',
  'context',
  'transformations',
  'id',
  'name',
  'input',
  'caller',
  'toolset_name',
  'tool_use_id',
  'content',
  'is_error',
  'thinking',
  'signature',
  'data',
  'tool_name',
  'citations',
  // Of what a search has found, and of what was fetched.
  'url',
  'page_age',
  'encrypted_content',
  'retrieved_at',
  'error_code',
]);

/**
 * Blocks that are text, or have their text in fields of their own. Those with media in them are looked into. What is
 * encrypted in what a search has found is no shorter than its tokens, even where it was compressed first.
 */
export const textBlocks: ReadonlySet<string> = new Set([
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'tool_reference',
  'search_result',
  'server_tool_use',
  'web_search_tool_result',
  'web_search_result',
  'web_search_tool_result_error',
  'web_fetch_tool_result',
  'web_fetch_result',
  'web_fetch_tool_result_error',
]);

/** Fields of a tool that are in the prompt as what they say, or not at all. */
export const toolFields: ReadonlySet<string> = new Set([
  'type',
  'name',
  'description',
  'input_schema',
  'input_examples',
  'cache_control',
  'strict',
  'eager_input_streaming',
  'defer_loading',
]);

/** Edits of the context that only leave something out. Others have a model write a summary, which is charged for. */
export const clearingEdits: ReadonlySet<string> = new Set(['clear_tool_uses_20250919', 'clear_thinking_20251015']);

/** What `output_config` may hold without anything being charged for that isn't in the bound. */
export const outputConfigFields: ReadonlySet<string> = new Set(['effort', 'format']);
