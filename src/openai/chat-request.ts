import * as v from 'valibot';
import { GatewayError } from '../http/errors.ts';
import {
  bodyDepthMax,
  bodyFieldsMax,
  bodyNodesMax,
  choicesMax,
  messagesMax,
  requestedModelCharsMax,
  stopSequencesMax,
  toolsMax,
} from '../limits.ts';
import { type ScannedObject, scanObject } from './json-scan.ts';

/**
 * The body of a chat completion. It is forwarded as it was sent; this is what the gateway itself has to understand.
 * Nothing that OpenAI accepts is refused here, and what isn't known is let through: whether it may be sent on behalf of
 * an account whose spending is limited is for the bound to say.
 */

export interface ContentPart {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ChatMessage {
  readonly role: string;
  readonly content?: string | null | readonly ContentPart[];
  readonly [field: string]: unknown;
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
/** What an assistant says may be all in its tool calls. */
const rolesWithoutContent = new Set(['assistant', 'function']);

const expected = {
  text: 'must be a string',
  flag: 'must be true or false',
  object: 'must be an object',
  list: 'must be an array',
  count: 'must be a number',
};

/** Not v.array: a schema for each of ten thousand messages would cost more than parsing them. */
const messages = v.pipe(
  v.custom<readonly ChatMessage[]>(Array.isArray, 'is required, and must be an array of messages'),
  v.minLength(1, 'must hold at least one message'),
  v.maxLength(messagesMax, `must hold at most ${messagesMax} messages`),
  v.rawCheck<readonly ChatMessage[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const fault = findFault(dataset.value);
    if (fault === undefined) return;
    const path = fault.keys.map(
      (key) => ({ type: 'unknown', origin: 'value', input: null, key, value: null }) as const,
    );
    const [first, ...rest] = path;
    if (first !== undefined) addIssue({ message: fault.message, path: [first, ...rest] });
  }),
);

const object = v.custom<Readonly<Record<string, unknown>>>(isObject, expected.object);

const optional = {
  text: v.nullish(v.string(expected.text)),
  flag: v.nullish(v.boolean(expected.flag)),
  object: v.nullish(object),
  count: v.nullish(v.number(expected.count)),
};

const chatRequestSchema = v.looseObject(
  {
    model: v.nullish(
      v.pipe(
        v.string(expected.text),
        v.maxLength(requestedModelCharsMax, `must be at most ${requestedModelCharsMax} characters`),
      ),
    ),
    messages,
    stream: optional.flag,
    stream_options: optional.object,
    max_tokens: optional.count,
    max_completion_tokens: optional.count,
    n: v.nullish(
      v.pipe(
        v.number(expected.count),
        v.integer('must be a whole number'),
        v.minValue(1, 'must be at least 1'),
        v.maxValue(choicesMax, `must be at most ${choicesMax}`),
      ),
    ),
    tools: listOf(object, toolsMax),
    functions: listOf(v.unknown(), toolsMax),
    stop: v.nullish(
      v.union(
        [
          v.string(),
          v.pipe(v.array(v.string()), v.maxLength(stopSequencesMax, `must hold at most ${stopSequencesMax} sequences`)),
        ],
        `must be a string, or an array of at most ${stopSequencesMax} strings`,
      ),
    ),
    modalities: listOf(v.string(expected.text), toolsMax),
    service_tier: optional.text,
    user: optional.text,
    safety_identifier: optional.text,
    metadata: optional.object,
  },
  // That it is an object is known before: all that can be missing is the messages.
  'is required, and must be an array of messages',
);

export type ChatRequest = Readonly<v.InferOutput<typeof chatRequestSchema>>;

/** A request as sent, as text, and as understood. */
export interface ChatCall {
  readonly body: Uint8Array;
  readonly text: string;
  readonly object: ScannedObject;
  readonly request: ChatRequest;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a body of at most `bodyBytesMax`, which whoever received it has seen to. */
export function readChatCall(body: Uint8Array): ChatCall {
  const text = decode(body);
  const scan = scanObject(text);
  switch (scan.kind) {
    case 'too-deep':
      throw new GatewayError('invalid_request', `The body is nested more than ${bodyDepthMax} levels deep.`);
    case 'too-many-fields':
      throw new GatewayError('invalid_request', `The body has more than ${bodyFieldsMax} fields.`);
    case 'too-many-nodes':
      throw new GatewayError(
        'request_too_large',
        `The body holds more than ${bodyNodesMax} values. Send less at once.`,
      );
    case 'duplicate':
      throw new GatewayError('invalid_request', `The body has the field '${scan.name}' twice. Send it once.`, {
        param: scan.name,
      });
    case 'not-an-object':
    case 'malformed':
      parseJson(text);
      throw new GatewayError('invalid_request', 'The body must be a JSON object.');
    case 'object':
      return { body, text, object: scan.object, request: understand(parseBody(text, scan.object)) };
  }
}

function understand(value: unknown): ChatRequest {
  const parsed = v.safeParse(chatRequestSchema, value, { abortEarly: true });
  // Nothing in the schema transforms, so that what it accepted is of its type; kept is the value without a copy of it.
  if (parsed.success) return value as ChatRequest;
  const [issue] = parsed.issues;
  const param = paramOf(issue.path?.map(({ key }) => key) ?? []);
  throw new GatewayError('invalid_request', `'${param}' ${issue.message}.`, { param });
}

/** Where in the body something is, as OpenAI names it: `messages[0].role`. */
function paramOf(keys: readonly unknown[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');
}

interface Fault {
  readonly keys: readonly (string | number)[];
  readonly message: string;
}

/** The first message that isn't one. What it says besides is the provider's to judge. */
function findFault(list: readonly unknown[]): Fault | undefined {
  for (const [index, message] of list.entries()) {
    if (!isObject(message)) return { keys: [index], message: expected.object };
    const { role, content } = message;
    if (typeof role !== 'string' || !roles.includes(role)) {
      return { keys: [index, 'role'], message: `must be one of ${roles.join(', ')}` };
    }
    if (typeof content === 'string') continue;
    if (Array.isArray(content)) {
      const part = content.findIndex((each) => !isObject(each) || typeof each['type'] !== 'string');
      if (part < 0) continue;
      return { keys: [index, 'content', part], message: 'must be an object with a \'type\', such as "text"' };
    }
    if (content === undefined || content === null) {
      if (rolesWithoutContent.has(role)) continue;
      return { keys: [index, 'content'], message: `is required in a message of role ${role}` };
    }
    return { keys: [index, 'content'], message: 'must be a string or an array of content parts' };
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf<const Item extends v.GenericSchema>(item: Item, max: number) {
  return v.nullish(v.pipe(v.array(item, expected.list), v.maxLength(max, `must hold at most ${max} items`)));
}

function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The body is not valid UTF-8.', { cause });
  }
}

/**
 * V8 can take a field whose name is written with an escape, such as `"\u006e"` for `n`, for another that it has met
 * before (https://github.com/nodejs/node/issues/63785). What is sent on would then not be what was checked. A field
 * that is not where the scan has seen it gives that away, and each is then parsed by itself.
 */
function parseBody(text: string, { members }: ScannedObject): unknown {
  const value = parseJson(text);
  if (members.every(({ name }) => isObject(value) && Object.hasOwn(value, name))) return value;
  return Object.fromEntries(
    members.map(({ name, valueStart, valueEnd }) => [name, parseJson(text.slice(valueStart, valueEnd))]),
  );
}

/** What the parser says quotes the body, which must not get into logs with the error: only the place is kept. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const place = / at position \d+/.exec(String(cause))?.[0] ?? '';
    throw new GatewayError(
      'invalid_request',
      `The body is not valid JSON${place}. Check its quotes, commas and brackets.`,
    );
  }
}
