import { type BodyEdit, fieldEdit } from '../wire/body-edit.ts';
import type { Edit } from '../wire/json-splice.ts';
import { asText } from '../wire/json-value.ts';
import { responsesCapName } from './responses-parameters.ts';
import { sealMark, unsealReasoning } from './responses-reasoning.ts';
import { type InputItem, type ResponsesCall, inputItems, itemType } from './responses-request.ts';
import { needsServerState } from './responses-state.ts';

const encryptedContent = 'reasoning.encrypted_content';

/**
 * How a response is asked for. Nothing of it is put in.
 *
 * A response is kept by its provider only where the request builds on one that was kept: then it is as the client says.
 * Any other is sent with `store: false`, and answered so, because a gateway that may ask another provider the next time
 * can't promise to find it again. A client that counts on its being kept sends back the items that it got, which mean
 * nothing to a server that has not kept them, unless they hold what is hidden of their reasoning: so that is asked for.
 * @param cap the output cap that was granted; undefined where nothing is to bind but what the client itself set
 * @param reasons whether the model reasons. Others refuse to be asked for what is hidden of it.
 */
export function responsesEdits(call: ResponsesCall, cap: number | undefined, reasons = false): Edit[] {
  const { request } = call;
  const edits: Edit[] = [];
  if (cap !== undefined && request.max_output_tokens !== cap) {
    edits.push({ name: responsesCapName, value: String(cap) });
  }
  if (request.store === false || needsServerState(call) !== undefined) return edits;
  edits.push({ name: 'store', value: 'false' });
  const include = request.include ?? [];
  if (reasons && !include.includes(encryptedContent)) {
    edits.push({ name: 'include', value: JSON.stringify([...include, encryptedContent]) });
  }
  return edits;
}

/**
 * The input as a provider can read it that answers for the first time in a conversation in which others have reasoned
 * before: what we have put into `encrypted_content` for those it would take for forged.
 */
export function foreignReasoningEdits({ request, text }: ResponsesCall): BodyEdit[] {
  if (!text.includes(sealMark)) return [];
  const items = inputItems(request);
  const kept = items.filter((item) => !isOurs(item));
  return kept.length === items.length ? [] : [fieldEdit('input', kept, false)];
}

function isOurs(item: InputItem): boolean {
  const encrypted = asText(item['encrypted_content']);
  return itemType(item) === 'reasoning' && encrypted !== undefined && unsealReasoning(encrypted) !== undefined;
}

/** Whether a client is to get what it must send back of hidden reasoning: it asked, or counts on its being kept. */
export function wantsReasoning({ include, store }: ResponsesCall['request']): boolean {
  return store !== false || (include ?? []).includes(encryptedContent);
}
