import { expectDeclared } from './declared-answer.ts';
import { env, exports } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { Env } from '../../src/env.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import type { Usage } from '../../src/core/account/usage.ts';
import worker from '../../src/worker.ts';

/** The gateway as a client meets it: the admin API makes keys, and the Worker's `fetch` takes calls. */

const origin = 'https://weir.test';
const adminKey = 'test-admin-key';

export type Json = Record<string, unknown>;

export async function admin(method: string, path: string, body?: unknown): Promise<Json> {
  const response = await exports.default.fetch(`${origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json<Json>();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${JSON.stringify(answer)}`);
  expectDeclared(method, path, { status: response.status, body: answer });
  return answer;
}

export interface TestKey {
  readonly id: string;
  readonly key: string;
  readonly userId: string;
  /** Its path in the admin API. */
  readonly path: string;
}

let users = 0;

/** A key of a user of its own, with this policy. */
export async function newKey(policy: Policy = {}): Promise<TestKey> {
  users += 1;
  const user = await admin('POST', '/admin/users', { email: `client-${users}@example.com` });
  const userId = String(user['id']);
  const path = `/admin/users/${userId}/api-keys`;
  const made = await admin('POST', path, { name: 'test', ...policy });
  const id = String(made['id']);
  return { id, key: String(made['key']), userId, path: `${path}/${id}` };
}

export async function changeKey({ path }: TestKey, change: Json): Promise<void> {
  await admin('PATCH', path, change);
}

/** The usage that the account's actor tells. */
export async function inspect({ id }: TestKey): Promise<Usage> {
  return env.TENANT.getByName(id).inspect();
}

/** The posted and held amounts of an account's first limit. */
export async function standing(key: TestKey): Promise<{ readonly posted: number; readonly held: number }> {
  const { posted = Number.NaN, held = Number.NaN } = (await inspect(key)).standings[0] ?? {};
  return { posted, held };
}

export interface Sending {
  readonly method?: string;
  readonly path?: string;
  /** Sent as it is if it is text or bytes, else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Doesn't wait until the call is settled. */
  readonly unsettled?: boolean;
  /** In place of the bindings and variables of every test. */
  readonly env?: Env;
}

/** An answer that has begun. Its path ends when the call is settled. */
interface Begun {
  readonly response: Response;
  readonly path: Promise<unknown>;
}

/** Sends a request, and hands over the answer as soon as it begins. */
export async function begin(key: string | undefined, sending: Sending = {}): Promise<Begun> {
  const { method = 'GET', path = '/health', body, headers = {}, signal } = sending;
  const request = new Request<unknown, IncomingRequestCfProperties>(`${origin}${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: asBody(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const tasks: Promise<unknown>[] = [];
  // The platform's own context also waits for the health reports, which take long.
  const context = {
    waitUntil: (task: Promise<unknown>) => void tasks.push(task),
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext;
  const response = await worker.fetch(request, sending.env ?? env, context);
  return { response, path: tasks[0] ?? Promise.resolve() };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is an object. */
  readonly json: Json;
}

/** Sends a request, reads the answer to its end, and waits until the call is settled. */
export async function send(key: string | undefined, sending: Sending = {}): Promise<Answer> {
  const { response, path } = await begin(key, sending);
  const text = await response.text();
  if (sending.unsettled !== true) await settled(key, path);
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

/** A settlement waits a little for others. A question to the account ends that wait at once. */
async function settled(key: string | undefined, path: Promise<unknown>): Promise<void> {
  const turn = new Promise<'running'>((resolve) => void setTimeout(resolve, 0, 'running'));
  const state = await Promise.race([path.then(() => 'over'), turn]);
  const id = /^weir_[a-z]+_(k_[0-9a-z]{16})_/.exec(key ?? '')?.[1];
  if (state === 'running' && id !== undefined)
    await env.TENANT.getByName(id)
      .inspect()
      .catch(() => undefined);
  await path;
}

export const hello = [{ role: 'user', content: 'Hello there, you' }];

/** Asks for a chat completion: of `echo`, unless the body says otherwise. */
export async function chat({ key }: Pick<TestKey, 'key'>, body: Json = {}, sending: Sending = {}): Promise<Answer> {
  return send(key, { ...chatSending(body), ...sending });
}

export function chatSending(body: Json = {}): Sending {
  return { method: 'POST', path: '/v1/chat/completions', body: { model: 'echo', messages: hello, ...body } };
}

/** The error of an answer, with its status. */
export function errorOf({ status, json }: Answer): Json {
  return { status, ...(json['error'] as Json) };
}

/** The data of the events of a stream, in order. */
export function eventsOf(text: string): string[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length));
}

/** The answer's text, put together from the chunks of a stream. */
export function contentOf(text: string): string {
  const chunks = eventsOf(text).filter((data) => data !== '[DONE]');
  return chunks
    .flatMap((data) => (JSON.parse(data) as { choices?: { delta?: { content?: string } }[] }).choices ?? [])
    .map(({ delta }) => delta?.content ?? '')
    .join('');
}

/** Waits until it becomes true, on a slow machine too. */
export async function eventually(check: () => unknown): Promise<void> {
  await expect.poll(check, { timeout: 20_000, interval: 5 }).toBeTruthy();
}

function asBody(body: unknown): BodyInit {
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream) return body;
  return JSON.stringify(body);
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
