import { env, exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { chat, chatSending, errorOf, hello, newKey, send } from '../../support/gateway.ts';

describe('a path that there is not', () => {
  test.each(['/v1/completions', '/v1/chat/completions/x', '/v1', '/', '/v2/chat/completions', '/v1/files'])(
    '%s is answered with what there is',
    async (path) => {
      const answer = await send((await newKey()).key, { method: 'POST', path, body: {} });
      expect(errorOf(answer)).toMatchObject({ status: 404, type: 'not_found_error', code: 'not_found' });
      for (const known of [
        'POST /v1/chat/completions',
        'GET /v1/models',
        'GET /v1/usage',
        'GET /v1/requests/{id}',
        'GET /health',
      ]) {
        expect(String(errorOf(answer)['message'])).toContain(known);
      }
    },
  );

  test('may be spelled in no way that decoding trips over', async () => {
    const { key } = await newKey();
    for (const path of ['/v1/models/%E0%A4%A', '/v1/requests/%', '/v1/%']) {
      const answer = await send(key, { path });
      expect([400, 404]).toContain(answer.status);
    }
  });
});

describe('a method that a path does not have', () => {
  test.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['OPTIONS', '/v1/chat/completions', 'POST'],
    ['POST', '/v1/models', 'GET, HEAD'],
    ['DELETE', '/v1/models/a/b', 'GET, HEAD'],
    ['POST', '/v1/usage', 'GET, HEAD'],
    ['POST', '/v1/requests/req_1', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
  ])('%s %s is told the one it has', async (method, path, allow) => {
    const answer = await send((await newKey()).key, { method, path });
    expect(errorOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(String(errorOf(answer)['message'])).not.toContain(':parameter');
  });
});

test('an id is what the path says, whatever it looks like', async () => {
  const { key } = await newKey();
  const answer = await send(key, { path: '/v1/responses/:parameter' });
  expect(errorOf(answer)).toMatchObject({ status: 404, message: expect.stringContaining(':parameter') });
});

describe('an endpoint', () => {
  test('is there without /v1 too, for clients whose base URL lacks it', async () => {
    const { key } = await newKey();
    const { body } = chatSending();
    expect((await send(key, { method: 'POST', path: '/chat/completions', body })).json['object']).toBe(
      'chat.completion',
    );
    const message = { ...(body as object), max_tokens: 9 };
    expect((await send(key, { method: 'POST', path: '/messages', body: message })).json['type']).toBe('message');
    expect((await send(key, { method: 'POST', path: '/messages/count_tokens', body: message })).status).toBe(200);
    expect((await send(key, { path: '/models' })).json['object']).toBe('list');
    expect((await send(key, { path: '/models/echo' })).json['id']).toBe('echo');
    expect((await send(key, { path: '/usage' })).json['object']).toBe('usage');
  });

  test('without /v1 has the errors of its protocol, and counts for the same limits', async () => {
    const { key } = await newKey({ limits: [{ metric: 'requests', per: 'minute', max: 1, endpoint: 'messages' }] });
    const sending = { method: 'POST', body: { model: 'echo', max_tokens: 9, messages: hello } };
    expect((await send(key, { ...sending, path: '/v1/messages' })).status).toBe(200);
    const refused = await send(key, { ...sending, path: '/messages' });
    expect(refused).toMatchObject({ status: 429, json: { type: 'error', error: { type: 'rate_limit_error' } } });
  });

  test.each(['/v1/models', '/v1/models/echo', '/v1/usage', '/health', '/models'])(
    'that has GET has HEAD: %s',
    async (path) => {
      const { key } = await newKey();
      const [got, head] = [await send(key, { path }), await send(key, { path, method: 'HEAD' })];
      expect(head).toMatchObject({ status: got.status, text: '' });
      expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
    },
  );

  test('that has GET has HEAD for admins too, and a HEAD that is refused has no body', async () => {
    const path = '/admin/users';
    expect(await send(env.ADMIN_KEY, { path, method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await send('weir_live_x', { path, method: 'HEAD' })).toMatchObject({ status: 401, text: '' });
  });
});

describe('a base URL that is wrong', () => {
  test.each([
    ['/v1/v1/chat/completions', 'https://weir.test/v1'],
    ['/openai/v1/responses', 'https://weir.test/v1'],
    ['/api/v1/models', 'https://weir.test/v1'],
    ['/openai/deployments/gpt/chat/completions?api-version=2024-10-21', "as 'model'"],
    ['/v1/chat/completions/chat/completions', 'https://weir.test/v1'],
  ])('is told the one to use: %s', async (path, named) => {
    const answer = await send((await newKey()).key, { method: 'POST', path, body: {} });
    expect(errorOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
    expect(errorOf(answer)['message']).toContain(named);
  });

  test("is told so in the words of Anthropic's clients where one of those asks", async () => {
    const answer = await send((await newKey()).key, { method: 'POST', path: '/v1/v1/messages', body: {} });
    const message = expect.stringContaining("Set the client's base URL to https://weir.test or,");
    expect(answer).toMatchObject({ status: 404, json: { type: 'error', error: { type: 'not_found_error', message } } });
  });
});

describe('a page in a browser', () => {
  const page = { origin: 'https://app.example.com' };
  const open = { ...env, CORS_ORIGINS: page.origin };

  test('may read nothing unless it is named', async () => {
    const answer = await chat(await newKey(), {}, { headers: page });
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });

  test('that is named may read every header there is, on answers and on errors', async () => {
    const key = await newKey({
      limits: [
        { metric: 'usd', per: 'month', max: '1' },
        { metric: 'requests', per: 'minute', max: 1 },
      ],
    });
    const answers = [
      await chat(key, {}, { headers: page, env: open }),
      await chat(key, {}, { headers: page, env: open }),
      await send(key.key, {
        method: 'POST',
        path: '/v1/messages',
        body: { model: 'echo', max_tokens: 9, messages: hello },
        headers: page,
        env: open,
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429]);
    expect(answers[2]?.headers.has('anthropic-ratelimit-requests-limit')).toBe(true);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(page.origin);
      const exposed = new Set(headers.get('access-control-expose-headers')?.split(', '));
      const ours = [...headers.keys()].filter((name) =>
        /^(x-gateway|x-ratelimit|anthropic-ratelimit|x-request|x-cfx|request-id|retry-after|x-should)/.test(name),
      );
      expect(ours.length).toBeGreaterThan(5);
      expect(ours.filter((name) => !exposed.has(name))).toEqual([]);
    }
  });

  test('that is named may ask before it sends', async () => {
    const headers = {
      ...page,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    const answer = await send(undefined, { method: 'OPTIONS', path: '/v1/chat/completions', headers, env: open });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization');
  });
});

describe('a gateway that is not set up', () => {
  test.each(['ADMIN_KEY', 'KEY_SECRET'])(
    'without %s says which secret is missing, and never its value',
    async (name) => {
      const { [name]: _, ...rest } = { ...env } as Record<string, unknown>;
      // Without one of its variables, it is not the environment that the type promises.
      const answer = await send('weir_live_x', { ...chatSending(), env: rest as unknown as typeof env });
      expect(errorOf(answer)).toMatchObject({
        status: 500,
        code: 'configuration_error',
        message: expect.stringContaining(name),
      });
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    },
  );
});

test('over the network, a call is answered as it is in these tests', async () => {
  const { key } = await newKey();
  const { method, body } = chatSending({ stream: true });
  const response = await exports.default.fetch('https://weir.test/v1/chat/completions', {
    method: method ?? 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
});
