import * as v from 'valibot';
import { messagesMax, toolsMax } from '../../limits.ts';
import { askedModel, fallbackModels } from '../asked-models.ts';
import { asRecord } from '../json/json-value.ts';
import { type ReadObject, readObject, understand, writtenObject } from '../json/read-object.ts';
import type { RequestFault } from '../json/issue-path.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';
import { expected, listOf, object, optional, checkedBy } from '../request-fields.ts';
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
  /** Only a turn of the system may have none: it may say how hard to think from here on. */
  readonly content?: string | readonly ContentBlock[] | undefined;
  readonly [field: string]: unknown;
}

/** Anthropic takes turns of the system between others too. */
const roles = ['user', 'assistant', 'system'];

const invalidBlock = 'must be an object with a \'type\', such as "text"';
const requiredMessages = 'is required, and must be an array of messages';
const requiredCap = 'is required, and must be a number of tokens';

const messages = v.pipe(
  v.custom<readonly MessageParam[]>(Array.isArray, requiredMessages),
  v.minLength(1, 'must hold at least one message'),
  v.maxLength(messagesMax, `must hold at most ${messagesMax} messages`),
  checkedBy<readonly MessageParam[]>(findFault),
);

const system = v.pipe(
  v.custom<string | readonly ContentBlock[]>(
    (value) => typeof value === 'string' || Array.isArray(value),
    'must be a string or an array of text blocks',
  ),
  checkedBy<string | readonly ContentBlock[]>((value) => (typeof value === 'string' ? undefined : blockFault(value))),
);

const fields = {
  model: askedModel,
  models: fallbackModels,
  messages,
  system: v.nullish(system),
  stream: optional.flag,
  tools: listOf(object, toolsMax),
  tool_choice: optional.object,
  thinking: optional.object,
  output_config: optional.object,
  output_format: optional.object,
  cache_control: optional.object,
  stop_sequences: v.nullish(v.array(v.string(expected.text), expected.list)),
  temperature: optional.number,
  top_p: optional.number,
  top_k: optional.number,
  service_tier: optional.text,
  metadata: optional.object,
};

const cap = v.pipe(
  v.number(requiredCap),
  v.integer('must be a whole number of tokens'),
  // A call without output fills the cache for later calls.
  v.minValue(0, 'must not be negative'),
);

const messagesRequestSchema = v.looseObject({ ...fields, max_tokens: cap }, missing);
/** Counting has no output, and so no cap on it. */
const countTokensRequestSchema = v.looseObject({ ...fields, max_tokens: v.nullish(cap) }, missing);

export type MessagesRequest = Readonly<v.InferOutput<typeof countTokensRequestSchema>>;

export type MessagesCall = ProtocolCallOf<'messages', MessagesRequest>;

/** Reads a body of at most `bodyBytesMax`: its receiver checks the size. */
export function readMessagesCall(body: Uint8Array): MessagesCall {
  const read = readObject(body);
  return messagesCallOf(read, understand(messagesRequestSchema, read.value, messagesToolNameFault));
}

/** Reads a call that only asks how many tokens it would put in. */
export function readCountTokensCall(body: Uint8Array): MessagesCall {
  return messagesCallIn(readObject(body));
}

/** A request that was translated from another protocol. It is checked as `messagesCallIn` does. */
export function writtenMessagesCall(value: object): MessagesCall {
  return messagesCallIn(writtenObject(value));
}

/** Checks a request as if it had been sent, but it needs no cap: the gateway sets one when it sends the call. */
export function messagesCallIn(read: ReadObject): MessagesCall {
  return messagesCallOf(read, understand(countTokensRequestSchema, read.value, messagesToolNameFault));
}

function messagesCallOf(read: ReadObject, request: MessagesRequest): MessagesCall {
  const { metadata, models } = request;
  const stream = request.stream === true;
  return protocolCallOf('messages', read, request, { stream, endUser: endUserOf({ metadata }), models });
}

/** Of an object that is one, only a field can be missing: valibot names it in quotes. */
function missing({ expected: name }: { readonly expected: string | null }): string {
  return name === '"max_tokens"' ? requiredCap : requiredMessages;
}

/** What makes one of the messages no message. All else is the provider's to judge. */
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
    const fault = blockFault(content, index, 'content');
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function blockFault(blocks: readonly unknown[], ...keys: RequestFault['keys']): RequestFault | undefined {
  const block = blocks.findIndex((each) => typeof asRecord(each)?.['type'] !== 'string');
  return block < 0 ? undefined : { keys: [...keys, block], message: invalidBlock };
}
