import { routerFields, unknownElsewhere } from '../../../catalog/sampling-fields.ts';
import type { ChatCall, ChatRequest } from '../../chat/request.ts';
import { isForGateway } from '../../asked-models.ts';
import { type JsonRecord, asRecord, asText, isSet } from '../../json/json-value.ts';
import { type Untranslatable, untranslatable } from '../../protocol-call.ts';
import { type Block, textBlocks } from './content.ts';
import { type ClaudeModel, type ClaudeTraits, traitsOf } from './model.ts';
import { type Reasoning, reasoningOf } from './reasoning.ts';
import { closedSchema } from './schema.ts';
import { type Tools, toolsOf } from './tools.ts';
import { type Conversation, type Turn, conversationOf } from './turns.ts';

/** Translates the body of a chat completion into one of Anthropic's Messages API. */
export function messagesBodyOf(request: ChatRequest, model: ClaudeModel): JsonRecord | Untranslatable {
  const traits = traitsOf(model);
  const refused = refusedField(request);
  if (refused !== undefined) return refused;
  const conversation = conversationOf(request.messages, traits.systemTurns);
  if ('kind' in conversation) return conversation;
  if (conversation.turns.every(({ content }) => content.length === 0)) {
    return untranslatable('messages', 'Nothing is said in them. Send at least one message with text in it.');
  }
  const tools = toolsOf(request, usedTools(conversation));
  if ('kind' in tools) return tools;
  if (tools.isForced && !traits.forcedTools) {
    const remedy = "Use tool_choice 'auto', a response_format of type json_schema, or another model.";
    return untranslatable('tool_choice', `${model.name} can't be made to call a tool. ${remedy}`);
  }
  const format = formatOf(request);
  if ('kind' in format) return format;
  const end = endOf(conversation.turns, model, traits);
  if ('kind' in end) return end;
  const stop = stopOf(request);
  if ('kind' in stop) return stop;

  const cap = capOf(request, model);
  const bars = { isForced: tools.isForced, isMidAnswer: end.isPrefill || isMidTools(end.turns) };
  const reasoning = reasoningOf(request, model, cap ?? model.defaultOutputTokens, bars);
  const system = [...conversation.system, ...format.instructions];
  return {
    model: model.name,
    ...(cap === undefined ? {} : { max_tokens: cap }),
    ...(system.length > 0 ? { system } : {}),
    messages: end.turns,
    ...(request.stream === true ? { stream: true } : {}),
    ...toolFields(tools),
    ...(stop.sequences.length > 0 ? { stop_sequences: stop.sequences } : {}),
    ...outputFields(reasoning, format.schema),
    ...samplingFields(request, traits, reasoning),
    ...accountFields(request),
  };
}

/**
 * Refuses what would change the shape of the answer and is impossible. What only advises how to write it is left out.
 */
function refusedField(request: ChatRequest): Untranslatable | undefined {
  const { n, modalities } = request;
  const plugins = request['plugins'];
  if (isSet(plugins) && !(Array.isArray(plugins) && plugins.length === 0)) {
    return untranslatable('plugins', 'Only OpenRouter runs plugins. Leave them out, or ask one of its models.');
  }
  if (typeof n === 'number' && n > 1)
    return untranslatable('n', 'This model gives one answer at a time. Send n calls.');
  if (request['logprobs'] === true) {
    return untranslatable('logprobs', 'Anthropic tells no probabilities. Leave it out.');
  }
  if (modalities?.some((each) => each !== 'text') === true) {
    return untranslatable('modalities', 'This model answers in text only. Leave it out.');
  }
  if (isSet(request['web_search_options'])) {
    const remedy = "Use Anthropic's web_search tool over /v1/messages.";
    return untranslatable('web_search_options', `Anthropic searches by a tool of its own. ${remedy}`);
  }
  return undefined;
}

/** Fields that only advise how to make an answer, and fields that Anthropic has no like of. */
const leftOut: ReadonlySet<string> = new Set([
  ...unknownElsewhere.filter((name) => name !== 'top_k'),
  ...routerFields,
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'verbosity',
  'store',
  'prediction',
  'moderation',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
]);
/** Some models take some of these. */
const taken = ['temperature', 'top_p', 'top_k', 'service_tier'];

/** The fields that were asked for and are not in the translated body. */
export function fieldsLeftOut(call: Pick<ChatCall, 'request' | 'models'>, body: JsonRecord): readonly string[] {
  const asked = Object.entries(call.request).filter(([, value]) => isSet(value));
  return asked
    .map(([name]) => name)
    .filter((name) => !isForGateway(name, call))
    .filter((name) => leftOut.has(name) || (taken.includes(name) && body[name] === undefined));
}

/** Undefined where the client set none. */
function capOf(request: ChatRequest, { maxOutputTokens }: ClaudeModel): number | undefined {
  const set = [request.max_completion_tokens, request.max_tokens].filter((cap) => typeof cap === 'number');
  return set.length === 0 ? undefined : Math.min(...set, maxOutputTokens);
}

