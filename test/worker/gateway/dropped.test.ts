import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Answer, chat, errorOf, newKey, send } from '../../support/gateway.ts';
import { FakeProvider, failure, model, putCatalog, replaceFetch, servedBy } from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

beforeEach(() => {
  replaceFetch();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const body = { model: 'served', max_completion_tokens: 20 };
const extras = { provider: { sort: 'price' }, route: 'fallback' };

function dropped({ headers }: Pick<Answer, 'headers'>): string | null {
  return headers.get('x-gateway-dropped');
}

describe('what of a request its target was not sent is told', () => {
  test('on an answer', async () => {
    const answer = await chat(await newKey(), { model: 'echo', max_tokens: 9, ...extras });
    expect(answer.status).toBe(200);
    expect(dropped(answer)).toBe('provider, route');
  });

  test('on a failure, of the target that was tried last', async () => {
    skipRetryWaits();
    const first = new FakeProvider().says(failure(500));
    const last = new FakeProvider().says(failure(400));
    const providers = { [first.name]: first.entry({ quirks: { drop: ['seed'] } }), [last.name]: last.entry() };
    await putCatalog({ served: model(first, last) }, providers);
    const key = await newKey();
    const failed = await chat(key, { ...body, ...extras, seed: 1 });
    expect(failed.status).toBe(400);
    expect(dropped(failed)).toBe('provider, route');
    first.says(failure(400));
    expect(dropped(await chat(key, { ...body, ...extras, seed: 1 }))).toBe('provider, route, seed');
  });

  test('on a refusal of a limit, and of what has no bound, before anybody was asked', async () => {
    const [fake] = await servedBy(1);
    const key = await newKey({
      limits: [
        { metric: 'requests', per: 'day', max: 1 },
        { metric: 'usd', per: 'month', max: '1' },
      ],
    });
    await chat(key, body);
    const refused = await chat(key, { ...body, ...extras });
    expect(refused.status).toBe(429);
    expect(dropped(refused)).toBe('provider, route');
    const unbounded = await chat(key, { ...body, ...extras, web_search_options: {} });
    expect(errorOf(unbounded)).toMatchObject({ code: 'unbounded_cost' });
    expect(dropped(unbounded)).toBe('provider, route');
    expect(fake?.calls).toHaveLength(1);
  });

  test('on a count of tokens', async () => {
    const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
    const counting = { model: 'echo', messages: [{ role: 'user', content: 'Hello' }], tools };
    const path = '/v1/messages/count_tokens';
    const answer = await send((await newKey()).key, { method: 'POST', path, body: counting });
    expect(answer.status).toBe(200);
    expect(dropped(answer)).toBe('tools.web_search_20250305');
  });

  test('and nothing of the sort where it was sent all of it', async () => {
    const [fake] = await servedBy(1);
    const key = await newKey();
    expect(dropped(await chat(key, body))).toBeNull();
    fake?.says(failure(400));
    expect(dropped(await chat(key, body))).toBeNull();
  });
});
