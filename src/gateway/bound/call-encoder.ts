import { GatewayError } from '../../http/errors.ts';
import type { Prompt } from '../../protocols/prompt.ts';
import type { Bindable } from './bindable.ts';
import { type TargetCall, encodeCall } from './encode-call.ts';
import { type AnyCall, promptOf } from '../../protocols/protocols.ts';

/** A request as its target gets it, and what it puts in. */
export interface EncodedCall extends TargetCall {
  readonly prompt: Prompt;
}

/** Puts a client's request into the words of each target. The same words are looked for only once. */
export class CallEncoder {
  readonly #call: AnyCall;
  readonly #encoded = new Map<string, TargetCall | GatewayError>();

  constructor(call: AnyCall) {
    this.#call = call;
  }

  encode(attempt: Bindable): EncodedCall | GatewayError {
    const name = targetName(attempt);
    const encoded = this.#encoded.get(name) ?? this.#encode(attempt);
    this.#encoded.set(name, encoded);
    if (encoded instanceof GatewayError) return encoded;
    return { ...encoded, prompt: promptOf(encoded.call) };
  }

  /** What can't be put into the words of one target may well be put into those of the next. */
  #encode(attempt: Bindable): TargetCall | GatewayError {
    try {
      return encodeCall(this.#call, attempt);
    } catch (thrown) {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    }
  }
}

/** What a target is called among those of one call. Two models of the catalog may ask one target in different words. */
export function targetName({ candidate, provider }: Bindable): string {
  return JSON.stringify([provider.name, candidate.target.model, candidate.modelName]);
}
