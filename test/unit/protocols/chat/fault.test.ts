import { describe, expect, test } from 'vitest';
import { decodeFault, faultOfBody } from '../../../../src/protocols/chat/fault.ts';
import { verdictOf } from '../../../../src/core/breaker/outcome.ts';
import { faultFixtures } from '../../providers/fixtures/faults.ts';

describe('the error of a provider', () => {
  test.each(faultFixtures)('$provider: $what', ({ body, fault }) => {
    expect(faultOfBody(JSON.stringify(body))).toEqual(fault);
  });

  test('in words only is its message', () => {
    expect(faultOfBody(' upstream is down \n')).toEqual({ message: 'upstream is down' });
    expect(faultOfBody('"upstream is down"')).toEqual({ message: 'upstream is down' });
  });

  test.each(['', '  ', '<html>Bad gateway</html>', 'null', '[]', '{}', '{"message":3}'])('%j says nothing', (text) => {
    expect(faultOfBody(text)).toEqual({});
  });

  test('of somebody with numbers of their own is not read as one of Z.ai', () => {
    expect(decodeFault({ error: { code: '1113', type: 'other', message: 'm' } })).toEqual({
      code: '1113',
      type: 'other',
      message: 'm',
    });
  });

  test('is no longer than can be read, whatever the provider behind OpenRouter said', () => {
    const raw = 'x'.repeat(100_000);
    const fault = decodeFault({ error: { message: 'Provider returned error', metadata: { raw } } });
    expect(fault?.message?.length).toBeLessThan(600);
  });

  test.each([
    { choices: [], usage: { cost: 1 } },
    { error: null, choices: [] },
    { success: true, errors: [] },
    { object: 'chat.completion' },
    [],
    null,
    'error',
  ])('is not in %j', (answer) => {
    expect(decodeFault(answer)).toBeUndefined();
  });
});

describe('what follows for the credential', () => {
  const verdictOn = (provider: string, what: string) => {
    const { status, fault } = faultFixtures.find((each) => each.provider === provider && each.what === what) ?? {
      status: 0,
      fault: {},
    };
    const codes = [fault.code, fault.type].filter((code) => code !== undefined);
    return verdictOf({ kind: 'answered', status, codes, message: fault.message ?? '' });
  };

  test.each([
    { provider: 'zai', what: 'an empty account, called a rate limit', reason: 'out-of-credit' },
    { provider: 'deepseek', what: 'an empty account', reason: 'out-of-credit' },
    { provider: 'workers-ai', what: 'a free allocation that is used up', reason: 'out-of-credit' },
    { provider: 'xai', what: 'a wrong key, called an invalid argument', reason: 'unauthorized' },
    { provider: 'cloudflare-ai-gateway', what: 'no token for the gateway', reason: 'unauthorized' },
    { provider: 'openrouter', what: 'calls that fill what may be spent at once', reason: 'rate-limited' },
    { provider: 'mistral', what: 'a rate limit, at the top level', reason: 'rate-limited' },
    { provider: 'zai', what: 'too many at once', reason: 'rate-limited' },
  ])('$provider, $what: it is $reason', ({ provider, what, reason }) => {
    expect(verdictOn(provider, what)).toMatchObject({ outcome: 'neutral', credential: { reason } });
  });

  test.each([
    { provider: 'openai', what: 'a field with a wrong value' },
    { provider: 'google', what: 'an unknown field, in a list' },
    { provider: 'workers-ai', what: 'an unknown model, by its REST API' },
  ])('$provider, $what: nothing', ({ provider, what }) => {
    expect(verdictOn(provider, what)).toEqual({ outcome: 'success' });
  });
});
