import Anthropic, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import type { LimitSetting } from '../load/admin-client.ts';
import { modelsAsked } from './ai-sdk-clients.ts';
import { accountsOf, exactly } from './fakes-bill.ts';
import { slowly, useProviders } from './provider-stage.ts';
import { countedFetch } from './sdk-stage.ts';

// So many failures end in a row here that no call would be let through to where they were.
const breaker = { failuresInARow: 50 };
const gateway = useProviders({ providers: { anthropic: { breaker }, openai: { breaker }, zai: { breaker } } });
const max_tokens = 2000;
const said = (content: string): Anthropic.MessageParam[] => [{ role: 'user', content }];
/** One that is passed through, and one that is translated. */
const models = [modelsAsked.anthropic, modelsAsked.openai, modelsAsked.zai];

async function newClient(limits?: readonly LimitSetting[], options = {}): Promise<Anthropic> {
  const apiKey = await gateway.key(limits);
  return new Anthropic({ apiKey, baseURL: gateway.stage().url.origin, maxRetries: 0, ...options });
}

async function failureOf(call: Promise<unknown>): Promise<APIError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof APIError)) throw new Error(`it was to fail with an APIError, not ${String(error)}`);
  return error;
}

async function record(client: Anthropic, id: string): Promise<Record<string, unknown>> {
  const url = new URL(`/v1/requests/${id}`, gateway.stage().url);
  const answer = await fetch(url, { headers: { 'x-api-key': client.apiKey ?? '' } });
  // A record is a JSON object.
  return answer.ok ? ((await answer.json()) as Record<string, unknown>) : {};
}

const heldUsd = async ({ apiKey }: Anthropic) =>
  Number((await gateway.stage().admin.usage(apiKey ?? '')).limits.find(({ metric }) => metric === 'usd')?.held);

describe('an error is what the SDK makes of one of Anthropic', () => {
  test('for a key that is none', async () => {
    const client = (await newClient()).withOptions({ apiKey: 'weir_live_no' });
    const error = await failureOf(client.messages.create({ model: 'echo', max_tokens, messages: said('x') }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, type: 'authentication_error' });
    expect(error.requestID).toMatch(/^req_/);
  });

  test('for a model that is none', async () => {
    const client = await newClient();
    const error = await failureOf(client.messages.create({ model: 'claude-1', max_tokens, messages: said('x') }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, type: 'not_found_error' });
    expect(error.message).toContain('claude-1');
  });

  test.each(models)('for a field that is wrong, of %s', async (model) => {
    const client = await newClient();
    const error = await failureOf(client.messages.create({ model, max_tokens: 0, messages: said('x') }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' });
    expect(error.message).toContain('max_tokens');
  });

  test.each(models)('for a refusal of its provider, of %s', async (model) => {
    const client = await newClient();
    const call = client.messages.create(
      { model, max_tokens, messages: said('fail:422') },
      { headers: { 'x-gateway-fallback': 'fail' } },
    );
    const error = await failureOf(call);
    expect(error).toMatchObject({ status: 422, type: 'invalid_request_error' });
    expect(error.message).toContain('asked to fail with 422');
  });

  test.each(models)('for a provider that fails, named with its status, of %s', async (model) => {
    const client = await newClient();
    const call = client.messages.create(
      { model, max_tokens, messages: said('fail:500') },
      { headers: { 'x-gateway-fallback': 'fail' } },
    );
    const error = await failureOf(call);
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 502, type: 'api_error' });
    expect(error.message).toContain('500');
  });

  test.each(models)('for a stream that fails in the middle, which never looks complete, of %s', async (model) => {
    const client = await newClient();
    const stream = client.messages.stream({ model, max_tokens, messages: said('fail-stream:529 after a while') });
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const error = await failureOf(stream.finalMessage());
    expect(error.error).toMatchObject({ type: 'error', error: { message: expect.stringMatching(/./) } });
    expect(error.type).toMatch(/^(overloaded_error|api_error)$/);
    expect(stream.currentMessage?.stop_reason ?? null).toBeNull();
    await expect.poll(() => heldUsd(client), { timeout: 5000 }).toBe(0);
  });
});

describe('a limit that is reached', () => {
  const ask = (client: Anthropic) =>
    client.messages.create({ model: 'echo', max_tokens: 50, messages: said('12345678') });

  test('says which, how much of it is used, and when to come back', async () => {
    const client = await newClient([{ metric: 'requests', per: '30s', max: 1 }]);
    await ask(client);
    const error = await failureOf(ask(client));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error' });
    expect(error.error).toMatchObject({
      error: { details: { error_code: 'rate_limit_exceeded', limit: { metric: 'requests', posted: 1, max: 1 } } },
    });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(error.headers?.get('retry-after'))).toBeLessThanOrEqual(32);
    expect(error.headers?.get('x-should-retry')).toBe('true');
  });

  test('that repeating would not mend is not repeated', async () => {
    const counted = countedFetch();
    const limits = [{ metric: 'usd', per: 'total', max: '0.000001' }] as const;
    const client = await newClient(limits, { fetch: counted.fetch, maxRetries: 3 });
    const error = await failureOf(ask(client));
    expect(error.error).toMatchObject({ error: { details: { error_code: 'insufficient_quota' } } });
    expect(counted.statuses).toEqual([429]);
  });

  test('by calls in flight alone is waited out by the SDK', async () => {
    const counted = countedFetch();
    const client = await newClient([{ metric: 'concurrency', max: 1 }], { fetch: counted.fetch, maxRetries: 6 });
    const messages = said('one two');
    const answers = await Promise.all(
      [0, 1].map(() => client.messages.create({ model: 'echo-slow', max_tokens: 50, messages })),
    );
    expect(answers.map(({ stop_reason }) => stop_reason)).toEqual(['end_turn', 'end_turn']);
    expect(counted.statuses).toContain(429);
  });
});

describe('a stream that its client aborts', () => {
  const prompt = `${slowly} say exactly: ${'word '.repeat(100)}`;

  test.each(models)('is charged and settled, of %s', async (model) => {
    const client = await newClient();
    const before = gateway.stage().fakes.requests.length;
    const stream = client.messages.stream({ model, max_tokens, messages: said(prompt) });
    const { request_id: id } = await stream.withResponse();
    let texts = 0;
    stream.on('text', () => {
      texts += 1;
      if (texts === 5) stream.abort();
    });
    await expect(stream.finalMessage()).rejects.toThrow(APIUserAbortError);
    await expect.poll(() => heldUsd(client), { timeout: 20_000 }).toBe(0);
    const kept = await record(client, id ?? '');
    expect(kept).toMatchObject({ end: 'client_left', stream: true, breach: false });
    expect(Number(kept['cost_usd'])).toBeGreaterThan(0);
    expect(Number(kept['cost_usd'])).toBeLessThanOrEqual(Number(kept['held_usd']));
    // A provider that doesn't stop for it is read to its end, so that what it bills is known and charged, and no more.
    const exchanges = gateway.stage().fakes.requests.slice(before);
    if (kept['estimated'] === false) {
      expect(await accountsOf(gateway.stage(), client.apiKey ?? '', exchanges)).toEqual(exactly);
    }
  });
});
