import { type JsonRecord, asRecord, asText } from '../json/json-value.ts';
import type { ProviderFault } from '../provider-fault.ts';

/** The status that stands for each type of error, which in the middle of a stream is all that is said. */
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

/** The error in an answer, or in an event of a stream; undefined where it is none. */
export function decodeAnthropicFault(answer: JsonRecord): ProviderFault | undefined {
  const said: unknown = answer['error'];
  const error = asRecord(said);
  if (error === undefined) {
    const message = asText(said);
    if (message !== undefined) return { message };
    return answer['type'] === 'error' ? {} : undefined;
  }
  const type = asText(error['type']);
  const message = asText(error['message']);
  const code = asText(asRecord(error['details'])?.['error_code']);
  const status = type === undefined ? undefined : statusOf.get(type);
  return {
    ...(message === undefined ? {} : { message }),
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
  };
}
