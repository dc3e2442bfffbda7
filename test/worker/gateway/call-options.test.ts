import { describe, expect, test } from 'vitest';
import {
  headerValueBytesMax,
  metadataPairsMax,
  metadataValueBytesMax,
  timeoutMsMax,
  timeoutMsMin,
} from '../../../src/limits.ts';
import { type Answer, chat, errorOf, newKey, send } from '../../support/gateway.ts';

const pairs = (count: number, value = 'v'): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, value])));

async function asked(
  name: string,
  value: string,
  body = {},
): Promise<{ answer: Answer; record: Record<string, unknown> }> {
  const key = await newKey();
  const answer = await chat(key, body, { headers: { [name]: value } });
  const record = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
  return { answer, record: record.json };
}

describe('what a client asks of the gateway in a header', () => {
  test.each([
    ['x-gateway-fallback', 'next'],
    ['x-gateway-fallback', 'fail'],
    ['x-gateway-budget', 'clamp'],
    ['x-gateway-budget', 'strict'],
    ['x-gateway-provider', 'echo'],
    ['x-gateway-timeout-ms', String(timeoutMsMin)],
    ['x-gateway-timeout-ms', String(timeoutMsMax)],
    ['x-gateway-metadata', pairs(metadataPairsMax)],
    ['x-gateway-metadata', pairs(1, 'x'.repeat(metadataValueBytesMax))],
    ['x-gateway-metadata', '{}'],
    ['x-gateway-user', 'u'.repeat(headerValueBytesMax)],
    ['x-gateway-user', ''],
  ])('%s: %.40s is taken', async (name, value) => {
    expect((await asked(name, value)).answer.status).toBe(200);
  });

  test.each([
    ['x-gateway-fallback', 'maybe'],
    ['x-gateway-budget', 'lots'],
    ['x-gateway-timeout-ms', String(timeoutMsMin - 1)],
    ['x-gateway-timeout-ms', String(timeoutMsMax + 1)],
    ['x-gateway-timeout-ms', '10s'],
    ['x-gateway-timeout-ms', '1e4'],
    ['x-gateway-metadata', pairs(metadataPairsMax + 1)],
    ['x-gateway-metadata', pairs(1, 'x'.repeat(metadataValueBytesMax + 1))],
    ['x-gateway-metadata', '{"a":1}'],
    ['x-gateway-metadata', '["a"]'],
    ['x-gateway-metadata', 'team=a'],
    ['x-gateway-user', 'u'.repeat(headerValueBytesMax + 1)],
  ])('%s: %.40s is refused, and the header named', async (name, value) => {
    expect(errorOf((await asked(name, value)).answer)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: name,
    });
  });

  test('is found with the record of the call', async () => {
    expect((await asked('x-gateway-metadata', '{"team":"a"}')).record).toMatchObject({ metadata: { team: 'a' } });
    expect((await asked('x-gateway-user', ' ada ')).record).toMatchObject({ user: 'ada' });
    expect((await asked('x-gateway-user', '', { user: 'eve' })).record).toMatchObject({ user: 'eve' });
    expect((await asked('x-gateway-user', 'ada', { safety_identifier: 's', user: 'eve' })).record).toMatchObject({
      user: 'ada',
    });
    expect((await asked('x-other', '', { safety_identifier: 's', user: 'eve' })).record).toMatchObject({ user: 's' });
    expect((await asked('x-other', '', { metadata: { user_id: 'm' } })).record).toMatchObject({ user: 'm' });
  });
});
