import type { FakeMemory } from './memory.ts';
import type { Play } from './play.ts';

/**
 * One fake provider in the words of many: it speaks each protocol as the documentation of the real provider says,
 * counts tokens by a real rule, and bills. It runs as a server in Node (`server.ts`), and in place of `fetch`
 * (`fakes.ts`).
 */

export const fakeNames = [
  'openai',
  'anthropic',
  'openrouter',
  'zai',
  'google',
  'groq',
  'deepseek',
  'mistral',
  'xai',
  'workers-ai',
  'cloudflare-ai-gateway',
] as const;

export type FakeName = (typeof fakeNames)[number];

/** `lenient` speaks every protocol and takes whatever it is sent, like a server that people run themselves. */
export type FakeServerName = FakeName | 'lenient';

/** What a base URL of the provider ends with, before the path of an endpoint. */
export const fakeBasePaths: Readonly<Record<FakeServerName, string>> = {
  openai: '/v1',
  anthropic: '',
  openrouter: '/api/v1',
  zai: '/api/paas/v4',
  google: '/v1beta/openai',
  groq: '/openai/v1',
  deepseek: '',
  mistral: '/v1',
  xai: '/v1',
  'workers-ai': '/client/v4/accounts/fake-account/ai/v1',
  'cloudflare-ai-gateway': '/v1/fake-account/fake-gateway/compat',
  lenient: '/v1',
};

export interface FakeRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FakeEvent {
  readonly event?: string;
  /** A text is sent as it is, all else as JSON. */
  readonly data?: unknown;
  readonly comment?: string;
  /** Whether it says one token of the answer. */
  readonly isToken?: boolean;
}

type FakeBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'events'; readonly events: readonly FakeEvent[] };

/** What the provider bills. The output includes the reasoning, and the input all reads and writes of a cache. */
export interface FakeBill {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: FakeBody;
  /** Undefined for what costs nothing. */
  readonly bill: FakeBill | undefined;
}

/** What a test has the provider do, beyond what it asks for in the prompt. */
export interface FakeScript {
  /** Said in place of what the prompt asks for. */
  readonly text?: string;
  /** The tools that it uses, in place of those that the prompt asks for. */
  readonly play?: Play;
  readonly memory?: FakeMemory;
  /** How many bytes of the prompt make a token, in place of the rule of `tokens.ts`. */
  readonly bytesPerToken?: number;
  /** Says its whole text whatever the cap. */
  readonly ignoresCap?: boolean;
}

export function answered(value: unknown, bill?: FakeBill, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: { kind: 'json', value },
    bill,
  };
}

export function streamed(
  events: readonly FakeEvent[],
  bill: FakeBill,
  headers: Readonly<Record<string, string>> = {},
): FakeAnswer {
  const contentType = { 'content-type': 'text/event-stream; charset=utf-8' };
  return { status: 200, headers: { ...contentType, ...headers }, body: { kind: 'events', events }, bill };
}

export function eventText({ event, data, comment }: FakeEvent): string {
  const lines = [
    ...(comment === undefined ? [] : [`: ${comment}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${typeof data === 'string' ? data : JSON.stringify(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** What is wrong with a request. `fault-shapes.ts` puts it in the words of a provider. */
export class FakeRefusal extends Error {
  override readonly name = 'FakeRefusal';
  readonly status: number;
  readonly details: { readonly type?: string; readonly code?: string; readonly param?: string };

  constructor(status: number, message: string, details: FakeRefusal['details'] = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

export function refuse(status: number, message: string, details: FakeRefusal['details'] = {}): never {
  throw new FakeRefusal(status, message, details);
}
