import type { Bindable } from './bound.ts';
import { wireOf } from '../routing/wire-of.ts';
import { GatewayError } from '../http/errors.ts';
import type { AnyCall } from './wires.ts';

/** The client's request in the protocol in which the target is asked, or why it can't be put into it. */
export function encodeCall(call: AnyCall, { candidate, provider }: Bindable): AnyCall | GatewayError {
  const wire = wireOf(call.wire, provider, candidate.target);
  if (wire === call.wire) return call;
  return new GatewayError('unsupported_parameter', `${provider.name} can't be asked for this.`);
}
