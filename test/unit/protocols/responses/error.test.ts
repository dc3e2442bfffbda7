import { describe, expect, test } from 'vitest';
import { type ErrorCode, type ErrorOptions, GatewayError, errorStatus } from '../../../../src/http/errors.ts';
import { failedEvent, responsesErrorCode } from '../../../../src/protocols/responses/error.ts';
import { countResponse } from '../../../../src/protocols/responses/count.ts';
import { decodeResponsesUsage, endOfResponse } from '../../../../src/protocols/responses/usage.ts';
import { OutputCount } from '../../../../src/protocols/output-count.ts';
import { eventsIn } from '../../../support/responses.ts';

function codeOf(code: ErrorCode, options: ErrorOptions = {}): string {
  return responsesErrorCode(new GatewayError(code, 'Sorry.', options));
}

describe('the code of a response that has failed', () => {
  test.each([
    ['context_length_exceeded', 'context_length_exceeded'],
    ['insufficient_quota', 'insufficient_quota'],
    ['rate_limit_exceeded', 'rate_limit_exceeded'],
    ['concurrency_limit_exceeded', 'rate_limit_exceeded'],
    ['provider_rate_limited', 'rate_limit_exceeded'],
    ['provider_unavailable', 'server_is_overloaded'],
    ['provider_error', 'server_error'],
    ['provider_timeout', 'server_error'],
    ['ledger_unavailable', 'server_error'],
    ['internal_error', 'server_error'],
    ['invalid_request', 'invalid_prompt'],
    ['unbounded_cost', 'invalid_prompt'],
    ['revoked_api_key', 'invalid_prompt'],
  ] as const)('says of %s what an agent acts on: %s', (code, told) => {
    expect(codeOf(code)).toBe(told);
  });

  test('lets an agent try again what is not its fault, and never what would be refused again', () => {
    const again = ['server_error', 'rate_limit_exceeded', 'server_is_overloaded', 'insufficient_quota'];
    // Each code is one of this list.
    for (const code of Object.keys(errorStatus) as ErrorCode[]) {
      const isClients = errorStatus[code] < 429 && !['conflict', 'idempotency_in_progress'].includes(code);
      if (isClients) expect(again, code).not.toContain(codeOf(code));
    }
    expect(codeOf('provider_unavailable', { shouldRetry: true })).toBe('server_error');
  });

  test("is the provider's own where agents know it", () => {
    expect(codeOf('provider_error', { providerCode: 'slow_down' })).toBe('slow_down');
    expect(codeOf('provider_error', { providerCode: 'E1234' })).toBe('server_error');
  });

  test('stands beside a message that says when to come back', () => {
    const told = (code: ErrorCode, retryAfterMs: number) =>
      JSON.stringify(
        eventsIn(
          failedEvent({ response: {}, sequence: 0 }, new GatewayError(code, 'Slow.', { retryAfterMs }), 'req_1'),
        ),
      );
    expect(told('rate_limit_exceeded', 1450)).toContain('"message":"Slow. Please try again in 1.5s."');
    expect(told('provider_error', 1450)).toContain('"message":"Slow."');
  });
});

describe('a response that came whole', () => {
  test.each([
    [{ status: 'completed', error: null }, { kind: 'completed' }],
    [
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      { kind: 'incomplete', reason: 'max_output_tokens' },
    ],
    [
      { status: 'failed', error: { code: 'server_error', message: 'm' } },
      { kind: 'failed', fault: { code: 'server_error', message: 'm', status: 500 } },
    ],
    [
      { status: 'failed', error: null },
      { kind: 'failed', fault: { message: 'The response was failed.' } },
    ],
    [
      { error: { message: 'm', type: 'invalid_request_error' } },
      { kind: 'failed', fault: { message: 'm', type: 'invalid_request_error', status: 400 } },
    ],
  ])('says how it has ended: %j', (response, end) => {
    expect(endOfResponse(response)).toEqual(end);
  });

  test.each([
    [{}],
    [{ usage: null }],
    [{ usage: { input_tokens: -1, output_tokens: 1 } }],
    [{ usage: { input_tokens: '1', output_tokens: 1 } }],
    [{ usage: { input_tokens: 0, output_tokens: 0 } }],
    [{ usage: { input_tokens: 1, output_tokens: 1e12 } }],
  ])('has no usage that can be believed in %j', (response) => {
    expect(decodeResponsesUsage(response)).toBeUndefined();
  });

  test('counts reasoning that a server has in its total only', () => {
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 40 };
    expect(decodeResponsesUsage({ usage })).toMatchObject({ inputTokens: 10, outputTokens: 30, cachedInputTokens: 0 });
  });

  test('is counted in all that a model wrote of it, and in nothing that it only showed', () => {
    const counted = (...output: object[]) => {
      const count = new OutputCount(1);
      countResponse(count, { output });
      return { least: count.least, most: count.most };
    };
    const said = {
      type: 'message',
      content: [
        { type: 'output_text', text: 'a b' },
        { type: 'refusal', refusal: 'c' },
      ],
    };
    expect(counted(said)).toMatchObject({ least: 3 });
    const thought = {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'x y z' }],
      encrypted_content: 'gAAA',
    };
    expect(counted(thought)).toEqual({ least: 0, most: 6 });
    expect(counted({ type: 'tool_search_call', arguments: { query: 'a' } }).most).toBeGreaterThan(0);
    expect(counted({ type: 'custom_tool_call', name: 'p', input: 'a b' })).toMatchObject({ least: 3 });
    expect(counted({ type: 'image_generation_call', result: 'A'.repeat(1000) })).toEqual({ least: 0, most: 0 });
    expect(counted({ type: 'web_search_call', action: { query: 'x' } }).most).toBeGreaterThan(0);
  });
});
