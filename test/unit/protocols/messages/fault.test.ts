import { describe, expect, it } from 'vitest';
import { decodeAnthropicFault } from '../../../../src/protocols/messages/fault.ts';
import { overloaded, plain } from './fixtures/messages.ts';

describe('an error of Anthropic', () => {
  it('is understood with the status that its type stands for', () => {
    expect(decodeAnthropicFault(overloaded)).toEqual({ message: 'Overloaded', type: 'overloaded_error', status: 529 });
    expect(decodeAnthropicFault({ type: 'error', error: { type: 'rate_limit_error' } })).toEqual({
      type: 'rate_limit_error',
      status: 429,
    });
    expect(decodeAnthropicFault({ error: { type: 'api_error', message: 'Internal' } })?.status).toBe(500);
  });

  it('has no status where its type is new, and keeps what a gateway said beside it', () => {
    const error = { type: 'novel_error', message: 'Hm', details: { error_code: 'insufficient_quota' } };
    expect(decodeAnthropicFault({ type: 'error', error })).toEqual({
      message: 'Hm',
      type: 'novel_error',
      code: 'insufficient_quota',
    });
  });

  it('is known for one though it says nothing, and an answer is none', () => {
    expect(decodeAnthropicFault({ type: 'error' })).toEqual({});
    expect(decodeAnthropicFault({ error: 'gone' })).toEqual({ message: 'gone' });
    expect(decodeAnthropicFault(plain)).toBeUndefined();
  });
});
