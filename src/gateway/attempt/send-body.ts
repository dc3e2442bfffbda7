import { assert } from '../../core/ledger/units.ts';
import { type Edit, cutBytes, cutsFor } from '../../protocols/json/json-splice.ts';
import type { Bindable } from '../bound/bindable.ts';
import { priceCapEdits, sendEdits } from '../bound/body-edits.ts';
import type { TargetCall } from '../bound/encode-call.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/**
 * The body to send to one target, for a request that was encoded for it. It stays as it was sent, to the byte, except
 * for the name of the model, the caps on output and price, the request for usage, and the edits that encoding left for
 * later.
 * @param cap the granted output cap; undefined if only the client's own is to bind
 */
export function prepareBody({ call, edits }: TargetCall, attempt: Bindable, cap: number | undefined): Uint8Array {
  const { target } = attempt.candidate;
  const last: Edit[] = sendEdits(call, cap, attempt);
  if (call.model !== target.model) last.unshift({ name: 'model', value: JSON.stringify(target.model) });
  for (const { name } of last) assert(isUnmeasured(call, name), `'${name}' was changed after it was bounded`);
  return cutBytes(call.body, call.text, cutsFor(call.object, [...edits, ...last, ...priceCapEdits(call, attempt)]));
}

/** Whether no bound depends on this field. All other fields are for `contentEdits` to change. */
function isUnmeasured({ protocol }: AnyCall, name: string): boolean {
  const effect = protocols[protocol].parameters.get(name);
  return effect === 'neutral' || effect === 'output';
}
