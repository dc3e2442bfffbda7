import type { Dialect } from './dialects.ts';
import type { FakeAnswer, FakeEvent, FakeRefusal } from './fake.ts';

export type FaultWords = Dialect['faults'] | 'anthropic';

/** A refusal in the words of a provider, with its status. */
export function faultAnswer(faults: FaultWords, refusal: FakeRefusal): FakeAnswer {
  const headers = { 'content-type': 'application/json', ...(refusal.status === 429 ? { 'retry-after': '1' } : {}) };
  const value = faultBody(faults, refusal);
  return { status: statusOf(faults, refusal.status), headers, body: { kind: 'json', value }, bill: undefined };
}

/** How a stream breaks off that still says why. */
export function faultEvent(faults: FaultWords, refusal: FakeRefusal, path = ''): FakeEvent {
  const { message } = refusal;
  if (path.endsWith('/responses')) {
    const data = { type: 'error', sequence_number: 4, code: 'server_error', message, param: null };
    return { event: 'error', data };
  }
  // Google's body is a list, and its events are not.
  const [data] = [faultBody(faults, refusal)].flat();
  return faults === 'anthropic' ? { event: 'error', data } : { data };
}

function faultBody(faults: FaultWords, refusal: FakeRefusal): unknown {
  const { status, message, details } = refusal;
  switch (faults) {
    case 'openai':
      return {
        error: {
          message,
          type: details.type ?? openAiType(status),
          param: details.param ?? null,
          code: codeOf(refusal),
        },
      };
    case 'anthropic':
      return { type: 'error', error: { type: anthropicType(status), message }, request_id: 'req_fake' };
    case 'google':
      return [{ error: { code: statusOf(faults, status), message, status: googleStatus(status), details: [] } }];
    case 'mistral':
      return details.code === 'extra_forbidden'
        ? {
            object: 'error',
            message: { detail: [{ type: 'extra_forbidden', loc: ['body', details.param], msg: message }] },
            type: 'invalid_request_error',
            param: null,
            code: null,
          }
        : {
            object: 'error',
            message,
            type: status === 429 ? 'rate_limited' : 'invalid_request_error',
            param: null,
            code: String(status === 429 ? 1300 : 3000),
          };
    case 'zai':
      return { error: { code: zaiCode(status), message } };
    case 'xai':
      return {
        code: status === 429 ? 'Some resource has been exhausted' : 'Client specified an invalid argument',
        error: message,
      };
    case 'openrouter':
      return { error: { code: status, message, metadata: { error_type: openRouterType(status) } } };
    case 'cloudflare':
      return { result: null, success: false, errors: [{ code: cloudflareCode(status), message }], messages: [] };
    case 'cloudflare-gateway':
      return { success: false, result: [], messages: [], error: [{ code: status === 401 ? 2009 : 2000, message }] };
  }
}

/** For an empty account Z.ai answers 429. For a wrong key xAI and Google answer 400. */
function statusOf(faults: FaultWords, status: number): number {
  if (faults === 'zai' && status === 402) return 429;
  return (faults === 'xai' || faults === 'google') && status === 401 ? 400 : status;
}

function codeOf({ status, details }: FakeRefusal): string | null {
  if (details.code !== undefined) return details.code;
  return status === 429 ? 'rate_limit_exceeded' : status === 401 ? 'invalid_api_key' : null;
}

function openAiType(status: number): string {
  if (status === 429) return 'requests';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function anthropicType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    504: 'timeout_error',
    529: 'overloaded_error',
  };
  return types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

function googleStatus(status: number): string {
  const names: Readonly<Record<number, string>> = {
    400: 'INVALID_ARGUMENT',
    401: 'INVALID_ARGUMENT',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    429: 'RESOURCE_EXHAUSTED',
    503: 'UNAVAILABLE',
  };
  return names[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT');
}

function zaiCode(status: number): string {
  const codes: Readonly<Record<number, string>> = { 401: '1002', 402: '1113', 404: '1211', 429: '1302', 503: '1312' };
  return codes[status] ?? (status >= 500 ? '500' : '1214');
}

function openRouterType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    401: 'authentication',
    402: 'payment_required',
    404: 'not_found',
    429: 'rate_limit_exceeded',
    502: 'provider_unavailable',
    503: 'provider_overloaded',
  };
  return types[status] ?? (status >= 500 ? 'server' : 'invalid_request');
}

function cloudflareCode(status: number): number {
  const codes: Readonly<Record<number, number>> = { 401: 10_000, 404: 5007, 413: 3006, 429: 3040 };
  return codes[status] ?? 5006;
}
