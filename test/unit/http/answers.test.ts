import { describe, expect, it } from 'vitest';
import { type CorsOrigins, preflight } from '../../../src/http/cors.ts';
import { errorResponse } from '../../../src/http/error-response.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { finishResponse } from '../../../src/http/response-headers.ts';
import { jsonResponse } from '../../../src/http/json-response.ts';
import { responseHeaderNames } from '../../../src/http/cors.ts';

const requestId = 'req_0';
const origin = 'https://app.example.com';
const from = (headers: Record<string, string>, method = 'GET') =>
  new Request('https://weir.example/v1/models', { headers, method });
const finished = (allowed: CorsOrigins, headers: Record<string, string> = { origin }) =>
  finishResponse(jsonResponse({}), from(headers), requestId, allowed).headers;

describe('an error', () => {
  it('is answered with its status, code, parameter and request id', async () => {
    const response = errorResponse(new GatewayError('invalid_request', 'n must be 1.', { param: 'n' }), requestId);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      error: {
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: 'n',
        message: 'n must be 1.',
        request_id: requestId,
      },
    });
    for (const name of ['x-request-id', 'request-id', 'x-cfx-request-id'])
      expect(response.headers.get(name)).toBe(requestId);
  });

  it('says when to come back', () => {
    const error = new GatewayError('rate_limit_exceeded', 'Full.', { retryAfterMs: 1500.2, shouldRetry: true });
    const { headers } = errorResponse(error, requestId);
    expect(headers.get('retry-after')).toBe('2');
    expect(headers.get('retry-after-ms')).toBe('1501');
    expect(headers.get('x-should-retry')).toBe('true');
  });

  it.each([new Error('connect to 10.0.0.7 with sk-secret'), 'sk-secret', undefined, { secret: 'sk-secret' }])(
    'of ours (%s) says nothing of what went wrong',
    async (thrown) => {
      const response = errorResponse(thrown, requestId);
      expect(response.status).toBe(500);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'internal_error', type: 'api_error' } });
      expect(text).not.toMatch(/sk-secret|10\.0\.0\.7/);
    },
  );
});

describe('every answer', () => {
  it('carries the request id under each of its names, and is no page and for no cache', () => {
    const headers = finished(new Set());
    for (const name of ['x-request-id', 'request-id', 'x-cfx-request-id']) expect(headers.get(name)).toBe(requestId);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('is for no page in a browser, unless its origin is named', () => {
    expect(finished(new Set()).get('access-control-allow-origin')).toBeNull();
    expect(finished(new Set(['https://other.example.com'])).get('access-control-allow-origin')).toBeNull();
    expect(finished(new Set([origin])).get('access-control-allow-origin')).toBe(origin);
    expect(finished('any').get('access-control-allow-origin')).toBe('*');
    expect(finished(new Set([origin]), {}).get('access-control-allow-origin')).toBeNull();
  });

  it('is kept apart by origin in a cache on its way', () => {
    expect(finished(new Set([origin]), {}).get('vary')).toBe('Origin');
    expect(finished(new Set()).get('vary')).toBeNull();
  });

  it('lets a page of a named origin read every header that Weir sets', () => {
    const exposed = finished(new Set([origin]))
      .get('access-control-expose-headers')
      ?.split(', ');
    expect(exposed).toEqual([...responseHeaderNames]);
    expect(exposed).toEqual(
      expect.arrayContaining(['x-gateway-cost-usd', 'x-ratelimit-reset-tokens', 'x-should-retry']),
    );
  });
});

describe('a browser that asks before it sends', () => {
  const asks = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,x-gateway-user',
  };

  it('may send what it asked for, if its origin is named', () => {
    const response = preflight(from(asks, 'OPTIONS'), new Set([origin]));
    expect(response?.status).toBe(204);
    expect(response?.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response?.headers.get('access-control-allow-headers')).toBe('authorization,x-gateway-user');
    expect(response?.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('is not answered otherwise', () => {
    expect(preflight(from(asks, 'OPTIONS'), new Set())).toBeUndefined();
    expect(preflight(from(asks, 'OPTIONS'), new Set(['https://other.example.com']))).toBeUndefined();
    expect(preflight(from(asks, 'POST'), new Set([origin]))).toBeUndefined();
    expect(preflight(from({ origin }, 'OPTIONS'), new Set([origin]))).toBeUndefined();
  });
});
