import { type BodyEdit, fieldEdit } from '../json/body-edit.ts';
import type { Edit } from '../json/json-splice.ts';
import { asList, asText } from '../json/json-value.ts';
import { ownedMark, ownerOfReasoning } from './owned-reasoning.ts';
import { responsesCapName } from './parameters.ts';
import { sealMark, unsealReasoning } from './reasoning.ts';
import { type InputItem, type ResponsesCall, inputItems, itemType } from './request.ts';

const encryptedContent = 'reasoning.encrypted_content';

/**
 * How a response is asked for. Nothing of it is put in.
 *
 * A provider keeps no response: it is the account that does, because the next call may go to another provider. What is
 * hidden of its reasoning is asked for, so that whoever is asked next can be told it.
 * @param cap the output cap that was granted; undefined where nothing is to bind but what the client itself set
 * @param reasons whether the model reasons. Others refuse to be asked for what is hidden of it.
 */
export function responsesEdits(call: ResponsesCall, cap: number | undefined, reasons = false): Edit[] {
  const { request } = call;
  const edits: Edit[] = [];
  if (cap !== undefined && request.max_output_tokens !== cap) {
    edits.push({ name: responsesCapName, value: String(cap) });
  }
  if (request.store === false) return edits;
  edits.push({ name: 'store', value: 'false' });
  const include = request.include ?? [];
  if (reasons && !include.includes(encryptedContent)) {
    edits.push({ name: 'include', value: JSON.stringify([...include, encryptedContent]) });
  }
  return edits;
}

/**
 * The input as a provider can read it, also one that answers for the first time in a conversation in which others have
 * reasoned before. What we have put into `encrypted_content` for those it would take for forged, and what others have
 * hidden there it can't read.
 */
export function foreignReasoningEdits({ request, text }: ResponsesCall, provider: string): BodyEdit[] {
  const mayBeForeign = text.includes(sealMark) || text.includes(ownedMark);
  // A client that has its response kept counts on its provider's having kept the reasoning too, and it has not.
  const mayBeLost = request.store !== false && text.includes('"reasoning"');
  if (!mayBeForeign && !mayBeLost) return [];
  const items = inputItems(request);
  const readable = items.flatMap((item) => (mayBeLost && isLost(item) ? [] : (readableBy(provider, item) ?? [])));
  const isUnchanged = readable.length === items.length && readable.every((item, index) => item === items[index]);
  return isUnchanged ? [] : [fieldEdit('input', readable, false)];
}

/** Whether nothing is in it but an id, or a summary, by which a provider would have to find what it has thought. */
function isLost(item: InputItem): boolean {
  if (itemType(item) !== 'reasoning') return false;
  return (asText(item['encrypted_content']) ?? '') === '' && asList(item['content']).length === 0;
}

/** Undefined where nothing is left of it. */
function readableBy(provider: string, item: InputItem): InputItem | undefined {
  const encrypted = itemType(item) === 'reasoning' ? asText(item['encrypted_content']) : undefined;
  if (encrypted === undefined) return item;
  const owned = ownerOfReasoning(encrypted);
  if (owned !== undefined) {
    return owned.provider === provider ? { ...item, encrypted_content: owned.encrypted } : undefined;
  }
  return unsealReasoning(encrypted) === undefined ? item : undefined;
}

/** Whether a client is to get what it must send back of hidden reasoning: it asked, or counts on its being kept. */
export function wantsReasoning({ include, store }: ResponsesCall['request']): boolean {
  return store !== false || (include ?? []).includes(encryptedContent);
}
