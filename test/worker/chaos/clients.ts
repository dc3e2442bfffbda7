import { expect } from 'vitest';
import type { Answer, Json } from '../../support/gateway.ts';
import type { Protocol } from './spoken.ts';

/** How the clients of each protocol ask, and what they accept as an answer. */

export interface Client {
  readonly path: string;
  readonly body: Json;
  /** Checks a whole error, in the shape that its clients know. */
  readonly checkError: (json: Json) => void;
  readonly checkWhole: (json: Json) => void;
  /** What the event means to its clients. */
  readonly eventKind: (event: StreamEvent) => 'more' | 'end' | 'error';
}

export interface StreamEvent {
  /** Undefined where it is no JSON object. */
  readonly json: Json | undefined;
  readonly data: string;
}

const nonEmpty: unknown = expect.stringMatching(/\S/);
const requestId: unknown = expect.stringMatching(/^req_/);

function checkOpenAiError(json: Json): void {
  const error = { type: nonEmpty, code: nonEmpty, message: nonEmpty, param: null, request_id: requestId };
  expect(json).toEqual({ error });
}

const chat: Client = {
  path: '/v1/chat/completions',
  body: { messages: [{ role: 'user', content: 'Hello there' }], max_completion_tokens: 200 },
  checkError: checkOpenAiError,
  checkWhole: (json) => expect(json).toMatchObject({ choices: expect.any(Array) }),
  eventKind: ({ data, json }) => {
    if (data === '[DONE]') return 'end';
    return json?.['error'] === undefined ? 'more' : 'error';
  },
};

const messages: Client = {
  path: '/v1/messages',
  body: { messages: [{ role: 'user', content: 'Hello there' }], max_tokens: 200 },
  checkError: (json) => {
    const error = { type: nonEmpty, message: nonEmpty, details: { error_code: nonEmpty } };
    expect(json).toEqual({ type: 'error', error, request_id: requestId });
  },
  checkWhole: (json) => expect(json).toMatchObject({ type: 'message', content: expect.any(Array) }),
  eventKind: ({ json }) => {
    if (json?.['type'] === 'message_stop') return 'end';
    return json?.['type'] === 'error' ? 'error' : 'more';
  },
};

const responses: Client = {
  path: '/v1/responses',
  body: { input: 'Hello there', max_output_tokens: 200 },
  checkError: checkOpenAiError,
  checkWhole: (json) => expect(json).toMatchObject({ object: 'response', output: expect.any(Array) }),
  eventKind: ({ json }) => {
    switch (json?.['type']) {
      case 'response.completed':
      case 'response.incomplete':
        return 'end';
      case 'response.failed':
        return 'error';
      default:
        return 'more';
    }
  },
};

const embeddings: Client = {
  path: '/v1/embeddings',
  body: { input: 'Hello there' },
  checkError: checkOpenAiError,
  checkWhole: (json) => expect(json).toMatchObject({ data: expect.any(Array) }),
  eventKind: () => 'more',
};

export const clients: Readonly<Record<Protocol, Client>> = { chat, messages, responses, embeddings };

/** As a client parses it: an event ends with a blank line, and comments don't count. */
function streamEvents(text: string): StreamEvent[] {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n');
  expect(blocks.at(-1), 'what comes after the last blank line').toBe('');
  return blocks.slice(0, -1).flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.startsWith('data:'));
    const joined = lines.map((line) => line.slice('data:'.length).trim()).join('\n');
    return lines.length === 0 ? [] : [{ data: joined, json: objectIn(joined) }];
  });
}

function objectIn(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // An object has names for its values.
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

export type Verdict = 'answer' | 'error';

/** What the client was told: a whole answer, or exactly one error, in its own protocol. */
export function verdictOf(client: Client, stream: boolean, { status, headers, text, json }: Answer): Verdict {
  if (status !== 200) {
    expect(headers.get('content-type')).toContain('application/json');
    client.checkError(json);
    return 'error';
  }
  if (!stream) {
    client.checkWhole(json);
    return 'answer';
  }
  expect(headers.get('content-type')).toContain('text/event-stream');
  const events = streamEvents(text);
  for (const { data } of events) if (data !== '[DONE]') expect(() => void JSON.parse(data), data).not.toThrow();
  const kinds = events.map((event) => client.eventKind(event));
  const last = kinds.at(-1);
  expect(kinds.filter((kind) => kind !== 'more')).toEqual([last]);
  return last === 'end' ? 'answer' : 'error';
}
