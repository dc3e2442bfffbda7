import { type BodyEdit, fieldEdit } from '../json/body-edit.ts';
import type { Edit } from '../json/json-splice.ts';
import { asList, asText } from '../json/json-value.ts';
import { ownedMark, ownerOfReasoning } from './owned-reasoning.ts';
import { responsesCapName } from './parameters.ts';
import { sealMark, unsealReasoning } from './reasoning.ts';
import { isToBeKept } from './references.ts';
import { type InputItem, type ResponsesCall, type ResponsesRequest, inputItems, itemType } from './request.ts';

const encryptedContent = 'reasoning.encrypted_content';

/**
 * Says how to answer. None of it becomes input.
 *
 * Accounts keep responses, and providers don't, because the next call may go to another provider. The encrypted
 * reasoning is asked for so that the next provider can be told it.
 * @param cap the granted output cap; undefined where only the client's own cap binds
 * @param reasons whether the model reasons. Other models reject a request for encrypted reasoning.
 */
export function responsesEdits(call: ResponsesCall, cap: number | undefined, reasons = false): Edit[] {
  const { request } = call;
  const edits: Edit[] = [];
  if (cap !== undefined && request.max_output_tokens !== cap) {
    edits.push({ name: responsesCapName, value: String(cap) });
  }
  if (!isToBeKept(request)) return edits;
  edits.push({ name: 'store', value: 'false' });
  const include = request.include ?? [];
  if (reasons && !include.includes(encryptedContent)) {
    edits.push({ name: 'include', value: JSON.stringify([...include, encryptedContent]) });
  }
  return edits;
}

/**
 * Leaves out the reasoning that a provider can't read: what the gateway itself put into `encrypted_content`, which the
 * provider would take for forged, and what other providers have encrypted.
 */
export function foreignReasoningEdits({ request, text }: ResponsesCall, provider: string): BodyEdit[] {
  const mayBeForeign = text.includes(sealMark) || text.includes(ownedMark);
  // A client that has its response kept expects its provider to keep the reasoning too, which it doesn't.
  const mayBeLost = isToBeKept(request) && text.includes('"reasoning"');
  if (!mayBeForeign && !mayBeLost) return [];
  const items = inputItems(request);
  const readable = items.flatMap((item) => (mayBeLost && isLost(item) ? [] : (readableBy(provider, item) ?? [])));
  const isUnchanged = readable.length === items.length && readable.every((item, index) => item === items[index]);
  return isUnchanged ? [] : [fieldEdit('input', readable, false)];
}

/** Whether an item has no reasoning but an id or a summary, by which a provider would have to find the rest. */
function isLost(item: InputItem): boolean {
  if (itemType(item) !== 'reasoning') return false;
  return (asText(item['encrypted_content']) ?? '') === '' && asList(item['content']).length === 0;
}

/** The item as a provider can read it; undefined where nothing is left. */
function readableBy(provider: string, item: InputItem): InputItem | undefined {
  const encrypted = itemType(item) === 'reasoning' ? asText(item['encrypted_content']) : undefined;
  if (encrypted === undefined) return item;
  const owned = ownerOfReasoning(encrypted);
  if (owned !== undefined) {
    return owned.provider === provider ? { ...item, encrypted_content: owned.encrypted } : undefined;
  }
  return unsealReasoning(encrypted) === undefined ? item : undefined;
}

/** Whether a client gets encrypted reasoning to send back: it asked for it, or expects it to be kept. */
export function wantsReasoning(request: ResponsesRequest): boolean {
  return isToBeKept(request) || (request.include ?? []).includes(encryptedContent);
}
