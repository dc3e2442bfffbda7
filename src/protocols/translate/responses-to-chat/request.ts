import { isForGateway } from '../../asked-models.ts';
import { type JsonRecord, asRecord, isSet } from '../../json/json-value.ts';
import { type Drop, type Untranslatable, isUntranslatable, untranslatable } from '../../protocol-call.ts';
import { chatMessages } from './messages.ts';
import { responsesParameters } from '../../responses/parameters.ts';
import type { ResponsesRequest } from '../../responses/request.ts';
import { chatTools, toolUse } from '../../responses/tools.ts';

/** Fields that mean the same in both protocols. */
const same = [
  'model',
  'stream',
  'temperature',
  'top_p',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
] as const;

/** What only a server of the Responses API can do, and the remedy. */
const beyond: readonly (readonly [string, string])[] = [
  ['prompt', 'Send what the template says in `instructions` and `input`.'],
  ['context_management', 'Leave it out, and shorten the conversation in your client.'],
  ['moderation', 'Leave it out.'],
];

/**
 * Translates a request of the Responses API into the body of a chat completion.
 *
 * Left out, because they would change nothing: `store` and `metadata`, since the account keeps the response, and the
 * answer repeats the metadata; `truncation`, since input that is too long is refused; `max_tool_calls` and what
 * `include` asks of the provider's own tools, since there are none; how to summarise reasoning, since it is shown as
 * the provider shows it. Unknown fields are passed on: a server of chat completions may know them.
 */
export function chatBodyOfResponses(
  request: ResponsesRequest,
  drop: Drop = () => undefined,
): JsonRecord | Untranslatable {
  for (const [param, remedy] of beyond) {
    const value = request[param];
    if (isSet(value)) {
      const why = `'${param}' takes a provider that speaks the Responses API, and this model's doesn't.`;
      return untranslatable(param, `${why} ${remedy}`);
    }
  }
  const tools = chatTools(request, drop);
  if (isUntranslatable(tools)) return tools;
  const use = toolUse(request.tool_choice, tools);
  if (isUntranslatable(use)) return use;
  const messages = chatMessages(request, tools.names, drop);
  if (isUntranslatable(messages)) return messages;
  if (messages.length === 0) return untranslatable('input', "'input' is empty. Send at least one message.");
  const output = outputFields(request);
  if (isUntranslatable(output)) return output;
  const models = request.models ?? [];
  const kept: readonly (readonly [string, unknown])[] = [
    ...Object.entries(request).filter(([name]) => !responsesParameters.has(name) && !isForGateway(name, { models })),
    ...same.map((name) => [name, request[name]] as const),
  ];
  return {
    ...Object.fromEntries(kept.filter(([, value]) => isSet(value))),
    ...endUser(request),
    ...tier(request, drop),
    messages,
    ...(use.tools.length === 0
      ? {}
      : {
          tools: use.tools,
          ...(isSet(use.choice) ? { tool_choice: use.choice } : {}),
          ...(isSet(request.parallel_tool_calls) ? { parallel_tool_calls: request.parallel_tool_calls } : {}),
        }),
    ...output,
  };
}

/** A tier that does not exist there becomes the one that everybody gets. */
function tier({ service_tier: asked }: ResponsesRequest, drop: Drop): JsonRecord {
  if (!isSet(asked)) return {};
  if (asked !== responsesTier) return { service_tier: asked };
  drop('service_tier');
  return {};
}

/** The one tier that chat completions do not have. */
const responsesTier = 'ultrafast';

/** The end user that the metadata name, where no other field names one. The metadata are not sent on. */
function endUser({ safety_identifier: safety, user, metadata }: ResponsesRequest): JsonRecord {
  const named = metadata?.['user_id'];
  return isSet(safety ?? user) || typeof named !== 'string' ? {} : { user: named };
}

/** How to make the answer. */
function outputFields(request: ResponsesRequest): JsonRecord | Untranslatable {
  const { effort, mode } = request.reasoning ?? {};
  if (isSet(mode) && mode !== 'standard') {
    return untranslatable(
      'reasoning.mode',
      `'reasoning.mode' ${JSON.stringify(mode)} is OpenAI's alone. Leave it out.`,
    );
  }
  const format = responseFormat(request.text?.['format']);
  if (isUntranslatable(format)) return format;
  const fields = {
    ...format,
    max_completion_tokens: request.max_output_tokens,
    reasoning_effort: effort,
    verbosity: request.text?.['verbosity'],
    ...logprobs(request),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSet(value)));
}

function responseFormat(given: unknown): JsonRecord | Untranslatable {
  const format = asRecord(given) ?? { type: 'text' };
  const { type, name, schema, strict, description } = format;
  switch (type) {
    case 'text':
      return {};
    case 'json_object':
      return { response_format: { type } };
    case 'json_schema': {
      const told = Object.entries({ name, schema, strict, description }).filter(([, value]) => isSet(value));
      return { response_format: { type, json_schema: Object.fromEntries(told) } };
    }
    default:
      return untranslatable(
        'text.format',
        `The format '${String(type)}' is OpenAI's alone. Ask for 'text', 'json_object' or 'json_schema'.`,
      );
  }
}

function logprobs({ top_logprobs: top, include }: ResponsesRequest): JsonRecord {
  const wanted = typeof top === 'number' && top > 0;
  if (!wanted && !(include ?? []).includes('message.output_text.logprobs')) return {};
  return { logprobs: true, ...(wanted ? { top_logprobs: top } : {}) };
}
