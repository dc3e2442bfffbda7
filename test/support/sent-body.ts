import type { Bindable } from '../../src/gateway/bound/bindable.ts';
import { encodeCall } from '../../src/gateway/bound/encode-call.ts';
import { prepareBody } from '../../src/gateway/bound/body-edits.ts';
import type { AnyCall } from '../../src/protocols/protocols.ts';
import { GatewayError } from '../../src/http/errors.ts';

/** The bytes that a target is sent of a call. */
export function sentBody(call: AnyCall, to: Bindable, cap?: number): Uint8Array {
  const encoded = encodeCall(call, to);
  if (encoded instanceof GatewayError) throw encoded;
  return prepareBody(encoded, to, cap);
}
