import type { Random } from '../support/random.ts';
import type { Sending } from './step.ts';

/** What is asked of kept responses. They are counted from the newest there ever was. */
export type ResponseStep =
  /** What a call would build on. */
  | {
      readonly do: 'resolve';
      readonly call: number;
      readonly responseId?: number | undefined;
      readonly itemIds: readonly Referred[];
      readonly hintId?: Referred | undefined;
      readonly send: Sending;
    }
  | {
      readonly do: 'read';
      readonly call: number;
      readonly response: number;
      readonly conversation: boolean;
      readonly send: Sending;
    }
  | { readonly do: 'forget'; readonly call: number; readonly response: number; readonly send: Sending };

/** An item of a response: one of its output, of its input, one that it has not, or one that others have named. */
export interface Referred {
  readonly kind: 'output' | 'input' | 'unknown' | 'of-others';
  readonly place: number;
}

/** On which response one builds that a settlement has, counted likewise; how long it is; an item of it. */
export interface ResponseToKeep {
  readonly base?: number | undefined;
  readonly characters: number;
  readonly item: number;
}

export function responseStep(random: Random, kind: ResponseStep['do'], call: number, send: Sending): ResponseStep {
  switch (kind) {
    case 'resolve':
      return {
        do: kind,
        call,
        responseId: random.chance(0.6) ? placeOf(random) : undefined,
        itemIds: Array.from({ length: random.pick([0, 0, 1, 3]) }, () => referred(random)),
        hintId: random.chance(0.2) ? referred(random) : undefined,
        send,
      };
    case 'read':
      return { do: kind, call, response: random.between(0, 5), conversation: random.chance(0.7), send };
    case 'forget':
      return { do: kind, call, response: random.between(0, 8), send };
  }
}

export function responseToKeep(random: Random): ResponseToKeep {
  const base = random.chance(0.75) ? placeOf(random) : undefined;
  return { base, characters: random.pick([0, 100, 300, 900]), item: random.between(0, 5) };
}

function referred(random: Random): Referred {
  const kind = random.pick<Referred['kind']>(['output', 'output', 'input', 'unknown', 'of-others', 'of-others']);
  return { kind, place: placeOf(random) };
}

/** Most often one of the last. */
function placeOf(random: Random): number {
  return random.pick([0, 0, 1, random.between(0, 20)]);
}
