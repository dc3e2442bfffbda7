import type { ProviderFault } from '../provider-fault.ts';

/** What providers mean by their own numbers. */

const unauthorized = { status: 401, type: 'authentication_error' };
const locked = { status: 403, type: 'account_locked' };
const outOfCredit = { status: 402, type: 'insufficient_balance' };
const outOfQuota = { status: 429, type: 'insufficient_quota' };
const invalid = { status: 400, type: 'invalid_request_error' };
const notFound = { status: 404, type: 'model_not_found' };
const tooMany = { status: 429, type: 'rate_limit_error' };
const failed = { status: 500, type: 'server_error' };
const overloaded = { status: 503, type: 'overloaded_error' };

/**
 * Z.ai answers nearly everything with 429 or 400, even an empty account, and within a stream with no status at all:
 * https://docs.z.ai/api-reference/api-code
 */
const zaiCodes: ReadonlyMap<string, Required<Pick<ProviderFault, 'status' | 'type'>>> = new Map([
  ...entries(unauthorized, '1000', '1001', '1002', '1003', '1004'),
  ...entries(locked, '1110', '1111', '1112', '1121'),
  ...entries(outOfCredit, '1113'),
  ...entries(failed, '1120', '1200', '1230', '1234'),
  ...entries(invalid, '1210', '1213', '1214', '1215', '1212'),
  ...entries(notFound, '1211', '1221', '1222', '1311'),
  ...entries({ status: 403, type: 'permission_error' }, '1220'),
  ...entries({ status: 400, type: 'context_length_exceeded' }, '1261'),
  ...entries({ status: 400, type: 'content_policy_violation' }, '1300', '1301'),
  ...entries(tooMany, '1302', '1303', '1305'),
  ...entries(overloaded, '1312'),
  // A quota is used up for hours or days: of a day, of a plan's hours, of a plan that has run out, of a week or a
  // month.
  ...entries(outOfQuota, '1304', '1308', '1309', '1310'),
  ...entries(locked, '1313'),
]);

/** Only an error without a type is Z.ai's. Other providers have numbers too, with other meanings. */
export function zaiMeaning(code: unknown): Pick<ProviderFault, 'status' | 'type'> | undefined {
  return typeof code === 'string' || typeof code === 'number' ? zaiCodes.get(String(code)) : undefined;
}

/**
 * An error of the `AI` binding has a number and no status.
 * https://developers.cloudflare.com/workers-ai/platform/errors/
 */
const cloudflareCodes: ReadonlyMap<number, Pick<ProviderFault, 'status' | 'type'>> = new Map([
  ...entries({ status: 400 }, 3003, 3039, 5004, 5006, 5007),
  ...entries({ status: 403 }, 3023, 3041, 5016, 5018),
  ...entries({ status: 404 }, 3042),
  ...entries({ status: 405 }, 5005, 5019),
  ...entries({ status: 408 }, 3007, 3008),
  ...entries({ status: 413 }, 3006),
  ...entries({ status: 429 }, 3040),
  // More tokens than the model's context, with the output that may come.
  ...entries({ status: 400, type: 'context_length_exceeded' }, 5021),
  // The free allocation of a day is used up.
  ...entries(outOfQuota, 3036),
  // From the API and from AI Gateway: no credential, or one without permission.
  ...entries(unauthorized, 10000, 10001, 2009),
]);

export function cloudflareMeaning(code: unknown): Pick<ProviderFault, 'status' | 'type'> | undefined {
  return cloudflareCodes.get(Number(code));
}

function entries<Key, Value>(value: Value, ...keys: readonly Key[]): (readonly [Key, Value])[] {
  return keys.map((key) => [key, value] as const);
}
