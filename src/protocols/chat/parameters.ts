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
  // Within the output cap, which covers what is hidden too.
  'reasoning_effort',
  'reasoning',
  'verbosity',
  'user',
  'safety_identifier',
  'metadata',
  // Keeping a completion is free.
  'store',
  // What it costs to write to a cache and to read from it is in the dearest rates, asked for or not.
  'prompt_cache_key',
] as const;

/** Two names for one cap on the output, hidden and shown. */
export const capNames = ['max_completion_tokens', 'max_tokens'] as const;

const rendered = ['tools', 'functions', 'tool_choice', 'function_call', 'response_format', templateField] as const;

export const chatParameters: ReadonlyMap<string, ParameterEffect> = new Map<string, ParameterEffect>([
  ...neutral.map((name) => [name, 'neutral'] as const),
  [fallbackModelsField, 'gateway'],
  ...samplingFields.map((name) => [name, 'neutral'] as const),
  // A bound has the dearest of these too. What was asked for says what an answer is charged that tells no times.
  ['prompt_cache_retention', 'judged'],
  ['prompt_cache_options', 'judged'],
  ...rendered.map((name) => [name, 'rendered'] as const),
  ['messages', 'prompt'],
  ...capNames.map((name) => [name, 'output'] as const),
  ['n', 'output'],
  ['service_tier', 'service-tier'],
  ['modalities', 'modalities'],
  // How the sound is to be made. Only `modalities` asks for it.
  ['audio', 'neutral'],
  // A fee for each search, as many as the model likes, and what is found is put in.
  ['web_search_options', 'unbounded'],
  // Tokens of the prediction that were wrong are charged as output, and OpenAI takes no output cap beside it.
  ['prediction', 'unbounded'],
  // Run by another model, about whose price nothing is said.
  ['moderation', 'unbounded'],
]);

/** Fields of a message that are in the prompt as what they say, or not at all. */
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

/** What each type of content part puts in. Only of text do the bytes bound the tokens. */
export const partKinds: ReadonlyMap<string, InputKind> = new Map<string, InputKind>([
  ['text', 'text'],
  ['refusal', 'text'],
  ['image_url', 'image'],
  ['input_audio', 'audio'],
  ['audio_url', 'audio'],
  ['file', 'file'],
  ['video_url', 'video'],
]);

/** Tools that the client runs. All others are run by the provider, for a fee. */
export const clientTools: ReadonlySet<string> = new Set(['function', 'custom']);
