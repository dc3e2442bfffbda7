/** How a client's protocol and its provider's can meet, and what a client asks in each of them. */

import { requestBytes } from '../load/http-connection.ts';
import type { ProviderProtocol } from './upstream-answers.ts';

type ClientProtocol = 'chat' | 'messages' | 'responses';

/**
 * How the answer comes: whole, as a short stream in one write, as a long one with several events a write, or as a long
 * one of which each event comes alone.
 */
export type Coming = 'whole' | 'short' | 'long' | 'single';

export interface Way {
  readonly client: ClientProtocol;
  readonly provider: ProviderProtocol;
}

/** Nothing is translated. Each is what the ways to its provider are compared with. */
export const passedThrough: Readonly<Record<ProviderProtocol, Way>> = {
  chat: { client: 'chat', provider: 'chat' },
  messages: { client: 'messages', provider: 'messages' },
};

export const translated: readonly Way[] = [
  { client: 'chat', provider: 'messages' },
  { client: 'messages', provider: 'chat' },
  { client: 'responses', provider: 'chat' },
  { client: 'responses', provider: 'messages' },
];

export const allWays: readonly Way[] = [...Object.values(passedThrough), ...translated];

export function nameOf({ client, provider }: Way): string {
  return `${names[client]} → ${names[provider]}`;
}

const names: Readonly<Record<ClientProtocol, string>> = { chat: 'chat', messages: 'Messages', responses: 'Responses' };

/** As long as a short question with a system prompt: one kibibyte of JSON. */
const bodyBytes = 1024;
const maxTokens = { short: 64, long: 4096 };

/** The models that the upstream knows, of each provider. */
export function modelName(provider: ProviderProtocol, coming: Coming): string {
  const name = coming === 'long' || coming === 'single' ? `bench-${coming}` : 'bench';
  return provider === 'chat' ? name : `claude-${name}`;
}

export function bodyOf({ client, provider }: Way, coming: Coming): string {
  const model = modelName(provider, coming);
  const cap = coming === 'long' || coming === 'single' ? maxTokens.long : maxTokens.short;
  const stream = coming === 'whole' ? {} : { stream: true };
  const body = (content: string): string => {
    const messages = [{ role: 'user', content }];
    return JSON.stringify(
      client === 'responses'
        ? { model, max_output_tokens: cap, input: messages, store: false, ...stream }
        : { model, max_tokens: cap, messages, ...stream },
    );
  };
  return body('How high is the water behind the weir? '.repeat(40).slice(0, bodyBytes - body('').length));
}

const paths: Readonly<Record<ClientProtocol, string>> = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  responses: '/v1/responses',
};

export function requestOf(url: URL, key: string, way: Way, coming: Coming): Buffer {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return requestBytes('POST', url, paths[way.client], headers, bodyOf(way, coming));
}

/** What stands in a stream that has come to its end, in the client's protocol; nothing else is worth measuring. */
export const endings: Readonly<Record<ClientProtocol, string>> = {
  chat: 'data: [DONE]',
  messages: 'event: message_stop',
  responses: 'event: response.completed',
};
