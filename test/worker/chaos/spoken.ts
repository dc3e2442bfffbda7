import { FakeRefusal, type FakeRequest, eventText } from '../../support/fakes/fake.ts';
import { fakeAnswer, faultWords } from '../../support/fakes/fake-answer.ts';
import { faultAnswer, faultEvent } from '../../support/fakes/fault-shapes.ts';
import { Play } from '../../support/fakes/play.ts';
import type { Json } from '../../support/gateway.ts';

/** What the fake provider says in each protocol, with anything in the place of its words, tool arguments and usage. */

export type Protocol = 'chat' | 'messages' | 'responses' | 'embeddings';

export interface Spoken {
  /** A whole answer with this usage; without one where it is undefined. */
  readonly whole: (usage: unknown, parts?: Parts) => Json;
  /** A stream, event by event. */
  readonly events: (usage: unknown, parts?: Parts) => readonly string[];
  /** A usage of so much input and output. */
  readonly usage: (input: unknown, output: unknown) => Json;
  /** The body of a failure. */
  readonly error: Json;
  /** A failure in a stream. */
  readonly errorEvent: string;
  /** An event that nobody has heard of. */
  readonly unknownEvent: string;
}

/** What differs from a plain answer. */
export interface Parts {
  readonly text?: unknown;
  /** The arguments of a tool, as the model wrote them. */
  readonly toolArguments?: unknown;
  /** Nothing is said at all. */
  readonly empty?: boolean;
}

/** One token each, so that a stream has them in one event. */
const textMark = '§';
const argumentsMark = '{}';
const words = 'The weir measures the river, and limits it.';

const prompt = { messages: [{ role: 'user', content: 'Hello' }] };
const tool = { name: 'dam', parameters: {} };
const asked: Readonly<Record<Protocol, Json & { readonly path: string }>> = {
  chat: { path: '/v1/chat/completions', ...prompt, tools: [{ type: 'function', function: tool }] },
  messages: { path: '/v1/messages', ...prompt, tools: [{ name: 'dam', input_schema: {} }] },
  responses: { path: '/v1/responses', input: 'Hello', tools: [{ type: 'function', ...tool }] },
  embeddings: { path: '/v1/embeddings', input: 'Hello' },
};

function requestOf(protocol: Protocol, more: Json): FakeRequest {
  const { path, ...body } = asked[protocol];
  return { method: 'POST', path, headers: {}, body: JSON.stringify({ model: 'm', ...body, ...more }) };
}

function say(protocol: Protocol, { toolArguments, empty = false }: Parts, more: Json) {
  const call = { tool: 'dam', args: {} };
  return fakeAnswer('lenient', requestOf(protocol, more), {
    text: empty ? '' : textMark,
    ...(toolArguments === undefined || empty ? {} : { play: new Play([[call]]) }),
  }).body;
}

/** Puts what a test wants in the place of the marks. */
function filled(value: unknown, usage: unknown, parts: Parts): unknown {
  const { text = words, toolArguments } = parts;
  if (value === textMark) return text;
  if (value === argumentsMark) return toolArguments;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => filled(item, usage, parts));
  const fields = Object.entries(value).flatMap(([name, part]) => {
    if (name === 'usage' && part !== null) return usage === undefined ? [] : [[name, usage]];
    if (name === 'output' && parts.empty === true) return [[name, []]];
    if (name === 'embedding' && parts.text !== undefined && Array.isArray(part)) return [[name, parts.text]];
    return [[name, filled(part, usage, parts)]];
  });
  return Object.fromEntries(fields);
}

function whole(protocol: Protocol, usage: unknown, parts: Parts): Json {
  const body = say(protocol, parts, {});
  if (body.kind !== 'json') throw new Error('a whole answer was asked for');
  const answer = filled(body.value, usage, parts) as Json;
  if (protocol === 'messages' && parts.toolArguments !== undefined) {
    const [block] = answer['content'] as [Json];
    return { ...answer, content: [{ ...block, input: parts.toolArguments }] };
  }
  const list = { chat: 'choices', embeddings: 'data', messages: 'content', responses: 'output' }[protocol];
  return parts.empty === true ? { ...answer, [list]: [] } : answer;
}

const aboutOutput = /^response\.(output|content)_/;

function events(protocol: Protocol, usage: unknown, parts: Parts): readonly string[] {
  const options = usage === undefined ? {} : { stream_options: { include_usage: true } };
  const body = say(protocol, parts, { stream: true, ...options });
  if (body.kind !== 'events') throw new Error('a stream was asked for');
  return body.events
    .filter(({ event = '' }) => parts.empty !== true || !aboutOutput.test(event))
    .map((event) => eventText({ ...event, data: filled(event.data, usage, parts) }));
}

const unknownEvents: Readonly<Record<Protocol, Json>> = {
  chat: { object: 'river.level', level: 3 },
  messages: { type: 'river_level', level: 3 },
  responses: { type: 'response.river_level', level: 3, sequence_number: 1 },
  embeddings: {},
};

const dry = new FakeRefusal(500, 'The river ran dry.', { code: 'dry' });

function spokenIn(protocol: Protocol, usage: Spoken['usage']): Spoken {
  const request = requestOf(protocol, {});
  const fault = faultWords('lenient', request);
  const { body } = faultAnswer(fault, dry);
  const unknown = unknownEvents[protocol];
  return {
    whole: (reported, parts = {}) => whole(protocol, reported, parts),
    events: (reported, parts = {}) => (protocol === 'embeddings' ? [] : events(protocol, reported, parts)),
    usage,
    // The body of a failure is an object.
    error: (body.kind === 'json' ? body.value : {}) as Json,
    errorEvent: eventText(faultEvent(fault, dry, request.path)),
    unknownEvent: eventText({ ...('type' in unknown ? { event: String(unknown['type']) } : {}), data: unknown }),
  };
}

export const spoken: Readonly<Record<Protocol, Spoken>> = {
  chat: spokenIn('chat', (input, output) => ({ prompt_tokens: input, completion_tokens: output })),
  messages: spokenIn('messages', (input, output) => ({ input_tokens: input, output_tokens: output })),
  responses: spokenIn('responses', (input, output) => ({ input_tokens: input, output_tokens: output })),
  embeddings: spokenIn('embeddings', (input) => ({ prompt_tokens: input, total_tokens: input })),
};
