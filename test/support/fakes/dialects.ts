import type { FakeServerName } from './fake.ts';

/** How each provider of OpenAI's chat completions differs, after its documentation. */
export interface Dialect {
  /** The fields of a body that it takes. `any`: it ignores fields that it doesn't know. */
  readonly fields: ReadonlySet<string> | 'any';
  readonly roles: ReadonlySet<string>;
  /** The names of the cap that it reads. It may take others and ignore them. */
  readonly caps: readonly string[];
  readonly refusedInMessages: readonly string[];
  /** Where it shows its reasoning. */
  readonly reasoning: 'hidden' | 'reasoning' | 'reasoning_content' | 'details' | 'parts';
  readonly reasonsUnasked: boolean;
  readonly usage: 'openai' | 'deepseek' | 'google' | 'groq' | 'mistral' | 'openrouter' | 'xai' | 'plain';
  /** Whether a stream has a usage only if the request asks for it. */
  readonly usageIsOptional: boolean;
  readonly jsonSchema: boolean;
  readonly faults: 'openai' | 'google' | 'mistral' | 'zai' | 'xai' | 'openrouter' | 'cloudflare' | 'cloudflare-gateway';
}

const plainRoles = new Set(['system', 'user', 'assistant', 'tool']);
const openAiRoles = new Set([...plainRoles, 'developer']);
const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

const shared = words(`model messages stream temperature top_p n stop tools tool_choice response_format max_tokens
  frequency_penalty presence_penalty parallel_tool_calls`);
const openAiFields = new Set([
  ...shared,
  ...words(`audio functions function_call logit_bias logprobs max_completion_tokens metadata modalities moderation
    prediction prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort safety_identifier seed
    service_tier store stream_options top_logprobs user verbosity web_search_options`),
]);
const googleFields = new Set(
  words(`model messages stream stream_options temperature top_p n stop tools tool_choice response_format max_tokens
    max_completion_tokens parallel_tool_calls reasoning_effort extra_body modalities seed user`),
);
const mistralFields = new Set([
  ...shared,
  ...words(`random_seed metadata prediction prompt_mode prompt_cache_key reasoning_effort safe_prompt guardrails`),
]);
/** OpenAI's own messages don't have these fields. Strict servers refuse them. */
const extensions = ['cache_control', 'reasoning', 'reasoning_content', 'reasoning_details'];

const openAi: Dialect = {
  fields: openAiFields,
  roles: openAiRoles,
  caps: ['max_completion_tokens', 'max_tokens'],
  refusedInMessages: extensions,
  reasoning: 'hidden',
  reasonsUnasked: false,
  usage: 'openai',
  usageIsOptional: true,
  jsonSchema: true,
  faults: 'openai',
};

export type ChatName = Exclude<FakeServerName, 'anthropic'>;

export const dialects: Readonly<Record<ChatName, Dialect>> = {
  openai: openAi,
  openrouter: {
    ...openAi,
    fields: 'any',
    caps: ['max_tokens', 'max_completion_tokens'],
    refusedInMessages: [],
    reasoning: 'details',
    usage: 'openrouter',
    usageIsOptional: false,
    faults: 'openrouter',
  },
  zai: {
    ...openAi,
    fields: 'any',
    roles: plainRoles,
    caps: ['max_tokens'],
    refusedInMessages: [],
    reasoning: 'reasoning_content',
    reasonsUnasked: true,
    usageIsOptional: false,
    jsonSchema: false,
    faults: 'zai',
  },
  google: {
    ...openAi,
    fields: googleFields,
    refusedInMessages: extensions,
    usage: 'google',
    faults: 'google',
  },
  groq: {
    ...openAi,
    fields: new Set(
      [...openAiFields, ...words('reasoning_format include_reasoning citation_options documents')].filter(
        (name) => !['logit_bias', 'logprobs', 'top_logprobs', 'modalities', 'audio', 'prediction'].includes(name),
      ),
    ),
    refusedInMessages: ['name', 'cache_control', 'reasoning_content', 'reasoning_details'],
    reasoning: 'reasoning',
    usage: 'groq',
  },
  deepseek: {
    ...openAi,
    fields: 'any',
    roles: plainRoles,
    caps: ['max_tokens'],
    refusedInMessages: [],
    reasoning: 'reasoning_content',
    usage: 'deepseek',
    jsonSchema: false,
  },
  mistral: {
    ...openAi,
    fields: mistralFields,
    roles: plainRoles,
    caps: ['max_tokens'],
    reasoning: 'parts',
    usage: 'mistral',
    usageIsOptional: false,
    faults: 'mistral',
  },
  xai: {
    ...openAi,
    fields: new Set([...openAiFields, ...words('search_parameters deferred')]),
    roles: openAiRoles,
    refusedInMessages: ['cache_control', 'reasoning_details'],
    reasoning: 'reasoning_content',
    usage: 'xai',
    faults: 'xai',
  },
  'workers-ai': {
    ...openAi,
    fields: 'any',
    roles: plainRoles,
    caps: ['max_tokens'],
    refusedInMessages: ['cache_control', 'reasoning_details'],
    reasoning: 'reasoning_content',
    usage: 'plain',
    faults: 'cloudflare',
  },
  'cloudflare-ai-gateway': { ...openAi, faults: 'cloudflare-gateway' },
  lenient: { ...openAi, fields: 'any', refusedInMessages: [], usage: 'plain' },
};
