import { fallbackModelsField } from '../asked-models.ts';
import type { ParameterEffect } from '../parameter-effect.ts';

/** What each part of a call of the Messages API does to its price. */

const neutral = ['model', 'stream', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'metadata'] as const;

/** See `noteFields` of the prompt. */
const judged = [
  'context_management',
  'inference_geo',
  'speed',
  // See `asksForLongCache`.
  'cache_control',
] as const;

/** The server puts the schema of a structured output into the prompt, with words of its own around it. */
const rendered = ['tools', 'tool_choice', 'output_config', 'output_format'] as const;

export const messagesParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  [fallbackModelsField, 'gateway'],
  ...judged.map((name) => [name, 'judged'] as const),
  ...rendered.map((name) => [name, 'rendered'] as const),
  ['messages', 'prompt'],
  ['system', 'prompt'],
  ['max_tokens', 'output'],
  // The cap covers thinking too.
  ['thinking', 'output'],
  ['service_tier', 'service-tier'],
  // Run by another model, whose price is not told, on top of the cost of the first.
  ['fallbacks', 'unbounded'],
  // Tools that the provider runs as often as the model likes. What they find is put in.
  ['mcp_servers', 'unbounded'],
]);

/** Fields of a message that are in the prompt as they stand, or not at all. */
export const messageFields: ReadonlySet<string> = new Set([
  'role',
  'content',
  // In a turn of the system: how hard to think from here on, and when it may be forgotten.
  'output_config',
  'clear_at',
]);

/** Fields of a content block that are in the prompt as they stand, or not at all. */
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
  // In the results of searches and fetches.
  'url',
  'page_age',
  'encrypted_content',
  'retrieved_at',
  'error_code',
]);

/**
 * Blocks that are text, or have their text in fields of their own. Blocks in them are measured too. The encrypted
 * results of a search are no shorter than their tokens, even if they were compressed first.
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

/** Fields of a tool that are in the prompt as they stand, or not at all. */
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

/** Edits of the context that only leave something out. For others a model writes a summary, which is charged. */
export const clearingEdits: ReadonlySet<string> = new Set(['clear_tool_uses_20250919', 'clear_thinking_20251015']);

/** Fields of `output_config` that cost nothing beyond the bound. */
export const outputConfigFields: ReadonlySet<string> = new Set(['effort', 'format']);
