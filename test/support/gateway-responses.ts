import { type Answer, type Json, type Sending, type TestKey, send } from './gateway.ts';
import type { Reply, UpstreamCall } from './gateway-provider.ts';
import { type StreamPart, streaming } from './gateway-stream.ts';

/** Calls of the Responses API, and a provider that speaks it. */

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
  return {
    id: 'resp_theirs',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: call.json['model'],
    output,
    store: call.json['store'],
    previous_response_id: null,
    usage: usageOfResponse,
    ...more,
  };
}

/** A whole response. */
export function response(output: readonly Json[], more: Json = {}): Reply {
  return (call) => Response.json(whole(call, output, more));
}

/** The same, as a stream. */
export function responseStream(output: readonly Json[], end: readonly StreamPart[] = []): Reply {
  return (call) => {
    const begun = whole(call, [], { status: 'in_progress', usage: null });
    const items = output.flatMap((item, index) => [
      { type: 'response.output_item.added', output_index: index, item: { ...item, content: [] } },
      ...textsOf(item).map((delta) => ({
        type: 'response.output_text.delta',
        item_id: item['id'],
        output_index: index,
        content_index: 0,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_item.done', output_index: index, item },
    ]);
    const events = [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...items,
    ].map((event, number) => JSON.stringify({ ...event, sequence_number: number }));
    const last = { type: 'response.completed', response: whole(call, output), sequence_number: events.length };
    const rest = end.length === 0 ? [JSON.stringify(last)] : end;
    return streaming(...events, ...rest)(call);
  };
}

function textsOf(item: Json): readonly string[] {
  const parts = Array.isArray(item['content']) ? (item['content'] as readonly Json[]) : [];
  return parts.flatMap(({ text }) => (typeof text === 'string' ? (text.match(/\S+\s*/g) ?? []) : []));
}

/** The response that the last event of a stream tells, and which event that is. */
export function lastOf(text: string): { readonly type: unknown; readonly response: Json } {
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Json);
  const last = events.at(-1) ?? {};
  return { type: last['type'], response: last['response'] as Json };
}

/** All responses that a stream tells of, in order. */
export function toldIn(text: string): readonly Json[] {
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Json);
  return events.flatMap((event) => (event['response'] === undefined ? [] : [event['response'] as Json]));
}
