import { describe, expect, test } from 'vitest';
import { refusal } from '../../../src/gateway/attempt/failure.ts';
import { anthropicErrorBody, anthropicStatus } from '../../../src/http/anthropic-error.ts';
import type { ProviderFault } from '../../../src/protocols/provider-fault.ts';

const callee = { provider: { name: 'anthropic', billsFailures: false }, secrets: [] };

function errorOf(status: number, fault: ProviderFault) {
  return refusal(callee, status, fault, undefined, undefined).error;
}

describe('a provider that has too much to do', () => {
  test.each<[number, ProviderFault]>([
    [529, { type: 'overloaded_error', message: 'Overloaded', status: 529 }],
    [529, {}],
    [503, { type: 'overloaded_error', message: 'Busy.' }],
  ])('which it says with %i and %j, is overloaded for clients of Anthropic', (status, fault) => {
    const error = errorOf(status, fault);
    expect(anthropicStatus(error)).toBe(529);
    expect(anthropicErrorBody(error, 'req_1')).toMatchObject({ error: { type: 'overloaded_error' } });
  });

  test('is not one that has failed', () => {
    expect(anthropicStatus(errorOf(500, { type: 'api_error' }))).toBe(502);
    expect(anthropicStatus(errorOf(503, {}))).toBe(502);
  });

  test('has failed for clients of OpenAI, which know no such status', () => {
    expect(errorOf(529, {}).status).toBe(502);
  });
});
