import * as v from 'valibot';
import { GatewayError } from '../../http/errors.ts';
import { messagesMax, toolsMax } from '../../limits.ts';
import { askedModel, fallbackModels } from '../asked-models.ts';
import { type JsonRecord, asRecord } from '../json/json-value.ts';
import { type ReadObject, readObject, understand, writtenObject } from '../json/read-object.ts';
import { type RequestFault, issuePath } from '../json/issue-path.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';
import { responsesToolNameFault } from './tool-name-fault.ts';

/**
 * The body of a call of OpenAI's Responses API. It is forwarded as it was sent; this is what the gateway itself has to
 * understand. Nothing that OpenAI accepts is refused here but a call that would outlive us, and what isn't known is let
 * through: whether it may be sent on behalf of an account whose spending is limited is for the bound to say.
 */

export interface InputItem {
  readonly type?: string | null;
  readonly [field: string]: unknown;
}

const expected = {
  text: 'must be a string',
  flag: 'must be true or false',
  object: 'must be an object',
  list: 'must be an array',
  count: 'must be a number',
  input: 'must be a string or an array of items',
};

/** Not v.array: a schema for each of ten thousand items would cost more than parsing them. */
const input = v.pipe(
  v.custom<string | readonly InputItem[]>((value) => typeof value === 'string' || Array.isArray(value), expected.input),
  v.rawCheck<string | readonly InputItem[]>(({ dataset, addIssue }) => {
    if (!dataset.typed || typeof dataset.value === 'string') return;
    const fault = findFault(dataset.value);
    if (fault !== undefined) addIssue({ message: fault.message, path: issuePath(fault.keys) });
  }),
);

const object = v.custom<JsonRecord>((value) => asRecord(value) !== undefined, expected.object);

const optional = {
  text: v.nullish(v.string(expected.text)),
  flag: v.nullish(v.boolean(expected.flag)),
  object: v.nullish(object),
  count: v.nullish(v.number(expected.count)),
};

const responsesRequestSchema = v.looseObject({
  model: askedModel,
  models: fallbackModels,
  input: v.nullish(input),
  instructions: optional.text,
  previous_response_id: optional.text,
  conversation: v.nullish(v.union([v.string(), object], 'must be a string or an object')),
  prompt: optional.object,
  background: optional.flag,
  store: optional.flag,
  stream: optional.flag,
  max_output_tokens: optional.count,
  max_tool_calls: optional.count,
  tools: v.nullish(
    v.pipe(v.array(object, expected.list), v.maxLength(toolsMax, `must hold at most ${toolsMax} items`)),
  ),
  tool_choice: v.nullish(v.union([v.string(), object], 'must be a string or an object')),
  parallel_tool_calls: optional.flag,
  text: optional.object,
  reasoning: optional.object,
  include: v.nullish(
    v.pipe(
      v.array(v.string(expected.text), expected.list),
      v.maxLength(toolsMax, `must hold at most ${toolsMax} items`),
    ),
  ),
  temperature: optional.count,
  top_p: optional.count,
  top_logprobs: optional.count,
  truncation: optional.text,
  service_tier: optional.text,
  user: optional.text,
  safety_identifier: optional.text,
  prompt_cache_key: optional.text,
  metadata: optional.object,
});

export type ResponsesRequest = Readonly<v.InferOutput<typeof responsesRequestSchema>>;

export type ResponsesCall = ProtocolCallOf<'responses', ResponsesRequest>;

/** Reads a body of at most `bodyBytesMax`, which whoever received it has seen to. */
export function readResponsesCall(body: Uint8Array): ResponsesCall {
  return responsesCallIn(readObject(body));
}

/** Of a request that is only to be counted, which may be without input. */
export function readInputTokensCall(body: Uint8Array): ResponsesCall {
  const read = readObject(body);
  const request = understand(responsesRequestSchema, read.value, responsesToolNameFault);
  return hasInput(request) ? responsesCallOf(read, request) : writtenResponsesCall({ ...request, input: '' });
}

/** A request that we have written ourselves. It is checked as if it had been sent. */
export function writtenResponsesCall(value: object): ResponsesCall {
  return responsesCallIn(writtenObject(value));
}

export function responsesCallIn(read: ReadObject): ResponsesCall {
  return responsesCallOf(read, understand(responsesRequestSchema, read.value, responsesToolNameFault));
}

function responsesCallOf(read: ReadObject, request: ResponsesRequest): ResponsesCall {
  if (request.background === true) {
    // It would go on, and be charged for, when the call that asked for it has been settled.
    const remedy = "Leave it out, and read the answer as it comes with 'stream'.";
    throw new GatewayError('unsupported_parameter', `'background' can't be accounted for. ${remedy}`, {
      param: 'background',
    });
  }
  if (request.conversation !== undefined && request.conversation !== null) {
    // It would be its provider's, where whoever shares a credential shares every conversation too.
    const remedy = "Go on from a response with 'previous_response_id', or send the whole conversation in 'input'.";
    throw new GatewayError('unsupported_parameter', `A 'conversation' is not kept here. ${remedy}`, {
      param: 'conversation',
    });
  }
  if (!hasInput(request)) {
    throw new GatewayError('invalid_request', `'input' is required, and ${expected.input}.`, { param: 'input' });
  }
  const { stream, models } = request;
  return protocolCallOf('responses', read, request, { stream: stream === true, endUser: endUserOf(request), models });
}

/** What is kept may be all the input there is. */
function hasInput({ input: given, prompt, previous_response_id: previous }: ResponsesRequest): boolean {
  return [given, prompt, previous].some((each) => each !== undefined && each !== null);
}

/** The items of the input; a text alone is what a user says. */
export function inputItems({ input: given }: ResponsesRequest): readonly InputItem[] {
  if (typeof given === 'string') return [{ type: 'message', role: 'user', content: given }];
  return given ?? [];
}

/** Of a message the type may be left out. What has nothing but an id refers to what the server has kept. */
export function itemType(item: JsonRecord): string {
  if (typeof item['type'] === 'string') return item['type'];
  return item['role'] === undefined && typeof item['id'] === 'string' ? 'item_reference' : 'message';
}

const roles = ['user', 'assistant', 'system', 'developer'];

/** The first item that isn't one. What it says besides is the provider's to judge. */
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
