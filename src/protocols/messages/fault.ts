import { type JsonRecord, asRecord, asText } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import type { ProviderFault } from '../provider-fault.ts';

/** The status for each type of error. In a stream, the type is all that a provider says. */
const statusOf: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/** The error in an answer, or in an event of a stream; undefined if there is none. */
export function decodeAnthropicFault(answer: JsonRecord): ProviderFault | undefined {
  const said: unknown = answer['error'];
  const error = asRecord(said);
  if (error === undefined) {
    const message = asText(said);
    if (message !== undefined) return { message };
    return answer['type'] === 'error' ? {} : undefined;
  }
  const type = asText(error['type']);
  return present({
    message: asText(error['message']),
    type,
    code: asText(asRecord(error['details'])?.['error_code']),
    status: statusOf.get(type ?? ''),
  });
}
