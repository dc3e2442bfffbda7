import type { Json } from '../../support/gateway.ts';

/** What a provider says in each of the protocols in which it may be asked: whole, and event by event. */

export type Wire = 'chat' | 'messages' | 'responses' | 'embeddings';

export interface Spoken {
  /** A whole answer with this for its usage; without one where it is undefined. */
  readonly whole: (usage: unknown, parts?: Parts) => Json;
  /** A stream, event by event, from the first to the last. */
  readonly events: (usage: unknown, parts?: Parts) => readonly string[];
  /** A usage of so much put in, and so much that came out. */
  readonly usage: (input: unknown, output: unknown) => Json;
  /** What it says when it fails, in the body of an answer. */
  readonly error: Json;
  /** The same as an event of a stream. */
  readonly errorEvent: string;
  /** An event that nobody has heard of. */
  readonly unknownEvent: string;
}

/** What differs from a plain answer. */
export interface Parts {
  readonly text?: unknown;
  /** What a tool is called with, as the model wrote it. */
  readonly toolArguments?: unknown;
  /** Nothing is said at all. */
  readonly empty?: boolean;
}

export const words = 'The weir measures the river, and limits it.';
const failing = { message: 'The river ran dry.', type: 'server_error', code: 'dry' };

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const named = (value: Json): string => `event: ${String(value['type'])}\n${data(value)}`;
const withUsage = (usage: unknown): Json => (usage === undefined ? {} : { usage });

function chatDelta({ text = words, toolArguments, empty = false }: Parts): Json {
  if (empty) return {};
  if (toolArguments === undefined) return { content: text };
  const called = { name: 'dam', arguments: toolArguments };
  return { content: null, tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: called }] };
}

function chatChoices(parts: Parts): Json[] {
  if (parts.empty === true) return [];
  return [{ index: 0, message: { role: 'assistant', ...chatDelta(parts) }, finish_reason: 'stop' }];
}

const chunkHead = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };

const chat: Spoken = {
  whole: (usage, parts = {}) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: chatChoices(parts),
    ...withUsage(usage),
  }),
  events: (usage, parts = {}) => [
    data({ ...chunkHead, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
    data({ ...chunkHead, choices: [{ index: 0, delta: chatDelta(parts), finish_reason: null }] }),
    data({ ...chunkHead, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    ...(usage === undefined ? [] : [data({ ...chunkHead, choices: [], usage })]),
    'data: [DONE]\n\n',
  ],
  usage: (input, output) => ({ prompt_tokens: input, completion_tokens: output }),
  error: { error: failing },
  errorEvent: data({ error: failing }),
  unknownEvent: data({ object: 'river.level', level: 3 }),
};

function block({ text = words, toolArguments }: Parts): Json {
  if (toolArguments === undefined) return { type: 'text', text };
  return { type: 'tool_use', id: 'toolu_1', name: 'dam', input: toolArguments };
}

/** The beginning of a block, and all that comes of it. */
function blockEvents({ text = words, toolArguments, empty = false }: Parts): Json[] {
  if (empty) return [];
  const isCall = toolArguments !== undefined;
  const begun = isCall ? { type: 'tool_use', id: 'toolu_1', name: 'dam', input: {} } : { type: 'text', text: '' };
  const delta = isCall ? { type: 'input_json_delta', partial_json: toolArguments } : { type: 'text_delta', text };
  return [
    { type: 'content_block_start', index: 0, content_block: begun },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
  ];
}

const messageHead = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null };

const messages: Spoken = {
  whole: (usage, parts = {}) => ({
    ...messageHead,
    content: parts.empty === true ? [] : [block(parts)],
    stop_reason: 'end_turn',
    ...withUsage(usage),
  }),
  events: (usage, parts = {}) => {
    const message = { ...messageHead, content: [], stop_reason: null, ...withUsage(usage) };
    return [
      named({ type: 'message_start', message }),
      named({ type: 'ping' }),
      ...blockEvents(parts).map(named),
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, ...withUsage(usage) }),
      named({ type: 'message_stop' }),
    ];
  },
  usage: (input, output) => ({ input_tokens: input, output_tokens: output }),
  error: { type: 'error', error: { type: 'api_error', message: failing.message } },
  errorEvent: named({ type: 'error', error: { type: 'api_error', message: failing.message } }),
  unknownEvent: named({ type: 'river_level', level: 3 }),
};

function item({ text = words, toolArguments }: Parts): Json {
  if (toolArguments !== undefined) {
    return { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'dam', arguments: toolArguments };
  }
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
}

function response(usage: unknown, parts: Parts): Json {
  const output = parts.empty === true ? [] : [item(parts)];
  return {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'm',
    error: null,
    output,
    ...withUsage(usage),
  };
}

function outputEvents(parts: Parts): Json[] {
  const { text = words, toolArguments, empty = false } = parts;
  if (empty) return [];
  const ended = { type: 'response.output_item.done', output_index: 0, item: item(parts) };
  if (toolArguments === undefined) {
    const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
    return [
      { type: 'response.output_item.added', output_index: 0, item: { ...item(parts), content: [] } },
      { type: 'response.output_text.delta', ...at, delta: text },
      { type: 'response.output_text.done', ...at, text },
      ended,
    ];
  }
  return [
    { type: 'response.output_item.added', output_index: 0, item: { ...item(parts), arguments: '' } },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta: toolArguments },
    ended,
  ];
}

const responses: Spoken = {
  whole: (usage, parts = {}) => response(usage, parts),
  events: (usage, parts = {}) => {
    const begun = { ...response(undefined, { empty: true }), status: 'in_progress' };
    return [
      { type: 'response.created', response: begun },
      ...outputEvents(parts),
      { type: 'response.completed', response: response(usage, parts) },
    ].map((event, index) => named({ ...event, sequence_number: index }));
  },
  usage: (input, output) => ({ input_tokens: input, output_tokens: output }),
  error: { error: failing },
  errorEvent: named({ ...failing, type: 'error', param: null, sequence_number: 1 }),
  unknownEvent: named({ type: 'response.river_level', level: 3, sequence_number: 1 }),
};

const embeddings: Spoken = {
  whole: (usage, { text, empty = false } = {}) => ({
    object: 'list',
    model: 'm',
    data: empty ? [] : [{ object: 'embedding', index: 0, embedding: text ?? [0.5, -0.5] }],
    ...withUsage(usage),
  }),
  events: () => [],
  usage: (input) => ({ prompt_tokens: input, total_tokens: input }),
  error: { error: failing },
  errorEvent: '',
  unknownEvent: '',
};

export const spoken: Readonly<Record<Wire, Spoken>> = { chat, messages, responses, embeddings };
