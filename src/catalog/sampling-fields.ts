/**
 * Fields of servers other than OpenAI's that say how tokens are chosen, and how much is thought, within the output cap.
 * What a call costs at most none of them changes.
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

/** The same, of which what it says may be put in: it is counted as what is. */
export const templateField = 'chat_template_kwargs';

/** What a conversation may bring along that is for one server only: marks for its cache, and what it has thought. */
const partsForOne = [
  'messages.cache_control',
  'messages.reasoning_content',
  'messages.reasoning_details',
  'messages.extra_content',
  'tools.cache_control',
] as const;

/** What a server that refuses names it does not know is not to be sent of all that. */
export const unknownElsewhere: readonly string[] = [...samplingFields, templateField, ...partsForOne];

/** How OpenRouter is to serve a call, and tell of it. It means nothing to anyone else. */
export const routerFields = ['usage', 'provider', 'transforms', 'route'] as const;
