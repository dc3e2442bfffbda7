import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { optionalTimesOver } from '../../../src/gateway/bound/bound-of-call.ts';
import { searchesDefault } from '../../../src/gateway/bound/provider-tools.ts';
import { newKey } from '../../support/gateway.ts';
import { Gate, failure, replaceFetch } from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import {
  askResponses,
  codex,
  contextTokens,
  cost,
  header,
  keyWith,
  response,
  searchItem,
  sse,
  stage,
  standing,
  toTheFullResponse,
} from '../../support/gateway-searches.ts';

beforeEach(() => {
  replaceFetch();
  skipRetryWaits();
});
afterEach(() => void vi.restoreAllMocks());

describe('an agent that offers a search with every call', () => {
  test('has it, with a maximum that is told, and pays what was used', async () => {
    const fake = await stage('responses');
    const used = { input: 42_000, output: 30, searches: 3 };
    fake.says(() => Response.json(response(used)));
    const key = await keyWith('5');
    const answer = await askResponses(key);
    expect(answer.status).toBe(200);
    expect([header(answer, 'search-cap'), header(answer, 'dropped')]).toEqual([String(searchesDefault), null]);
    expect(fake.calls[0]?.json).toMatchObject({ tools: codex.tools, max_tool_calls: searchesDefault });
    expect(await standing(key)).toEqual({ posted: cost(used), held: 0, breaches: 0 });
  });

  test.each([
    ['5', searchesDefault],
    ['1', 2],
    ['0.5', 1],
  ])(
    'with $%s has as many as leave room for other calls, and none of them is ever above what was held',
    async (usd, uses) => {
      const fake = await stage('responses');
      fake.says(toTheFullResponse);
      const key = await keyWith(usd);
      const answer = await askResponses(key, { max_output_tokens: 400 });
      expect(header(answer, 'search-cap')).toBe(String(uses));
      const { posted, ...rest } = await standing(key);
      expect(rest).toEqual({ held: 0, breaches: 0 });
      expect(posted).toBe(cost({ input: 50 + uses * contextTokens, output: 400, searches: uses }));
      expect(posted * optionalTimesOver).toBeLessThanOrEqual(Number(usd) * 1e9);
    },
  );

  test('goes without where none would fit, and is told', async () => {
    const fake = await stage('responses');
    fake.says(() => Response.json(response({ input: 50, output: 3, searches: 0 })));
    const key = await keyWith('0.3');
    const answer = await askResponses(key);
    expect(answer.status).toBe(200);
    expect([header(answer, 'search-cap'), header(answer, 'dropped')]).toEqual([null, 'tools.web_search']);
    expect(fake.calls[0]?.json['tools']).toEqual(codex.tools.slice(0, 2));
    expect(fake.calls[0]?.json).not.toHaveProperty('max_tool_calls');
    expect(await standing(key)).toEqual({ posted: cost({ input: 50, output: 3, searches: 0 }), held: 0, breaches: 0 });
  });

  test('and calls in parallel has them all served', async () => {
    const fake = await stage('responses');
    const gate = new Gate();
    const used = { input: 50, output: 3, searches: 1 };
    fake.says(gate.before(() => Response.json(response(used))));
    const key = await keyWith('2');
    const calls = [1, 2, 3, 4, 5].map(async () => askResponses(key, { max_output_tokens: 400 }));
    await vi.waitFor(() => expect(fake.arrivals).toBe(5), { timeout: 20_000 });
    gate.open();
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const caps = answers.map((answer) => header(answer, 'search-cap') ?? header(answer, 'dropped'));
    expect(caps[0]).toBe('4');
    expect((await standing(key)).posted).toBe(5 * cost(used));
  });

  test('goes on after a search, with what was looked for in its conversation', async () => {
    const fake = await stage('responses');
    fake.says(() => Response.json(response({ input: 50, output: 3, searches: 0 })));
    const key = await keyWith('5');
    const answer = await askResponses(key, { input: [...codex.input, searchItem] });
    expect(answer.status).toBe(200);
    expect(fake.calls[0]?.json['input']).toEqual([...codex.input, searchItem]);
  });

  test('has a stream of it charged by its end', async () => {
    const fake = await stage('responses');
    const used = { input: 42_000, output: 30, searches: 3 };
    const whole = response(used);
    fake.says(
      sse([
        { type: 'response.created', response: { ...whole, status: 'in_progress', output: [], usage: null } },
        { type: 'response.output_item.done', output_index: 0, item: searchItem },
        { type: 'response.completed', response: whole },
      ]),
    );
    const key = await keyWith('5');
    const answer = await askResponses(key, { stream: true });
    expect(answer.text).toContain('response.completed');
    expect(header(answer, 'search-cap')).toBe(String(searchesDefault));
    expect(await standing(key)).toEqual({ posted: cost(used), held: 0, breaches: 0 });
  });

  test('is tried again after a failure that may have been charged, where as much fits once more', async () => {
    const fake = await stage('responses');
    fake.says(failure(500), toTheFullResponse);
    const key = await keyWith('1');
    const answer = await askResponses(key, { max_output_tokens: 400 });
    expect(answer.status).toBe(200);
    expect([header(answer, 'attempts'), header(answer, 'search-cap')]).toEqual(['2', '2']);
    const { posted, ...rest } = await standing(key);
    expect(rest).toEqual({ held: 0, breaches: 0 });
    expect(posted).toBeGreaterThan(2 * 2 * contextTokens * 1000);
    expect(posted).toBeLessThanOrEqual(1e9);
  });

  test('and names a maximum keeps it, and is told of none', async () => {
    const fake = await stage('responses');
    const answer = await askResponses(await keyWith('5'), { max_tool_calls: 2 });
    expect(header(answer, 'search-cap')).toBeNull();
    expect(fake.calls[0]?.json['max_tool_calls']).toBe(2);
  });

  test('with nothing limited is the provider’s to serve, as it came', async () => {
    const fake = await stage('responses');
    const answer = await askResponses(await newKey());
    expect(header(answer, 'search-cap')).toBeNull();
    expect(fake.calls[0]?.json).not.toHaveProperty('max_tool_calls');
  });

  test('at a provider that does not keep to its cap is charged what that says, which is a breach', async () => {
    const fake = await stage('responses');
    const used = { input: 900_000, output: 3, searches: 9 };
    fake.says(() => Response.json(response(used)));
    const key = await keyWith('5');
    await askResponses(key, { max_tool_calls: 1 });
    expect(await standing(key)).toEqual({ posted: cost(used), held: 0, breaches: 1 });
  });
});
