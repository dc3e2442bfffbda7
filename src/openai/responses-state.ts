import { type ResponsesRequest, inputItems, itemType } from './responses-request.ts';

/** What of a request only the server can know that keeps responses, and where in the body that is asked for. */
export interface ServerState {
  readonly param: string;
}

/**
 * Whether a request builds on what the server has kept: an earlier response, a conversation, a template, an item. A
 * target can honour that which keeps such things, and no other.
 */
export function needsServerState({ request }: { readonly request: ResponsesRequest }): ServerState | undefined {
  for (const param of ['previous_response_id', 'conversation', 'prompt'] as const) {
    const value = request[param];
    if (value !== undefined && value !== null) return { param };
  }
  const index = inputItems(request).findIndex((item) => itemType(item) === 'item_reference');
  return index < 0 ? undefined : { param: `input[${index}]` };
}
