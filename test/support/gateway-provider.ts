import { vi } from 'vitest';
import { chatCompletion } from './fakes/chat-answer.ts';
import { justText } from './fakes/compose.ts';
import { dialects } from './fakes/dialects.ts';
import { type Json, admin } from './gateway.ts';

/** Servers in place of the network. Each says what the test tells it to, in the words of the fake provider. */

export interface UpstreamCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly json: Json;
  readonly signal: AbortSignal;
}

export type Reply = (call: UpstreamCall) => Response | Promise<Response>;

/** The server refuses the connection, before it takes anything of the request. */
export const refused = Symbol('connection refused');

let made = 0;

/**
 * One server. It has a name of its own, because an isolate remembers the health of a name. Its replies come in turn,
 * the last of them again and again.
 */
export class FakeProvider {
  readonly name: string;
  readonly host: string;
  readonly calls: UpstreamCall[] = [];
  /** All requests, with those whose connection was refused. */
  arrivals = 0;
  #replies: (Reply | typeof refused)[] = [completion()];
  /** The GET requests: health checks, and lists of models. */
  readonly gets: Pick<UpstreamCall, 'url' | 'headers'>[] = [];
  #get: (url: URL) => Response | Promise<Response> = () => Response.json({ data: [] });

  constructor() {
    made += 1;
    this.name = `fake-${made}`;
    this.host = `${this.name}.example.com`;
    servers.set(this.host, this);
  }

  says(...replies: (Reply | typeof refused)[]): this {
    this.#replies = replies;
    return this;
  }

  /** How it answers a GET. */
  tells(get: (url: URL) => Response | Promise<Response>): this {
    this.#get = get;
    return this;
  }

  async answer(url: URL, init: RequestInit): Promise<Response> {
    if (init.method === 'GET') {
      this.gets.push({ url, headers: new Headers(init.headers) });
      return this.#get(url);
    }
    this.arrivals += 1;
    const reply = this.#replies.length > 1 ? this.#replies.shift() : this.#replies[0];
    if (reply === undefined || reply === refused) throw connectionLost();
    const signal = init.signal ?? new AbortController().signal;
    const body = new Uint8Array(await new Response(init.body).arrayBuffer());
    const json = JSON.parse(new TextDecoder().decode(body)) as Json;
    const call = { url, method: init.method ?? 'GET', headers: new Headers(init.headers), body, json, signal };
    this.calls.push(call);
    return Promise.race([reply(call), abortOf(signal)]);
  }

  /** As a provider in a catalog. */
  entry(more: Json = {}): Json {
    return { kind: 'openai', baseUrl: `https://${this.host}/v1`, ...more };
  }
}

const servers = new Map<string, FakeProvider>();

/** Until mocks are restored only fake providers can be reached. */
export function replaceFetch(): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    const server = servers.get(url.host);
    if (server === undefined) throw new TypeError(`nobody is at ${url.host}`);
    return server.answer(url, init);
  });
}

/** Keeps replies back until the test lets them go. */
export class Gate {
  readonly #opened = Promise.withResolvers<void>();

  before(reply: Reply): Reply {
    return async (call) => {
      await this.#opened.promise;
      return reply(call);
    };
  }

  open(): void {
    this.#opened.resolve();
  }
}

export const price = { input: '1', output: '2' };

/** A model of the catalog at one or more providers, in order. */
export function model(...providers: readonly FakeProvider[]): Json {
  return {
    targets: providers.map(({ name }) => ({ provider: name, model: `${name}-model` })),
    price,
    contextTokens: 100_000,
    maxOutputTokens: 10_000,
    defaultOutputTokens: 1000,
    tools: true,
    structuredOutput: true,
  };
}

/** Writes the catalog as an admin does. It always has `echo`. */
export async function putCatalog(models: Json, providers: Json, rest: Json = {}): Promise<void> {
  await admin('PUT', '/admin/catalog', {
    providers: { echo: { kind: 'echo', billsFailures: false }, ...providers },
    models: {
      echo: { ...model(), targets: [{ provider: 'echo', model: 'echo', cancels: true }] },
      ...models,
    },
    ...rest,
  });
}

/** A new server for one model, in a new catalog. */
export async function servedByOne(providerMore: Json = {}, modelMore: Json = {}): Promise<FakeProvider> {
  const fake = new FakeProvider();
  await putCatalog({ served: { ...model(fake), ...modelMore } }, { [fake.name]: fake.entry(providerMore) });
  return fake;
}

/** New servers for one model, each its next target, in a new catalog. */
export async function servedBy(count: number, providerMore: Json = {}, modelMore: Json = {}): Promise<FakeProvider[]> {
  const fakes = Array.from({ length: count }, () => new FakeProvider());
  const providers = Object.fromEntries(fakes.map((fake) => [fake.name, fake.entry(providerMore)]));
  await putCatalog({ served: { ...model(...fakes), ...modelMore } }, providers);
  return fakes;
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

export const usage: Usage = { prompt_tokens: 10, completion_tokens: 20 };
/** What `usage` costs at `price`, in nano-dollars. */
export const usageNanoUsd = 10 * 1000 + 20 * 2000;

/** A whole answer. */
export function completion(reported: Usage | null = usage, content = 'Hi', headers: Json = {}): Reply {
  return ({ json }) => {
    const envelope = { id: 'chatcmpl-1', model: String(json['model']), choices: 1, includeUsage: false };
    const answer = chatCompletion(dialects.lenient, { ...envelope, usage: reported ?? undefined }, justText(content));
    return Response.json(answer, { headers: headers as Record<string, string> });
  };
}

export function failure(status: number, error: Json = {}, headers: Record<string, string> = {}): Reply {
  return () => Response.json({ error: { message: `failed with ${status}`, ...error } }, { status, headers });
}

/** Breaks off when it has the whole request. */
export const breaksOff: Reply = async () => Promise.reject(connectionLost());

/** What the runtime says of a connection that was refused, and of one that broke. */
function connectionLost(): Error {
  return new TypeError('Network connection lost.');
}

/** Never answers. */
export const silent: Reply = async () => Promise.withResolvers<Response>().promise;

export async function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
