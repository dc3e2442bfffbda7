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
    ['cf-aig-metadata', pairs(metadataPairsMax)],
    ['cf-aig-metadata', '{"team":7,"isPaid":true}'],
    ['x-gateway-session', 's'.repeat(headerValueBytesMax)],
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
    ['x-gateway-session', 's'.repeat(headerValueBytesMax + 1)],
    ['cf-aig-metadata', pairs(metadataPairsMax + 1)],
    ['cf-aig-metadata', '{"a":{}}'],
    ['cf-aig-metadata', '[1]'],
  ])('%s: %.40s is refused, and the header named', async (name, value) => {
    expect(errorOf((await asked(name, value)).answer)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: name,
    });
  });

  test('is found with the record of the call', async () => {
    expect((await asked('x-gateway-metadata', '{"team":"a"}')).record).toMatchObject({ metadata: { team: 'a' } });
    expect((await asked('cf-aig-metadata', '{"team":7}')).record).toMatchObject({ metadata: { team: '7' } });
    expect((await asked('x-gateway-session', 'run-1')).record).toMatchObject({ session: 'run-1' });
    expect((await asked('x-gateway-user', ' ada ')).record).toMatchObject({ user: 'ada' });
    expect((await asked('x-gateway-user', '', { user: 'eve' })).record).toMatchObject({ user: 'eve' });
    expect((await asked('x-gateway-user', 'ada', { safety_identifier: 's', user: 'eve' })).record).toMatchObject({
      user: 'ada',
    });
    expect((await asked('x-other', '', { safety_identifier: 's', user: 'eve' })).record).toMatchObject({ user: 's' });
    expect((await asked('x-other', '', { metadata: { user_id: 'm' } })).record).toMatchObject({ user: 'm' });
  });
});

describe("what Claude Code says in the one field that it has, and what a client says in a body's metadata", () => {
  const device = 'a1'.repeat(32);
  const account = '5b0c1c4e-6c2c-4a57-9f0a-7a3b9d2e1f00';
  const session = 'c31ac7cf-56a7-4c0a-b363-2b726377687d';

  test.each([
    [`user_${device}_account_${account}_session_${session}`, account, session],
    [`user_${device}_account__session_${session}`, device, session],
    [JSON.stringify({ device_id: device, account_uuid: account, session_id: session }), account, session],
    [JSON.stringify({ device_id: device, account_uuid: '', session_id: session }), device, session],
    ['user_1', 'user_1', null],
    ['{"name":"ada"}', '{"name":"ada"}', null],
    ['{not JSON', '{not JSON', null],
  ])('%s is told apart into end user and session', async (user_id, user, told) => {
    const { record } = await asked('x-other', '', { metadata: { user_id } });
    expect(record).toMatchObject({ user, session: told, metadata: {} });
  });

  test('gives way to what the headers say', async () => {
    const user_id = `user_${device}_account__session_${session}`;
    const { record } = await asked('x-gateway-session', 'run-1', { metadata: { user_id }, user: 'ada' });
    expect(record).toMatchObject({ user: 'ada', session: 'run-1' });
  });

  test('is noted beside what the headers say, up to the room that there is', async () => {
    const key = await newKey();
    const own = Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`own${n}`, 'x']));
    const headers = { 'x-gateway-metadata': JSON.stringify(own), 'cf-aig-metadata': '{"own0":"cf","cf":"y"}' };
    const metadata = {
      cf: 'body',
      seats: 3,
      nested: {},
      team: 'z'.repeat(metadataValueBytesMax + 1),
      later: 'no room',
    };
    const answer = await chat(key, { metadata }, { headers });
    const record = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
    expect(record.json['metadata']).toEqual({ ...own, cf: 'y', seats: '3' });
    const long = await asked('x-other', '', { metadata: { team: 'z'.repeat(metadataValueBytesMax + 1) } });
    expect(long.record).toMatchObject({ metadata: { team: 'z'.repeat(metadataValueBytesMax) } });
  });
});
