import type { Asking } from './naive-answers.ts';
import type { Call } from './router.ts';

/** What is on its way to an actor. Where its sender is deaf, the answer is lost. */
export interface Message {
  readonly asking: Asking;
  readonly call: Call | undefined;
  readonly deaf: boolean;
}

/** One of which nobody has to know more. */
export function plain(asking: Asking): Message {
  return { asking, call: undefined, deaf: false };
}
