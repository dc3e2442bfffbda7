import * as v from 'valibot';
import { choicesMax, messagesMax, stopSequencesMax, toolsMax } from '../../limits.ts';
import { askedModel, fallbackModels } from '../asked-models.ts';
import { asRecord, isSet } from '../json/json-value.ts';
import { type ReadObject, readObject, understand, writtenObject } from '../json/read-object.ts';
import type { RequestFault } from '../json/issue-path.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';
import { checkedBy, expected, listOf, object, optional } from '../request-fields.ts';
import { chatToolNameFault } from './tool-name-fault.ts';

/**
 * The body of a chat completion. It is forwarded as it was sent. The schema checks only what the gateway itself has to
 * understand. It accepts everything that OpenAI accepts, and unknown fields. The bound says whether they may be sent
 * for an account whose spending is limited.
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
/** An assistant may say everything in its tool calls. */
const rolesWithoutContent = new Set(['assistant', 'function']);

/** Not v.array: a schema for each of ten thousand messages would cost more than parsing them. */
const messages = v.pipe(
  v.custom<readonly ChatMessage[]>(Array.isArray, 'is required, and must be an array of messages'),
  v.minLength(1, 'must hold at least one message'),
  v.maxLength(messagesMax, `must hold at most ${messagesMax} messages`),
  checkedBy<readonly ChatMessage[]>(findFault),
);

const chatRequestSchema = v.looseObject(
  {
    model: askedModel,
    models: fallbackModels,
    messages,
    stream: optional.flag,
    stream_options: optional.object,
    max_tokens: optional.number,
    max_completion_tokens: optional.number,
    n: v.nullish(
      v.pipe(
        v.number(expected.number),
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
  // It is known to be an object, so only the messages can be missing.
  'is required, and must be an array of messages',
);

export type ChatRequest = Readonly<v.InferOutput<typeof chatRequestSchema>>;

export type ChatCall = ProtocolCallOf<'chat', ChatRequest>;

/** Reads a body that whoever received it has held to `bodyBytesMax`. */
export function readChatCall(body: Uint8Array): ChatCall {
  return chatCallIn(readObject(body));
}

export function chatCallIn(read: ReadObject): ChatCall {
  return chatCallOf(read, understand(chatRequestSchema, read.value, chatToolNameFault));
}

/** A request that was translated from another protocol. It is checked as if a client had sent it. */
export function writtenChatRequest(value: object): ChatRequest {
  return understand(chatRequestSchema, value, chatToolNameFault);
}

/** The same as a call that can be sent. */
export function writtenChatCall(value: object): ChatCall {
  return chatCallOf(writtenObject(value), writtenChatRequest(value));
}

function chatCallOf(read: ReadObject, request: ChatRequest): ChatCall {
  const { stream, models } = request;
  return protocolCallOf('chat', read, request, { stream: stream === true, endUser: endUserOf(request), models });
}

/** The first message that isn't one. The provider judges what else it says. */
function findFault(list: readonly unknown[]): RequestFault | undefined {
  for (const [index, value] of list.entries()) {
    const message = asRecord(value);
    if (message === undefined) return { keys: [index], message: expected.object };
    const { role, content } = message;
    if (typeof role !== 'string' || !roles.includes(role)) {
      return { keys: [index, 'role'], message: `must be one of ${roles.join(', ')}` };
    }
    if (typeof content === 'string') continue;
    if (Array.isArray(content)) {
      const part = content.findIndex((each) => typeof asRecord(each)?.['type'] !== 'string');
      if (part < 0) continue;
      return { keys: [index, 'content', part], message: 'must be an object with a \'type\', such as "text"' };
    }
    if (!isSet(content)) {
      if (rolesWithoutContent.has(role)) continue;
      return { keys: [index, 'content'], message: `is required in a message of role ${role}` };
    }
    return { keys: [index, 'content'], message: 'must be a string or an array of content parts' };
  }
  return undefined;
}
