/**
 * Fields of servers other than OpenAI's. They say how tokens are chosen and how much is thought, within the output cap.
 * None of them changes the most that a call can cost.
 */
export const samplingFields = [
  'top_k',
  'top_a',
  'min_p',
  'typical_p',
  'tfs_z',
  'mirostat',
  'mirostat_tau',
  'mirostat_eta',
  'repetition_penalty',
  'repeat_penalty',
  'length_penalty',
  'min_tokens',
  'ignore_eos',
  'stop_token_ids',
  'skip_special_tokens',
  'spaces_between_special_tokens',
  'include_stop_str_in_output',
  'enable_thinking',
  'thinking_budget',
] as const;

/** Another one. The model may read what it says, so it counts as input. */
export const templateField = 'chat_template_kwargs';

/** Parts of a conversation that are for one server only: marks for its cache, and its own thoughts. */
const partsForOne = [
  'messages.cache_control',
  'messages.reasoning_content',
  'messages.reasoning_details',
  'messages.extra_content',
  'tools.cache_control',
] as const;

/** For the `drop` of a server that rejects names it does not know. */
export const unknownElsewhere: readonly string[] = [...samplingFields, templateField, ...partsForOne];

/** They tell OpenRouter how to serve a call and what to report. No other server knows them. */
export const routerFields = ['usage', 'provider', 'transforms', 'route'] as const;
