import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Json, errorOf, send } from '../../support/gateway.ts';
import { replaceFetch } from '../../support/gateway-provider.ts';
import {
  askMessages,
  claudeCode,
  contextNanoUsd,
  contextTokens,
  cost,
  header,
  keyWith,
  message,
  searchNanoUsd,
  sse,
  stage,
  standing,
  toTheFullMessage,
} from '../../support/gateway-searches.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

describe('a call that is made for a search', () => {
  test('has it where its worst case fits, and pays what was used', async () => {
    const fake = await stage('messages');
    const used = { input: 31_000, output: 60, searches: 2 };
    fake.says(() => Response.json(message(used)));
    const key = await keyWith('2');
    const answer = await askMessages(key);
    expect(answer.status).toBe(200);
    expect([header(answer, 'search-cap'), header(answer, 'dropped')]).toEqual([null, null]);
    expect(fake.calls[0]?.json).toMatchObject({ tools: claudeCode.tools, tool_choice: claudeCode.tool_choice });
    expect(await standing(key)).toEqual({ posted: cost(used), held: 0, breaches: 0 });
  });

  test('is never above what was held, whatever its provider does within its cap', async () => {
    const fake = await stage('messages');
    fake.says(toTheFullMessage);
    const key = await keyWith('2');
    await askMessages(key);
    const { posted, ...rest } = await standing(key);
    expect(posted).toBe(cost({ input: 50 + 9 * contextTokens, output: 4000, searches: 8 }));
    expect(rest).toEqual({ held: 0, breaches: 0 });
  });

  test('may search less often where so much does not fit, and is told', async () => {
    const fake = await stage('messages');
    fake.says(toTheFullMessage);
    const outputNanoUsd = 10 * 400 * 2000;
    const promptNanoUsd = 2_000_000;
    const usd = (9 * contextNanoUsd + outputNanoUsd + promptNanoUsd + 3 * searchNanoUsd) / 1e9;
    const key = await keyWith(String(usd));
    const answer = await askMessages(key);
    expect(header(answer, 'search-cap')).toBe('3');
    expect(fake.calls[0]?.json['tools']).toEqual([{ ...claudeCode.tools[0], max_uses: 3 }]);
    expect(await standing(key)).toMatchObject({ held: 0, breaches: 0 });
  });

  test('is refused where not even one fits, with what it would need', async () => {
    const fake = await stage('messages');
    fake.says(() => Response.json({ input_tokens: 2000 }));
    const answer = await askMessages(await keyWith('0.5'));
    expect(errorOf(answer)).toMatchObject({
      status: 429,
      details: { error_code: 'insufficient_quota', limit: { metric: 'usd', max: '0.50' } },
    });
    // It was only asked how large the call is.
    expect(fake.calls.map(({ url }) => url.pathname)).toEqual(['/v1/messages/count_tokens']);
  });

  test('may search no less where its client is strict', async () => {
    const fake = await stage('messages');
    fake.says(toTheFullMessage);
    const strict = { 'x-gateway-budget': 'strict' };
    const sent = { method: 'POST', path: '/v1/messages', body: claudeCode, headers: strict };
    expect((await send((await keyWith('0.95')).key, sent)).status).toBe(429);
    expect((await send((await keyWith('1.1')).key, sent)).status).toBe(200);
  });

  const begun = { ...message({ input: 900, output: 1, searches: 0 }), content: [], stop_reason: null };
  const called = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
  const events: readonly Json[] = [
    { type: 'message_start', message: begun },
    { type: 'content_block_start', index: 0, content_block: called },
    { type: 'content_block_stop', index: 0 },
  ];

  test('has a stream of it charged by its end, and not by its beginning', async () => {
    const fake = await stage('messages');
    const used = { input: 31_000, output: 60, searches: 2 };
    const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: message(used)['usage'] };
    fake.says(sse([...events, end, { type: 'message_stop' }]));
    const key = await keyWith('2');
    await askMessages(key, { stream: true });
    expect(await standing(key)).toEqual({ posted: cost(used), held: 0, breaches: 0 });
  });

  test('that breaks off is charged all that may have been found by then, within its hold', async () => {
    const fake = await stage('messages');
    fake.says(sse(events));
    const key = await keyWith('2');
    await askMessages(key, { stream: true });
    const { posted, ...rest } = await standing(key);
    expect(rest).toEqual({ held: 0, breaches: 0 });
    expect(posted).toBeGreaterThanOrEqual(9 * contextNanoUsd + 8 * searchNanoUsd);
    expect(posted).toBeLessThan(2e9);
  });
});
