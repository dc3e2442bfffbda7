import { samplingFields, templateField } from '../../catalog/sampling-fields.ts';
import type { InputKind } from '../../catalog/schema.ts';
import { fallbackModelsField } from '../asked-models.ts';
import type { ParameterEffect } from '../parameter-effect.ts';

/** What each part of a chat completion's body does to its price. */

const neutral = [
  'model',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'seed',
  'stop',
  'parallel_tool_calls',
  // They stay within the output cap, which covers what is hidden too.
  'reasoning_effort',
  'reasoning',
  'verbosity',
  'user',
  'safety_identifier',
  'metadata',
  // Keeping a completion is free.
  'store',
  // The dearest rates include the cost of writing to a cache and reading from it, asked for or not.
  'prompt_cache_key',
] as const;

/** Two names for one cap on the output, hidden and shown. */
export const capNames = ['max_completion_tokens', 'max_tokens'] as const;

const rendered = ['tools', 'functions', 'tool_choice', 'function_call', 'response_format', templateField] as const;

export const chatParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  [fallbackModelsField, 'gateway'],
  ...samplingFields.map((name) => [name, 'neutral'] as const),
  // A bound has the dearest of these too. What was asked for decides the charge of an answer that does not say how long
  // it caches.
  ['prompt_cache_retention', 'judged'],
  ['prompt_cache_options', 'judged'],
  ...rendered.map((name) => [name, 'rendered'] as const),
  ['messages', 'prompt'],
  ...capNames.map((name) => [name, 'output'] as const),
  ['n', 'output'],
  ['service_tier', 'service-tier'],
  ['modalities', 'modalities'],
  // How to make the sound. Only `modalities` asks for it.
  ['audio', 'neutral'],
  // Each search costs a fee, the model may search as often as it likes, and the results are put in.
  ['web_search_options', 'unbounded'],
  // Wrong tokens of the prediction are charged as output, and OpenAI takes no output cap beside it.
  ['prediction', 'unbounded'],
  // Another model runs it, whose price nobody states.
  ['moderation', 'unbounded'],
]);

/** The fields of a message that are in the prompt as they are, or not at all. */
export const messageFields: ReadonlySet<string> = new Set([
  'role',
  'content',
  'name',
  'refusal',
  'tool_calls',
  'tool_call_id',
  'function_call',
  'annotations',
  'cache_control',
  'prefix',
  'partial',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
]);

/** The kind of input of each type of content part. Only for text do the bytes bound the tokens. */
export const partKinds: ReadonlyMap<string, InputKind> = new Map<string, InputKind>([
  ['text', 'text'],
  ['refusal', 'text'],
  ['image_url', 'image'],
  ['input_audio', 'audio'],
  ['audio_url', 'audio'],
  ['file', 'file'],
  ['video_url', 'video'],
]);

/** The tools that the client runs. The provider runs all others, for a fee. */
export const clientTools: ReadonlySet<string> = new Set(['function', 'custom']);
