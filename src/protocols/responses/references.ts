import { asText } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import { type InputItem, type ResponsesRequest, inputItems, itemType } from './request.ts';

/** What a request builds on, of what its account keeps. */
export interface References {
  /** The response that it continues. */
  readonly responseId?: string;
  /** The items in its input that are nothing but ids. */
  readonly itemIds: readonly string[];
  /**
   * The last item in its input that is from an answer. If the account keeps that, it need not keep the conversation up
   * to there again.
   */
  readonly hintId?: string;
}

/** @param keepsNone the account is known to keep no responses */
export function referencesIn(request: ResponsesRequest, keepsNone = false): References {
  const items = inputItems(request);
  const itemIds = items.filter(isReference).map((item) => asText(item['id']) ?? '');
  const hint = isToBeKept(request) && !keepsNone ? items.findLast(isFromAnswer) : undefined;
  return present({
    itemIds: [...new Set(itemIds)],
    responseId: request.previous_response_id ?? undefined,
    hintId: asText(hint?.['id']),
  });
}

/** Whether a request means something only together with what its account keeps. */
export function isReferring(request: ResponsesRequest): boolean {
  return typeof request.previous_response_id === 'string' || inputItems(request).some(isReference);
}

/** Whether the client wants its response kept. As with OpenAI, it does unless it says otherwise. */
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
