import { AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from 'openai';
import { describe, expect, test } from 'vitest';
import { countedFetch, failureOf, useGateway } from './sdk-stage.ts';

const gateway = useGateway();
const messages = [{ role: 'user' as const, content: '12345678' }];

describe('an error is what the SDK makes of one of OpenAI', () => {
  test('for a key that is none', async () => {
    const client = await gateway.client();
    const error = await failureOf(
      client.withOptions({ apiKey: 'weir_live_no' }).chat.completions.create({ model: 'steady', messages }),
    );
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' });
    expect(error.requestID).toMatch(/^req_/);
  });

  test('for a model that is none', async () => {
    const client = await gateway.client();
    const error = await failureOf(client.chat.completions.create({ model: 'no-such-model', messages }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect(error.message).toContain('no-such-model');
  });

  test('for a field that is wrong', async () => {
    const client = await gateway.client();
    const error = await failureOf(client.chat.completions.create({ model: 'steady', messages, max_tokens: -1 }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'max_tokens' });
  });

  test('for a provider that fails, named with its status', async () => {
    const client = await gateway.client();
    const error = await failureOf(client.chat.completions.create({ model: 'failing', messages, user: 'fails' }));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 502, code: 'provider_error' });
    expect(error.message).toContain('500');
    expect(gateway.stage().provider.tally('fails').attempts).toBeGreaterThan(1);
  });

  test("for a provider's own refusal, with the provider's own status", async () => {
    const client = await gateway.client();
    const prompt = [{ role: 'user' as const, content: 'fail:422' }];
    const error = await failureOf(client.chat.completions.create({ model: 'echo-error', messages: prompt }));
    expect(error.status).toBe(422);
  });

  test('for a stream that breaks in the middle, which never looks complete', async () => {
    const client = await gateway.client();
    const stream = await client.chat.completions.create({ model: 'cut', messages, stream: true });
    const chunks: string[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of stream) chunks.push(chunk.choices[0]?.delta.content ?? '');
    };
    const error = await failureOf(read());
    expect(chunks.join('')).toBe('weir'.repeat(8));
    expect(error.code).toBe('provider_error');
  });
});

describe('a refusal', () => {
  test('says which limit, how much of it is used and how much is needed', async () => {
    const client = await gateway.client([{ metric: 'usd', per: 'month', max: '0.000001' }]);
    const error = await failureOf(client.chat.completions.create({ model: 'steady', messages, max_tokens: 16 }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(error.error).toMatchObject({ limit: { scope: 'key', metric: 'usd', per: 'month', max: '0.000001' } });
    expect(error.error).toHaveProperty('limit.posted', expect.stringMatching(/^0\.0/));
    expect(error.error).toHaveProperty('limit.needed', expect.stringMatching(/^0\.0/));
  });

  test('that repeating would not mend is not repeated', async () => {
    const counted = countedFetch();
    const limits = [{ metric: 'usd', per: 'total', max: '0.000001' }] as const;
    const client = await gateway.client(limits, { fetch: counted.fetch, maxRetries: 3 });
    const error = await failureOf(client.chat.completions.create({ model: 'steady', messages, max_tokens: 16 }));
    expect(error.headers?.get('x-should-retry')).toBe('false');
    expect(counted.statuses).toEqual([429]);
  });

  test('that only a call in flight stands behind is repeated by the SDK until it fits', async () => {
    const counted = countedFetch();
    const client = await gateway.client([{ metric: 'concurrency', max: 1 }], { fetch: counted.fetch, maxRetries: 5 });
    const answers = await Promise.all([
      client.chat.completions.create({ model: 'slow', messages }),
      client.chat.completions.create({ model: 'slow', messages }),
    ]);
    expect(answers.map((answer) => answer.choices.length)).toEqual([1, 1]);
    expect(counted.statuses.filter((status) => status === 200)).toHaveLength(2);
    expect(counted.statuses).toContain(429);
  });

  test('for a window that is full says when to come back', async () => {
    const client = await gateway.client([{ metric: 'requests', per: '30s', max: 1 }]);
    await client.chat.completions.create({ model: 'steady', messages });
    const error = await failureOf(client.chat.completions.create({ model: 'steady', messages }));
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(error.headers?.get('x-should-retry')).toBe('true');
    const retryAfterMs = Number(error.headers?.get('retry-after-ms'));
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThan(32_000);
    expect(Number(error.headers?.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1000));
  });
});

test('a failure that passes is mended by Weir before the client sees it', async () => {
  const counted = countedFetch();
  const client = await gateway.client(undefined, { fetch: counted.fetch, maxRetries: 3 });
  const calls: number[] = [];
  for (let call = 0; call < 4; call++) {
    const { response } = await client.chat.completions.create({ model: 'failing-once', messages }).withResponse();
    calls.push(Number(response.headers.get('x-gateway-attempts')));
  }
  expect(counted.statuses).toEqual([200, 200, 200, 200]);
  expect(Math.max(...calls)).toBe(2);
});
