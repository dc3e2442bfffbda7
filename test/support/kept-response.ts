import type { KeptResponse, KeptTurn } from '../../src/core/account/kept-response.ts';
import { sizeOf } from '../../src/core/account/kept-response.ts';

/** The id of the response of a call with that number. Ids sort by it, as real ones sort by time. */
export function responseId(number: number): string {
  return `resp_${baseOf(number)}`;
}

/** The common part of the ids of a response and its items. */
export function baseOf(number: number): string {
  return number.toString(36).padStart(25, '0');
}

/** The response of a call, with one item. */
export function keptResponse(number: number, more: Partial<KeptResponse> = {}): KeptResponse {
  return {
    id: responseId(number),
    input: `[{"role":"user","content":"question ${number}"}]`,
    output: `[{"id":"msg_${baseOf(number)}_0","type":"message"}]`,
    rest: `{"id":"${responseId(number)}","tools":[]}`,
    itemIds: [`msg_${baseOf(number)}_0`],
    provider: 'openai',
    ...more,
  };
}

/** The part of a response that later responses read. */
export function turnOf({ rest: _rest, ...added }: KeptResponse): KeptTurn {
  return added;
}

/** A response of so many bytes. A response that builds on it reads all of them. */
export function sizedResponse(number: number, bytes: number): KeptResponse {
  const response = keptResponse(number, { input: '', rest: '' });
  return { ...response, input: 'x'.repeat(bytes - sizeOf(response)) };
}

/** A response that builds on the one before it, if there is one. */
export function turn(number: number, more: Partial<KeptResponse> = {}): KeptResponse {
  return keptResponse(number, { ...(number > 1 ? { baseId: responseId(number - 1) } : {}), ...more });
}
