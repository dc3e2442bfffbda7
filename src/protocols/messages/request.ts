import * as v from 'valibot';
import { messagesMax, toolsMax } from '../../limits.ts';
import { askedModel, fallbackModels } from '../asked-models.ts';
import { type JsonRecord, asRecord } from '../json/json-value.ts';
import { type ReadObject, readObject, understand, writtenObject } from '../json/read-object.ts';
import { type RequestFault, issuePath } from '../json/issue-path.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';
import { messagesToolNameFault } from './tool-name-fault.ts';

/**
 * The body of a call of Anthropic's Messages API. It is forwarded as it was sent; this is what the gateway itself has
 * to understand. Nothing that Anthropic accepts is refused here, and what isn't known is let through: whether it may be
 * sent on behalf of an account whose spending is limited is for the bound to say.
 */

export interface ContentBlock {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface MessageParam {
  readonly role: string;
  /** Only the system may say nothing: its turn may be about how hard to think from here on. */
  readonly content?: string | readonly ContentBlock[] | undefined;
  readonly [field: string]: unknown;
}

/** Anthropic takes instructions of the system between turns too. */
const roles = ['user', 'assistant', 'system'];

const expected = {
  text: 'must be a string',
  flag: 'must be true or false',
  object: 'must be an object',
  list: 'must be an array',
  messages: 'is required, and must be an array of messages',
  number: 'must be a number',
  cap: 'is required, and must be a number of tokens',
  system: 'must be a string or an array of text blocks',
  block: 'must be an object with a \'type\', such as "text"',
};

/** Not v.array: a schema for each of ten thousand messages would cost more than parsing them. */
const messages = v.pipe(
  v.custom<readonly MessageParam[]>(Array.isArray, expected.messages),
  v.minLength(1, 'must hold at least one message'),
  v.maxLength(messagesMax, `must hold at most ${messagesMax} messages`),
  v.rawCheck<readonly MessageParam[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const fault = findFault(dataset.value);
    if (fault !== undefined) addIssue({ message: fault.message, path: issuePath(fault.keys) });
  }),
);

const system = v.pipe(
  v.custom<string | readonly ContentBlock[]>(
    (value) => typeof value === 'string' || Array.isArray(value),
    expected.system,
  ),
  v.rawCheck<string | readonly ContentBlock[]>(({ dataset, addIssue }) => {
    if (!dataset.typed || typeof dataset.value === 'string') return;
    const block = dataset.value.findIndex((each) => !isBlock(each));
    if (block >= 0) addIssue({ message: expected.block, path: issuePath([block]) });
  }),
);

const object = v.custom<JsonRecord>((value) => asRecord(value) !== undefined, expected.object);

const fields = {
  model: askedModel,
  models: fallbackModels,
  messages,
  system: v.nullish(system),
  stream: v.nullish(v.boolean(expected.flag)),
  tools: v.nullish(
    v.pipe(v.array(object, expected.list), v.maxLength(toolsMax, `must hold at most ${toolsMax} items`)),
  ),
  tool_choice: v.nullish(object),
  thinking: v.nullish(object),
  output_config: v.nullish(object),
  output_format: v.nullish(object),
  cache_control: v.nullish(object),
  stop_sequences: v.nullish(v.array(v.string(expected.text), expected.list)),
  temperature: v.nullish(v.number(expected.number)),
  top_p: v.nullish(v.number(expected.number)),
  top_k: v.nullish(v.number(expected.number)),
  service_tier: v.nullish(v.string(expected.text)),
  metadata: v.nullish(object),
};

const cap = v.pipe(
  v.number(expected.cap),
  v.integer('must be a whole number of tokens'),
  // None at all fills the cache for calls that are to come.
  v.minValue(0, 'must not be negative'),
);

const messagesRequestSchema = v.looseObject({ ...fields, max_tokens: cap }, ({ expected: what }) => missing(what));
/** Counting has no output, and so no cap on it. */
const countTokensRequestSchema = v.looseObject({ ...fields, max_tokens: v.nullish(cap) }, ({ expected: what }) =>
  missing(what),
);

export type MessagesRequest = Readonly<v.InferOutput<typeof countTokensRequestSchema>>;

export type MessagesCall = ProtocolCallOf<'messages', MessagesRequest>;

/** Reads a body of at most `bodyBytesMax`, which whoever received it has seen to. */
export function readMessagesCall(body: Uint8Array): MessagesCall {
  const read = readObject(body);
  return messagesCallOf(read, understand(messagesRequestSchema, read.value, messagesToolNameFault));
}

/** As `readMessagesCall`, of a call that only asks how many tokens it would put in. */
export function readCountTokensCall(body: Uint8Array): MessagesCall {
  return messagesCallIn(readObject(body));
}

/**
 * A request that was translated from another protocol. It is checked as if it had been sent, but for its cap: where the
 * client has set none, the gateway does when it sends the call.
 */
export function writtenMessagesCall(value: object): MessagesCall {
  return messagesCallIn(writtenObject(value));
}

/** As `writtenMessagesCall`, of what has been read already. */
export function messagesCallIn(read: ReadObject): MessagesCall {
  return messagesCallOf(read, understand(countTokensRequestSchema, read.value, messagesToolNameFault));
}

function messagesCallOf(read: ReadObject, request: MessagesRequest): MessagesCall {
  const { metadata, models } = request;
  const stream = request.stream === true;
  return protocolCallOf('messages', read, request, { stream, endUser: endUserOf({ metadata }), models });
}

/** Of an object that is one, all that can be wrong is that a field is missing: valibot names it in quotes. */
function missing(name: string): string {
  return name === '"max_tokens"' ? expected.cap : expected.messages;
}

/** The first message that isn't one. What it says besides is the provider's to judge. */
function findFault(list: readonly unknown[]): RequestFault | undefined {
  for (const [index, value] of list.entries()) {
    const message = asRecord(value);
    if (message === undefined) return { keys: [index], message: expected.object };
    const { role, content } = message;
    if (typeof role !== 'string' || !roles.includes(role)) {
      return { keys: [index, 'role'], message: `must be one of ${roles.join(', ')}` };
    }
    if (typeof content === 'string' || (content === undefined && role === 'system')) continue;
    if (!Array.isArray(content)) {
      return { keys: [index, 'content'], message: 'must be a string or an array of content blocks' };
    }
    const block = content.findIndex((each) => !isBlock(each));
    if (block >= 0) return { keys: [index, 'content', block], message: expected.block };
  }
  return undefined;
}

function isBlock(value: unknown): value is ContentBlock {
  return typeof asRecord(value)?.['type'] === 'string';
}
