import type { Asking } from './naive-answers.ts';
import { type ResponseGiven, itemOfOthers } from './naive-responses.ts';
import type { Call } from './router.ts';
import type { Referred, ResponseStep, ResponseToKeep } from './response-step.ts';
import { simSecretHash as secretHash } from './written-account.ts';

/** What a router asks of kept responses. It refers to those there ever were, counted from the newest. */
export function askingOfResponses(
  { name, idempotency }: Call,
  step: ResponseStep,
  everKept: readonly string[],
): Asking {
  const id = (place: number): string => everKept.at(-1 - (place % Math.max(1, everKept.length))) ?? 'resp_of-nobody';
  switch (step.do) {
    case 'resolve': {
      const { responseId, itemIds, hintId } = step;
      const referred = {
        itemIds: itemIds.map((item) => itemId(item, id)),
        ...(responseId === undefined ? {} : { responseId: id(responseId) }),
        ...(hintId === undefined ? {} : { hintId: itemId(hintId, id) }),
      };
      return { type: 'resolve', request: { secretHash, name, ...(idempotency && { idempotency }), ...referred } };
    }
    case 'read':
      return { type: step.conversation ? 'turns' : 'read', request: { secretHash, id: id(step.response) } };
    case 'forget':
      return { type: 'forget', request: { secretHash, id: id(step.response) } };
  }
}

/** The response of a call, as a step has it. */
export function responseGiven({ name }: Call, given: ResponseToKeep, everKept: readonly string[]): ResponseGiven {
  const { base, characters, item } = given;
  const baseId = base === undefined ? undefined : everKept.at(-1 - (base % Math.max(1, everKept.length)));
  return { number: Number(name.slice('call-'.length)), ...(baseId && { baseId }), characters, item };
}

function itemId({ kind, place }: Referred, id: (place: number) => string): string {
  const base = id(place).slice('resp_'.length);
  switch (kind) {
    case 'output':
      return `msg_${base}_0`;
    case 'input':
      return `msg_${base}_in${place}`;
    case 'unknown':
      return `msg_${base}_1`;
    case 'of-others':
      return itemOfOthers(place % 6);
  }
}
