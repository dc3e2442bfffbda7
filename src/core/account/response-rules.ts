import { keptBytesDefault, responseHoursDefault } from './response-limits.ts';
import { parseBytes } from './byte-size.ts';
import type { Account } from './protocol.ts';

export interface ResponseRules {
  readonly keepMs: number;
  readonly bytesMax: number;
}

const hourMs = 3_600_000;

/** How an account keeps responses. Undefined if it keeps none: by its policy, or because it is revoked. */
export function responseRules(account: Account | undefined): ResponseRules | undefined {
  if (account === undefined) return undefined;
  const { responses = {}, status } = account.policy;
  if (responses.store === false || status === 'revoked') return undefined;
  const { hours = responseHoursDefault, bytesMax = keptBytesDefault } = responses;
  return { keepMs: hours * hourMs, bytesMax: parseBytes(bytesMax) ?? keptBytesDefault };
}
