import { asText } from '../json/json-value.ts';
import { type InputItem, type ResponsesRequest, inputItems, itemType } from './request.ts';

/** What a request builds on that its account has kept. */
export interface References {
  /** The response that it goes on from. */
  readonly responseId?: string;
  /** The items that stand in its input by their ids alone. */
  readonly itemIds: readonly string[];
  /**
   * The last item in its input that an answer has brought, sent in full. If the account has kept that, the conversation
   * up to there need not be kept again.
   */
  readonly hintId?: string;
}

/** @param keepsNone whether the account is known to keep no responses */
export function referencesIn(request: ResponsesRequest, keepsNone = false): References {
  const items = inputItems(request);
  const itemIds = items.filter(isReference).map((item) => asText(item['id']) ?? '');
  const hint = isToBeKept(request) && !keepsNone ? items.findLast((item) => isFromAnswer(item)) : undefined;
  const responseId = request.previous_response_id ?? undefined;
  const hintId = asText(hint?.['id']);
  return {
    itemIds: [...new Set(itemIds)],
    ...(responseId === undefined ? {} : { responseId }),
    ...(hintId === undefined ? {} : { hintId }),
  };
}

/** Whether a request can't be understood without what its account has kept. */
export function isReferring(request: ResponsesRequest): boolean {
  return typeof request.previous_response_id === 'string' || inputItems(request).some(isReference);
}

/** Whether the client wants its response kept, which is what OpenAI does with all of which nothing else is said. */
export function isToBeKept({ store }: ResponsesRequest): boolean {
  return store !== false;
}

export function isReference(item: InputItem): boolean {
  return itemType(item) === 'item_reference';
}

const typesOfAnswers: ReadonlySet<string> = new Set(['message', 'reasoning', 'function_call', 'custom_tool_call']);

function isFromAnswer(item: InputItem): boolean {
  if (isReference(item)) return true;
  const type = itemType(item);
  if (asText(item['id']) === undefined || !typesOfAnswers.has(type)) return false;
  return type !== 'message' || item['role'] === 'assistant';
}
