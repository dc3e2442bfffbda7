import * as v from 'valibot';
import { GatewayError } from '../../http/errors.ts';
import { messagesMax, toolsMax } from '../../limits.ts';
import { askedModel, fallbackModels } from '../asked-models.ts';
import { type JsonRecord, asRecord } from '../json/json-value.ts';
import { type ReadObject, readObject, understand, writtenObject } from '../json/read-object.ts';
import type { RequestFault } from '../json/issue-path.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';
import { expected, listOf, object, optional, checkedBy } from '../request-fields.ts';
import { responsesToolNameFault } from './tool-name-fault.ts';

/**
 * What the gateway has to understand of a call of OpenAI's Responses API, whose body is forwarded as it was sent. It
 * accepts all that OpenAI accepts but a call that would go on without the gateway, and lets unknown fields through: the
 * bound decides whether they may be sent for an account with limited spending.
 */

export interface InputItem {
  readonly type?: string | null;
  readonly [field: string]: unknown;
}

const invalidInput = 'must be a string or an array of items';

const input = v.pipe(
  v.custom<string | readonly InputItem[]>((value) => typeof value === 'string' || Array.isArray(value), invalidInput),
  checkedBy<string | readonly InputItem[]>((value) => (typeof value === 'string' ? undefined : findFault(value))),
);

const textOrObject = v.nullish(v.union([v.string(), object], 'must be a string or an object'));

const responsesRequestSchema = v.looseObject({
  model: askedModel,
  models: fallbackModels,
  input: v.nullish(input),
  instructions: optional.text,
  previous_response_id: optional.text,
  conversation: textOrObject,
  prompt: optional.object,
  background: optional.flag,
  store: optional.flag,
  stream: optional.flag,
  max_output_tokens: optional.number,
  max_tool_calls: optional.number,
  tools: listOf(object, toolsMax),
  tool_choice: textOrObject,
  parallel_tool_calls: optional.flag,
  text: optional.object,
  reasoning: optional.object,
  include: listOf(v.string(expected.text), toolsMax),
  temperature: optional.number,
  top_p: optional.number,
  top_logprobs: optional.number,
  truncation: optional.text,
  service_tier: optional.text,
  user: optional.text,
  safety_identifier: optional.text,
  prompt_cache_key: optional.text,
  metadata: optional.object,
});

export type ResponsesRequest = Readonly<v.InferOutput<typeof responsesRequestSchema>>;

export type ResponsesCall = ProtocolCallOf<'responses', ResponsesRequest>;

/** Reads a body of at most `bodyBytesMax`: its receiver checks the size. */
export function readResponsesCall(body: Uint8Array): ResponsesCall {
  return responsesCallIn(readObject(body));
}

/** Reads a request that is only counted, and may have no input. */
export function readInputTokensCall(body: Uint8Array): ResponsesCall {
  const read = readObject(body);
  const request = understand(responsesRequestSchema, read.value, responsesToolNameFault);
  return hasInput(request) ? responsesCallOf(read, request) : writtenResponsesCall({ ...request, input: '' });
}

/** A request that the gateway has written. It is checked as if it had been sent. */
export function writtenResponsesCall(value: object): ResponsesCall {
  return responsesCallIn(writtenObject(value));
}

export function responsesCallIn(read: ReadObject): ResponsesCall {
  return responsesCallOf(read, understand(responsesRequestSchema, read.value, responsesToolNameFault));
}

function responsesCallOf(read: ReadObject, request: ResponsesRequest): ResponsesCall {
  if (request.background === true) {
    // It would go on, and cost more, after its call has been settled.
    const remedy = "Leave it out, and read the answer as it comes with 'stream'.";
    const message = `'background' can't be accounted for. ${remedy}`;
    throw new GatewayError('unsupported_parameter', message, { param: 'background' });
  }
  if (request.conversation !== undefined && request.conversation !== null) {
    // A provider would keep it, for all who share the credential.
    const remedy = "Go on from a response with 'previous_response_id', or send the whole conversation in 'input'.";
    const message = `A 'conversation' is not kept here. ${remedy}`;
    throw new GatewayError('unsupported_parameter', message, { param: 'conversation' });
  }
  if (!hasInput(request)) {
    throw new GatewayError('invalid_request', `'input' is required, and ${invalidInput}.`, { param: 'input' });
  }
  const { stream, models } = request;
  return protocolCallOf('responses', read, request, { stream: stream === true, endUser: endUserOf(request), models });
}

/** The kept conversation may be all input. */
function hasInput({ input: given, prompt, previous_response_id: previous }: ResponsesRequest): boolean {
  return [given, prompt, previous].some((each) => each !== undefined && each !== null);
}

/** The items of the input. A text stands for a message of the user. */
export function inputItems({ input: given }: ResponsesRequest): readonly InputItem[] {
  if (typeof given === 'string') return [{ type: 'message', role: 'user', content: given }];
  return given ?? [];
}

/** A message may leave out its type. An item of an id alone refers to a kept item. */
export function itemType(item: JsonRecord): string {
  if (typeof item['type'] === 'string') return item['type'];
  return item['role'] === undefined && typeof item['id'] === 'string' ? 'item_reference' : 'message';
}

const roles = ['user', 'assistant', 'system', 'developer'];

/** What makes one of the items no item. All else is the provider's to judge. */
function findFault(list: readonly unknown[]): RequestFault | undefined {
  if (list.length > messagesMax) return { keys: [], message: `must hold at most ${messagesMax} items` };
  for (const [index, value] of list.entries()) {
    const item = asRecord(value);
    if (item === undefined) return { keys: [index], message: expected.object };
    const { type, role, content } = item;
    if (type !== undefined && type !== null && typeof type !== 'string') {
      return { keys: [index, 'type'], message: expected.text };
    }
    if (itemType(item) !== 'message') continue;
    if (typeof role !== 'string' || !roles.includes(role)) {
      return { keys: [index, 'role'], message: `must be one of ${roles.join(', ')}` };
    }
    if (typeof content === 'string') continue;
    if (!Array.isArray(content)) {
      return { keys: [index, 'content'], message: 'must be a string or an array of content parts' };
    }
    const part = content.findIndex((each) => typeof asRecord(each)?.['type'] !== 'string');
    if (part >= 0) {
      return { keys: [index, 'content', part], message: 'must be an object with a \'type\', such as "input_text"' };
    }
  }
  return undefined;
}