function usedTools({ turns }: Conversation): string[] {
  const uses = turns.flatMap(({ content }) => content).filter(({ type }) => type === 'tool_use');
  return [...new Set(uses.flatMap(({ name }) => asText(name) ?? []))];
}

interface Format {
  readonly schema: JsonRecord | undefined;
  readonly instructions: readonly Block[];
}

function formatOf({ response_format: asked }: ChatRequest): Format | Untranslatable {
  const format = asRecord(asked);
  switch (format?.['type']) {
    case undefined:
    case 'text':
      return { schema: undefined, instructions: [] };
    case 'json_object':
      return { schema: undefined, instructions: textBlocks(`${jsonOnly}.`) };
    case 'json_schema': {
      const spec = asRecord(format['json_schema']) ?? {};
      const schema = asRecord(spec['schema']);
      if (schema === undefined) return { schema, instructions: textBlocks(`${jsonOnly}.`) };
      const closed = closedSchema(schema);
      if (closed !== undefined) return { schema: closed, instructions: [] };
      if (spec['strict'] !== true) {
        return {
          schema: undefined,
          instructions: textBlocks(`${jsonOnly}, of this schema: ${JSON.stringify(schema)}`),
        };
      }
      const remedy = "Name every property, let no schema contain itself, or leave 'strict' out.";
      return untranslatable('response_format.json_schema.schema', `This model can't be held to it. ${remedy}`);
    }
    default:
      return untranslatable('response_format.type', "Use 'text', 'json_object' or 'json_schema'.");
  }
}

/** Anthropic has no switch for this. */
const jsonOnly = 'Answer with one JSON object and nothing else, neither words around it nor a code fence';

interface End {
  readonly turns: readonly Turn[];
  readonly isPrefill: boolean;
}

/** A last message of the assistant is one to continue. */
function endOf(turns: readonly Turn[], { name }: ClaudeModel, { prefill }: ClaudeTraits): End | Untranslatable {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return { turns, isPrefill: false };
  if (!prefill) {
    return untranslatable('messages', `${name} doesn't go on from a message of the assistant. End with the user's.`);
  }
  const end = last.content.at(-1);
  const text = asText(end?.['text']);
  if (end === undefined || text === undefined) return { turns, isPrefill: true };
  // Anthropic rejects an end in spaces.
  const content = [...last.content.slice(0, -1), { ...end, text: text.trimEnd() }];
  return { turns: [...turns.slice(0, -1), { role: last.role, content }], isPrefill: true };
}

/** Whether the model is to think about results of tools that it called without a thought. */
function isMidTools(turns: readonly Turn[]): boolean {
  const last = turns.findLast(({ role }) => role === 'assistant');
  const first = last?.content[0]?.type;
  const isThought = first === 'thinking' || first === 'redacted_thinking';
  return last?.content.at(-1)?.type === 'tool_use' && !isThought;
}

function stopOf({ stop }: ChatRequest): { readonly sequences: readonly string[] } | Untranslatable {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((each) => each !== '');
  if (sequences.some((each) => each.trim() === '')) {
    return untranslatable('stop', 'Anthropic takes no stop sequence of nothing but spaces or new lines. Leave it out.');
  }
  return { sequences };
}

function toolFields({ tools, choice }: Tools): JsonRecord {
  if (tools.length === 0) return {};
  return { tools, ...(choice === undefined ? {} : { tool_choice: choice }) };
}

function outputFields({ thinking, effort }: Reasoning, schema: JsonRecord | undefined): JsonRecord {
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...(schema === undefined ? {} : { format: { type: 'json_schema', schema } }),
  };
  return {
    ...(thinking === undefined ? {} : { thinking }),
    ...(Object.keys(config).length > 0 ? { output_config: config } : {}),
  };
}

/** Newer models take none of these, and no model does while it thinks. */
function samplingFields(request: ChatRequest, { sampling }: ClaudeTraits, { isOn }: Reasoning): JsonRecord {
  if (!sampling || isOn) return {};
  const { temperature, top_p: topP, top_k: topK } = request;
  const k = typeof topK === 'number' && Number.isInteger(topK) && topK > 0 ? { top_k: topK } : {};
  // OpenAI's temperature goes up to 2. Of a temperature and a nucleus, Anthropic takes only one.
  if (typeof temperature === 'number') return { temperature: Math.min(Math.max(temperature, 0), 1), ...k };
  return typeof topP === 'number' ? { top_p: topP, ...k } : k;
}

const userIdCharsMax = 256;

const tiers: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['priority', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
]);

function accountFields(request: ChatRequest): JsonRecord {
  const { safety_identifier: safety, user, metadata, service_tier: tier, cache_control: control } = request;
  const named = [safety, user, metadata?.['user_id']].find((each) => typeof each === 'string' && each !== '');
  const served = typeof tier === 'string' ? tiers.get(tier) : undefined;
  return {
    ...(typeof named === 'string' ? { metadata: { user_id: named.slice(0, userIdCharsMax) } } : {}),
    ...(served === undefined ? {} : { service_tier: served }),
    ...(asRecord(control) === undefined ? {} : { cache_control: control }),
  };
}
