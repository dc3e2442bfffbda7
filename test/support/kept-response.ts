import type { KeptResponse } from '../../src/tenant/kept-response.ts';
import { sizeOf } from '../../src/tenant/response-size.ts';

/** The id of the response of a call with that number: ids sort by it, as those of real calls do by their time. */
export function responseId(number: number): string {
  return `resp_${baseOf(number)}`;
}

/** What the ids of a response and of its items have in common. */
export function baseOf(number: number): string {
  return number.toString(36).padStart(25, '0');
}

/** The response of a call, which says something, and has one item. */
export function keptResponse(number: number, more: Partial<KeptResponse> = {}): KeptResponse {
  return {
    id: responseId(number),
    input: `[{"role":"user","content":"question ${number}"}]`,
    response: `{"id":"${responseId(number)}","output":[]}`,
    itemIds: [`msg_${baseOf(number)}_0`],
    provider: 'openai',
    ...more,
  };
}

/** A response that takes so many bytes. */
export function sizedResponse(number: number, bytes: number): KeptResponse {
  const response = keptResponse(number, { input: '' });
  return { ...response, input: 'x'.repeat(bytes - sizeOf(response)) };
}

/** A response that builds on the one before it, if there is one. */
export function turn(number: number, more: Partial<KeptResponse> = {}): KeptResponse {
  return keptResponse(number, { ...(number > 1 ? { baseId: responseId(number - 1) } : {}), ...more });
}
