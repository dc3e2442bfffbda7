import type { BodyEdit } from '../../protocols/json/body-edit.ts';
import { cutBytes, cutText, cutsFor } from '../../protocols/json/json-splice.ts';
import { scannedObject } from '../../protocols/json/read-object.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/**
 * The call with its body edited, as text and parsed. What is not edited is neither parsed nor written again. The result
 * is checked as if the client had sent it. Throws a GatewayError if it is no valid call, or holds too much.
 */
export function editedCall(call: AnyCall, edits: readonly BodyEdit[]): AnyCall {
  if (edits.length === 0) return call;
  const cuts = cutsFor(call.object, edits);
  const text = cutText(call.text, cuts);
  const edited = new Map(edits.map((edit) => [edit.name, edit]));
  const kept: (readonly [string, unknown])[] = Object.entries(call.request).filter(([name]) => !edited.has(name));
  for (const { name, value, parsed } of edited.values()) if (value !== undefined) kept.push([name, parsed]);
  const object = scannedObject(text);
  const body = cutBytes(call.body, call.text, cuts);
  return protocols[call.protocol].callIn({ body, text, object, value: Object.fromEntries(kept) });
}
