import { responseEvents, responseOf } from './fakes/responses-answer.ts';
import { type Answer, type Json, type Sending, type TestKey, send } from './gateway.ts';
import type { Reply, UpstreamCall } from './gateway-provider.ts';
import { type StreamPart, streaming } from './gateway-stream.ts';

/** Calls of the Responses API, and a provider that speaks it. */

/** A provider of this kind is asked in Responses. */
export const native = { protocols: ['responses'] };
export const money = [{ metric: 'usd', per: 'total', max: '1' }] as const;
export const user = (text: string) => ({ type: 'message', role: 'user', content: text });
export const idOf = (answer: { readonly json: Json }): string => String(answer.json['id']);

const usageOfResponse = { input_tokens: 10, output_tokens: 20, total_tokens: 30 };

export async function respond(key: TestKey, body: Json, sending: Sending = {}): Promise<Answer> {
  const asked = { model: 'served', input: 'Hello', max_output_tokens: 1000, ...body };
  return send(key.key, { method: 'POST', path: '/v1/responses', body: asked, ...sending });
}

export async function get(key: TestKey, path: string, method = 'GET'): Promise<Answer> {
  return send(key.key, { method, path: `/v1/responses/${path}` });
}

export function saying(text: string, id: string): Json {
  return {
    type: 'message',
    id,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
}

export function thinking(encrypted: string, id: string): Json {
  return { type: 'reasoning', id, summary: [], encrypted_content: encrypted };
}

function whole(call: UpstreamCall, output: readonly Json[], more: Json = {}): Json {
  return responseOf(call.json, { id: 'resp_theirs', output, usage: usageOfResponse, ...more });
}

/** A whole response. */
export function response(output: readonly Json[], more: Json = {}): Reply {
  return (call) => Response.json(whole(call, output, more));
}

/** The same, as a stream. */
export function responseStream(output: readonly Json[], end: readonly StreamPart[] = []): Reply {
  return (call) => {
    const events = [...responseEvents(whole(call, output))].map(({ data }) => JSON.stringify(data));
    return streaming(...(end.length === 0 ? events : [...events.slice(0, -1), ...end]))(call);
  };
}

function eventsIn(text: string): readonly Json[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Json);
}

/** The type of the last event of a stream, and its response. */
export function lastOf(text: string): { readonly type: unknown; readonly response: Json } {
  const last = eventsIn(text).at(-1) ?? {};
  return { type: last['type'], response: last['response'] as Json };
}

/** All responses in the events of a stream, in order. */
export function toldIn(text: string): readonly Json[] {
  return eventsIn(text).flatMap((event) => (event['response'] === undefined ? [] : [event['response'] as Json]));
}
