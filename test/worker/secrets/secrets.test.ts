// Sets the clock.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Json, type TestKey, inspect, newKey, send } from '../../support/gateway.ts';
import { putCatalog } from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import { homes, models, ownSecrets, plantedEnv, providers, secrets, vectors } from './planted.ts';

/**
 * Providers that quote whatever credential they were shown, in every place that there is. Nothing of it comes out: to no
 * client, log, record or admin, and to no provider but the one whose it is.
 */

interface Sent {
  readonly host: string;
  /** The URL, the headers and the body. */
  readonly text: string;
}

type Quoting = (credential: string, said: Json) => Response | Promise<Response>;

const sse = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const begun = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n';

function errorOf(credential: string, words = 'No request is wanted of'): Json {
  const text = `${words} Bearer ${credential} (${credential})`;
  return { type: 'error', error: { message: text, type: credential, code: credential, param: credential } };
}

const quotings: Readonly<Record<string, Quoting>> = {
  'in an error': (credential) => Response.json(errorOf(credential), { status: 400 }),
  'in the refusal of a key': (credential) =>
    Response.json(errorOf(credential, 'Incorrect API key provided:'), { status: 401 }),
  'in an error of its own': (credential) => Response.json(errorOf(credential), { status: 500 }),
  'in an error that says 200': (credential) => Response.json(errorOf(credential)),
  'in plain text': (credential) => new Response(`No such key: ${credential}`, { status: 404 }),
  'in the first event': (credential) => sse(`event: error\ndata: ${JSON.stringify(errorOf(credential))}\n\n`),
  'in the middle of a stream': (credential) =>
    sse(`${begun}event: error\ndata: ${JSON.stringify(errorOf(credential))}\n\n`),
  'in headers': (credential) => {
    const headers = { 'x-request-id': `req-${credential}`, 'set-cookie': credential, 'x-echo': credential };
    return Response.json(errorOf(credential), { status: 422, headers });
  },
  'in the headers of an answer': (credential, said) => {
    const headers = { 'x-request-id': credential, 'content-type': `application/json; key=${credential}` };
    return Response.json(said, { headers });
  },
  'in a redirect': (credential) =>
    new Response(null, { status: 302, headers: { location: `https://elsewhere.example.com/?key=${credential}` } }),
  'in what it throws': (credential) => Promise.reject(new TypeError(`could not send Bearer ${credential}`)),
};

const wholeAnswer: Json = {
  type: 'message',
  object: 'response',
  content: [],
  choices: [],
  output: [],
  data: [],
  status: 'completed',
};

const hello = [{ role: 'user', content: 'Hello' }];
const endpoints: readonly { readonly path: string; readonly body: Json; readonly model?: string }[] = [
  { path: '/v1/chat/completions', body: { messages: hello, max_completion_tokens: 20 } },
  { path: '/v1/chat/completions', body: { messages: hello, max_completion_tokens: 20, stream: true } },
  { path: '/v1/messages', body: { messages: hello, max_tokens: 20 } },
  { path: '/v1/messages', body: { messages: hello, max_tokens: 20, stream: true } },
  { path: '/v1/messages/count_tokens', body: { messages: hello } },
  { path: '/v1/responses', body: { input: 'Hello', max_output_tokens: 20 } },
  { path: '/v1/responses', body: { input: 'Hello', max_output_tokens: 20, stream: true } },
  { path: '/v1/embeddings', body: { input: 'Hello' }, model: 'vectors' },
];

const sent: Sent[] = [];
const logged: string[] = [];
let quoting: Quoting = () => Response.json({});
let key: TestKey;
let nowMs = Date.now();

beforeAll(async () => {
  await putCatalog({ ...models, vectors }, providers);
});

beforeEach(() => {
  skipRetryWaits();
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    const { host } = new URL(request.url);
    const shown = Object.values(secrets).find((secret) => JSON.stringify(headers).includes(secret)) ?? 'nothing';
    sent.push({ host, text: `${request.url} ${JSON.stringify(headers)} ${await request.text()}` });
    return quoting(shown, wholeAnswer);
  });
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, level).mockImplementation((...words: unknown[]) => {
      logged.push(words.map((word) => (word instanceof Error ? `${word.stack}` : String(word))).join(' '));
    });
  }
});
afterEach(() => void vi.restoreAllMocks());

/** Sends everything to everyone. Answers all that a client gets of it. */
async function barrage(): Promise<string[]> {
  key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '1000' }] });
  const out: string[] = [];
  for (const { path, body, model } of endpoints) {
    for (const name of model === undefined ? Object.keys(models) : [model]) {
      // A credential that was refused is left alone for an hour.
      vi.setSystemTime((nowMs += 2 * 3_600_000));
      const headers = { 'x-api-key': key.key, 'idempotency-key': crypto.randomUUID() };
      const sending = { method: 'POST', path, body: { model: name, ...body }, headers, env: plantedEnv };
      const answer = await send(key.key, sending);
      out.push(`${answer.text} ${JSON.stringify([...answer.headers])}`);
      const record = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
      out.push(record.text);
    }
  }
  return out;
}

/** What is kept, and shown to those who may ask. */
async function kept(): Promise<string[]> {
  const views = ['/v1/usage', '/v1/models', '/health'].map(async (path) => send(key.key, { path, env: plantedEnv }));
  const admins = ['/admin/health', '/admin/catalog', '/admin/users', '/admin/audit', key.path].map(async (path) =>
    send('test-admin-key', { path, env: plantedEnv }),
  );
  const texts = (await Promise.all([...views, ...admins])).map(
    ({ text, headers }) => text + JSON.stringify([...headers]),
  );
  return [...texts, JSON.stringify(await inspect(key)), await diskOf(key)];
}

/** Every row of every table of an account. */
async function diskOf({ id }: TestKey): Promise<string> {
  return runInDurableObject(env.TENANT.getByName(id), (_, { storage: { sql } }) => {
    const tables = sql.exec(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    );
    const rows = [...tables].flatMap(({ name }) => [
      ...sql.exec(`SELECT * FROM "${JSON.stringify(name).slice(1, -1)}"`),
    ]);
    return JSON.stringify(rows, (_name, value: unknown) =>
      value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value,
    );
  });
}

function checkNothingIn(texts: readonly string[], found: readonly string[]): void {
  for (const secret of found) {
    const leak = texts.find((text) => text.includes(secret));
    expect(leak?.slice(Math.max(0, leak.indexOf(secret) - 200)).slice(0, 300), secret).toBeUndefined();
  }
}

describe.each(Object.entries(quotings))('of a credential that is quoted %s', (_where, each) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    quoting = each;
    sent.length = 0;
    logged.length = 0;
  });
  afterEach(() => void vi.useRealTimers());

  test('nothing comes out, and every secret goes to its own provider only', async () => {
    const out = await barrage();
    expect(new Set(sent.map(({ host }) => host))).toEqual(new Set(Object.values(homes)));
    const planted = [...Object.values(secrets), ...ownSecrets, key.key];
    checkNothingIn([...out, ...logged, ...(await kept())], planted);
    checkNothingIn(
      sent.map(({ text }) => text),
      [...ownSecrets, key.key],
    );
    for (const [name, secret] of Object.entries(secrets)) {
      const strangers = sent.filter(({ host }) => host !== Reflect.get(homes, name));
      checkNothingIn(
        strangers.map(({ text }) => text),
        [secret],
      );
    }
  });
});
