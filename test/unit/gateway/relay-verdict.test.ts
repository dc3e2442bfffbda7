import { describe, expect, it } from 'vitest';
import { type StreamVerdict, judgeStream } from '../../../src/gateway/relay/verdict.ts';
import { anthropicErrorBody } from '../../../src/http/anthropic-error.ts';
import { type GatewayError, openAiErrorBody } from '../../../src/http/errors.ts';
import { responsesErrorCode } from '../../../src/protocols/responses/error.ts';
import type { ProviderFault } from '../../../src/protocols/provider-fault.ts';

function verdictOn(fault: ProviderFault, hasBegun: boolean): StreamVerdict {
  return judgeStream({
    ending: { kind: 'fault', fault },
    attempt: {
      status: 200,
      callee: { provider: { name: 'fake', billsFailures: true }, secrets: ['hunter2'] },
      upstream: {
        interruption: undefined,
        hasClientLeft: false,
        isOverdue: false,
        timeIsOver: 'The time is over.',
        chargeIfEarly: 'unknown',
      },
    },
    isComplete: false,
    hasBegun,
    isDelivered: false,
    isWithheld: false,
    isCutOff: false,
    hidesOutput: false,
  });
}

function errorOf(fault: ProviderFault): GatewayError {
  const verdict = verdictOn(fault, true);
  if (verdict.error === undefined) throw new Error('nothing was told');
  return verdict.error;
}

describe('an error in the middle of a stream', () => {
  it('keeps the code that an agent shortens its conversation at', () => {
    const error = errorOf({ code: 'context_length_exceeded', message: 'Too long for hunter2.', status: 400 });
    expect(responsesErrorCode(error)).toBe('context_length_exceeded');
    expect(openAiErrorBody(error, 'req_1')).toEqual({
      error: expect.objectContaining({
        code: 'context_length_exceeded',
        message: 'fake failed in the middle of its answer: Too long for [redacted].',
      }),
    });
  });

  it('has that code where the provider says so in words only, and those words for a client of Anthropic', () => {
    const message = 'The input token count (9) exceeds the maximum number of tokens allowed (8).';
    const error = errorOf({ message, status: 400, type: 'INVALID_ARGUMENT' });
    expect(responsesErrorCode(error)).toBe('context_length_exceeded');
    expect(openAiErrorBody(error, 'req_1')).toMatchObject({ error: { code: 'context_length_exceeded' } });
    expect(anthropicErrorBody(error, 'req_1')).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringMatching(/^prompt is too long: fake failed/) },
    });
  });

  it('is overloaded for a client of Anthropic where Anthropic is, and worth another try for one of OpenAI', () => {
    const error = errorOf({ type: 'overloaded_error', message: 'Overloaded', status: 529 });
    expect(anthropicErrorBody(error, 'req_1')).toMatchObject({ error: { type: 'overloaded_error' } });
    expect(responsesErrorCode(error)).toBe('server_error');
    expect(openAiErrorBody(error, 'req_1')).toMatchObject({ error: { code: 'provider_error' } });
  });

  it('says of a rate that it is one, in every protocol', () => {
    const error = errorOf({ code: '429', status: 429, retryAfterMs: 1500 });
    expect(error).toMatchObject({ code: 'provider_rate_limited', options: { retryAfterMs: 1500 } });
    expect(responsesErrorCode(error)).toBe('rate_limit_exceeded');
    expect(anthropicErrorBody(error, 'req_1')).toMatchObject({ error: { type: 'rate_limit_error' } });
  });

  it("never passes what the gateway's own account has run out of off as a quota of the client's", () => {
    const error = errorOf({ code: 'insufficient_quota', type: 'insufficient_quota', status: 429 });
    expect(responsesErrorCode(error)).toBe('server_error');
    expect(openAiErrorBody(error, 'req_1')).toMatchObject({ error: { code: 'provider_error', type: 'api_error' } });
  });

  it('has no code that is only a number', () => {
    expect(openAiErrorBody(errorOf({ code: '400', status: 400 }), 'req_1')).toMatchObject({
      error: { code: 'provider_error' },
    });
  });
});

describe('an error before anything was made', () => {
  it('costs nothing where it says that the call was not taken: too long, or too soon', () => {
    const refused = { end: 'provider_refused', how: 'refused' };
    expect(verdictOn({ code: 'context_length_exceeded', status: 400 }, false)).toMatchObject(refused);
    expect(verdictOn({ code: 'rate_limit_exceeded', status: 429 }, false)).toMatchObject(refused);
  });

  it('may cost anything where it says something else, or where something had been made', () => {
    const failed = { end: 'provider_failed', how: 'unknown' };
    expect(verdictOn({ code: 'server_error', status: 500 }, false)).toMatchObject(failed);
    expect(verdictOn({ code: 'content_policy_violation', status: 400 }, false)).toMatchObject(failed);
    expect(verdictOn({ code: 'context_length_exceeded', status: 400 }, true)).toMatchObject(failed);
    expect(verdictOn({ code: 'rate_limit_exceeded', status: 429 }, true)).toMatchObject(failed);
  });
});
