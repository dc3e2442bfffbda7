import type { GatewayError } from '../../src/http/errors.ts';
import { type Bounding, boundAttempts } from '../../src/gateway/bound/bound.ts';
import type { Bindable, BoundOptions } from '../../src/gateway/bound/bindable.ts';
import type { Bound } from '../../src/core/ledger/command.ts';
import { anyTimeMs } from './price.ts';
import { candidates, catalog, chatCall, hello } from './chat.ts';

export const limited: BoundOptions = {
  isLimited: true,
  startedAtMs: anyTimeMs,
  maxTokens: undefined,
  budget: undefined,
};
export const unlimited: BoundOptions = { ...limited, isLimited: false };

/** The bounds of a call with these fields, to a model of the tests' catalog. */
export function bounding(body: object, options: BoundOptions = limited, model = 'plain'): Bounding<Bindable> {
  return boundAttempts(chatCall({ model, messages: hello, ...body }), candidates(catalog, model), options);
}

export function boundOf(body: object, options: BoundOptions = limited, model = 'plain'): Bound {
  const result = bounding(body, options, model);
  if (result.kind === 'refused') throw result.error;
  return result.attempts[0].bound;
}

export function boundRefusal(body: object, options: BoundOptions = limited, model = 'plain'): GatewayError {
  const result = bounding(body, options, model);
  if (result.kind !== 'refused') throw new Error('it was bounded');
  return result.error;
}
