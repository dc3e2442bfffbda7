import { assert } from '../../core/ledger/units.ts';
import { type Edit, cutBytes, cutsFor } from '../../protocols/json/json-splice.ts';
import type { Bindable } from '../bound/bindable.ts';
import { priceCapEdits, sendEdits } from '../bound/body-edits.ts';
import type { TargetCall } from '../bound/encode-call.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/**
 * The body for one target, of a request that was encoded for it. All that was sent stays as it was sent, to the byte,
 * but for the name of the model, the caps on output and price, the request for usage, and what encoding has left to be
 * done here.
 * @param cap the output cap that was granted; undefined where nothing is to bind but what the client itself set
 */
export function prepareBody({ call, edits }: TargetCall, attempt: Bindable, cap: number | undefined): Uint8Array {
  const { target } = attempt.candidate;
  const last: Edit[] = sendEdits(call, cap, attempt);
  if (call.model !== target.model) last.unshift({ name: 'model', value: JSON.stringify(target.model) });
  for (const { name } of last) assert(isUnmeasured(call, name), `'${name}' was changed after it was bounded`);
  return cutBytes(call.body, call.text, cutsFor(call.object, [...edits, ...last, ...priceCapEdits(call, attempt)]));
}

/** Whether no bound depends on what stands there: all else is to be changed by `contentEdits`. */
function isUnmeasured({ protocol }: AnyCall, name: string): boolean {
  const effect = protocols[protocol].parameters.get(name);
  return effect === 'neutral' || effect === 'output';
}
