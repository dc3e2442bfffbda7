import { translatedStopsMax } from '../../../limits.ts';
import { type JsonRecord, asCount, asList, asRecord, asText, isSet } from '../../json/json-value.ts';
import { type Drop, type Untranslatable, untranslatable } from '../../protocol-call.ts';
import { type Note, type Part, withCache } from './content.ts';
import { formatFields, toolFields } from './tools.ts';
import { type ChatTurn, chatTurns } from './turns.ts';
import type { MessagesRequest } from '../../messages/request.ts';
import { withoutServerTools } from '../../messages/server-tools.ts';
import { threadField } from '../../messages/threads.ts';

/**
 * Translates a call of the Messages API into a chat completion, with all that any provider could use: `plainChatBody`
 * takes out what a particular one has no use for. What only advises Anthropic (`context_management`, `fallbacks`,
 * `speed` and the like) is left out. What the answer depends on and nobody else can do is refused.
 */
export function chatBodyOfMessages(
  request: MessagesRequest,
  drop: Drop = () => undefined,
): Record<string, unknown> | Untranslatable {
  const faults: Untranslatable[] = [];
  const note: Note = (param, message) => faults.push(untranslatable(param, message));
  noteUnserved(request, note);
  if (request.messages.some((message) => asRecord(message['output_config']) !== undefined)) {
    drop('messages.output_config');
  }
  const body = {
    ...ifSet('model', request.model),
    messages: withLastCache(chatTurns(withoutServerTools(request, drop), note), request),
    ...ifSet('max_completion_tokens', request.max_tokens),
    ...(request.stream === true ? { stream: true } : {}),
    ...toolFields(request, note, drop),
    ...formatFields(request),
    ...reasoningFields(request),
    ...ifSet('temperature', request.temperature),
    ...ifSet('top_p', request.top_p),
    ...ifSet('top_k', request.top_k),
    ...stopFields(request, note),
    ...userFields(request),
    // Unasked, OpenAI serves in the tier that its customer has chosen there, as Anthropic does with `auto`.
    ...(request.service_tier === 'standard_only' ? { service_tier: 'default' } : {}),
  };
  return faults[0] ?? body;
}

function ifSet(name: string, value: unknown): JsonRecord {
  return isSet(value) ? { [name]: value } : {};
}

/** Notes what Anthropic keeps or runs, and what only it can promise. */
function noteUnserved(request: MessagesRequest, note: Note): void {
  const remedy = 'Leave it out, or ask a Claude model.';
  const kept: readonly (readonly [string, string])[] = [
    // First, because its clients then go on without a thread, and are told what else is impossible.
    [threadField, 'Only Anthropic keeps conversations as threads. Send all of the messages.'],
    ['container', 'Containers are run by Anthropic alone.'],
    ['mcp_servers', 'Only Anthropic connects models to MCP servers by itself.'],
    ['compaction', 'Only Anthropic shortens a conversation by itself.'],
  ];
  for (const [name, message] of kept) {
    const value = request[name];
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (isSet(value) && !isEmpty) note(name, `${message} ${remedy}`);
  }
  const place = asText(request['inference_geo']);
  if (place !== undefined && place !== 'global') {
    note('inference_geo', `No other provider promises to stay in '${place}'. ${remedy}`);
  }
  if (request.max_tokens === 0) {
    note('max_tokens', 'Only Anthropic fills its cache without answering. Send a max_tokens of at least 1.');
  }
}

/** The largest budgets that count as low and as medium, for models that take no budget. */
const lowBudgetMax = 4096;
const mediumBudgetMax = 16_384;

/** `reasoning` says everything; `reasoning_effort` only what every model that reasons understands. */
function reasoningFields({ thinking, output_config: config }: MessagesRequest): JsonRecord {
  const effort = asText(config?.['effort']);
  const hidden = thinking?.['display'] === 'omitted' ? { exclude: true } : {};
  switch (thinking?.['type']) {
    case 'disabled':
    case 'between_tools':
      return { reasoning: { enabled: false } };
    case 'enabled': {
      const budget = asCount(thinking['budget_tokens']);
      if (budget === undefined) return { ...effortField(effort), reasoning: { ...amount(effort), ...hidden } };
      return { ...effortField(effort ?? effortOf(budget)), reasoning: { max_tokens: budget, ...hidden } };
    }
    case 'adaptive':
      return { ...effortField(effort), reasoning: { ...amount(effort), ...hidden } };
    default:
      return effort === undefined ? {} : { ...effortField(effort), reasoning: amount(effort) };
  }
}

function effortOf(budget: number): string {
  if (budget <= lowBudgetMax) return 'low';
  return budget <= mediumBudgetMax ? 'medium' : 'high';
}

function amount(effort: string | undefined): JsonRecord {
  if (effort === undefined) return { enabled: true };
  return { effort: effort === 'max' ? 'xhigh' : effort };
}

function effortField(effort: string | undefined): JsonRecord {
  if (effort === undefined) return {};
  return { reasoning_effort: effort === 'xhigh' || effort === 'max' ? 'high' : effort };
}

function stopFields({ stop_sequences: sequences }: MessagesRequest, note: Note): JsonRecord {
  if (!isSet(sequences) || sequences.length === 0) return {};
  if (sequences.length > translatedStopsMax) {
    note(
      'stop_sequences',
      `Other providers take at most ${translatedStopsMax} sequences. Send fewer, or ask a Claude model.`,
    );
  }
  return { stop: sequences };
}

/** OpenAI takes no longer name of an end user. */
const endUserCharsMax = 64;

function userFields({ metadata }: MessagesRequest): JsonRecord {
  const user = asText(metadata?.['user_id']) ?? '';
  if (user === '') return {};
  return { user: user.length <= endUserCharsMax ? user : shortened(user) };
}

/** The beginning of the name, and a hash of all of it that tells apart names that begin alike. */
function shortened(name: string): string {
  const mark = `~${hash(name, 0x811c9dc5)}${hash(name, 0x01000193)}`;
  return name.slice(0, endUserCharsMax - mark.length) + mark;
}

/** FNV-1a, over characters. */
function hash(text: string, seed: number): string {
  let value = seed;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** A cache mark on the whole request is one at its end. */
function withLastCache(turns: readonly ChatTurn[], request: MessagesRequest): readonly ChatTurn[] {
  const last = turns.at(-1);
  if (asRecord(request.cache_control) === undefined || last === undefined) return turns;
  const text = asText(last['content']) ?? '';
  const own: readonly Part[] = text === '' ? [] : [{ type: 'text', text }];
  // The parts of a turn are ours.
  const parts = [...(asList(last['content']) as readonly Part[]), ...own];
  const end = parts.at(-1);
  if (end === undefined || end['cache_control'] !== undefined) return turns;
  return [...turns.slice(0, -1), { ...last, content: [...parts.slice(0, -1), withCache(end, request)] }];
}
