import { describe, expect, it } from 'vitest';
import { anthropicErrorBody, anthropicStatus } from '../../../src/http/anthropic-error.ts';
import { errorResponse } from '../../../src/http/error-response.ts';
import { type ErrorCode, GatewayError } from '../../../src/http/errors.ts';

const requestId = 'req_0';
const typeOf = (error: GatewayError) => {
  const { error: fields } = anthropicErrorBody(error, requestId);
  return Object.entries(fields ?? {}).find(([name]) => name === 'type')?.[1] as unknown;
};

describe("an error on Anthropic's endpoints", () => {
  it("has Anthropic's shape, with our own code and limit in its details", async () => {
    const limit = {
      scope: 'user',
      id: 'ada',
      metric: 'usd',
      max: '25.00',
      posted: '24.99',
      held: '0.00',
      free: '0.01',
      needed: '0.02',
      resets_at: null,
    } as const;
    const error = new GatewayError('insufficient_quota', 'Used up.', { limit, shouldRetry: false });
    const response = errorResponse(error, requestId, 'anthropic');
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Used up.', details: { error_code: 'insufficient_quota', limit } },
      request_id: requestId,
    });
  });

  it.each<[ErrorCode, number, string]>([
    ['invalid_request', 400, 'invalid_request_error'],
    ['invalid_api_key', 401, 'authentication_error'],
    ['permission_denied', 403, 'permission_error'],
    ['model_not_found', 404, 'not_found_error'],
    ['method_not_allowed', 405, 'api_error'],
    ['request_too_large', 413, 'invalid_request_error'],
    ['rate_limit_exceeded', 429, 'rate_limit_error'],
    ['internal_error', 500, 'api_error'],
    ['provider_error', 502, 'api_error'],
    ['ledger_unavailable', 503, 'api_error'],
    ['provider_timeout', 504, 'timeout_error'],
    ['provider_unavailable', 529, 'overloaded_error'],
  ])('with the code %s has status %i and type %s', (code, status, type) => {
    const error = new GatewayError(code, 'No.');
    expect(anthropicStatus(error)).toBe(status);
    expect(errorResponse(error, requestId, 'anthropic').status).toBe(status);
    expect(typeOf(error)).toBe(type);
  });

  it('says of a full context what coding agents look for, once', () => {
    const messageOf = (message: string) =>
      anthropicErrorBody(new GatewayError('context_length_exceeded', message), requestId);
    expect(messageOf('The input is too long.')).toMatchObject({
      error: { type: 'invalid_request_error', message: 'prompt is too long: The input is too long.' },
    });
    expect(messageOf('Prompt is too long.')).toMatchObject({ error: { message: 'Prompt is too long.' } });
  });

  it("keeps a provider's own type and code where clients of Anthropic know the type", () => {
    const options = { status: 402, providerType: 'billing_error', providerCode: 'spend_limit_reached', param: 'model' };
    expect(anthropicErrorBody(new GatewayError('provider_error', 'Pay.', options), requestId)).toMatchObject({
      error: { type: 'billing_error', details: { error_code: 'spend_limit_reached', param: 'model' } },
    });
    const odd = { status: 400, providerType: 'BadRequestError' };
    expect(typeOf(new GatewayError('provider_error', 'No.', odd))).toBe('invalid_request_error');
  });

  it('with the status of a 4xx of OpenAI, which calls each of them invalid, has the type that goes with the status', () => {
    const invalid = (status: number) =>
      typeOf(new GatewayError('not_found', 'No.', { status, providerType: 'invalid_request_error' }));
    expect([400, 401, 404, 422].map(invalid)).toEqual([
      'invalid_request_error',
      'authentication_error',
      'not_found_error',
      'invalid_request_error',
    ]);
  });
});
