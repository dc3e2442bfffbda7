import { GatewayError } from '../http/errors.ts';
import type { Prompt } from '../wire/prompt.ts';
import type { Bindable } from './bound.ts';
import { encodeCall } from './encode-call.ts';
import { type AnyCall, promptOf } from './wires.ts';

/** A request as its target gets it, and what it puts in. */
export interface EncodedCall {
  readonly call: AnyCall;
  readonly prompt: Prompt;
}

/** Puts a client's request into the words of each target. The same words are looked for only once. */
export class CallEncoder {
  readonly #call: AnyCall;
  readonly #encoded = new Map<string, AnyCall | GatewayError>();

  constructor(call: AnyCall) {
    this.#call = call;
  }

  encode(attempt: Bindable): EncodedCall | GatewayError {
    const { provider, candidate } = attempt;
    const name = `${provider.name}/${candidate.target.model}`;
    const call = this.#encoded.get(name) ?? this.#encode(attempt);
    this.#encoded.set(name, call);
    if (call instanceof GatewayError) return call;
    return { call, prompt: promptOf(call) };
  }

  /** What can't be put into the words of one target may well be put into those of the next. */
  #encode(attempt: Bindable): AnyCall | GatewayError {
    try {
      return encodeCall(this.#call, attempt);
    } catch (thrown) {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    }
  }
}
