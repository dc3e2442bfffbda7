import { openAiError } from './fake-chat.ts';
import {
  type FakeProtocol,
  type Reply,
  listOf,
  namedEvent,
  numberOf,
  stringOf,
  textOf,
  word,
} from './fake-protocol.ts';

/** OpenAI's Responses API. Its last event repeats the whole response, with what it used. */
export const fakeResponses: FakeProtocol = {
  path: '/v1/responses',
  read: (body) => ({
    model: String(body['model']),
    endUser: stringOf(body['user']),
    text: textOf(body['instructions']) + textOf(body['input']),
    extraTokens: 3 * (Math.max(1, listOf(body['input']).length) + (body['instructions'] === undefined ? 0 : 1)),
    cap: numberOf(body['max_output_tokens']),
    choices: 1,
    stream: body['stream'] === true,
    reportsUsage: true,
  }),
  whole: ended,
  begin: (reply) => {
    const response = { ...base(reply), status: 'in_progress', output: [], usage: null };
    const item = { ...message(reply), status: 'in_progress', content: [] };
    return (
      namedEvent('response.created', { sequence_number: 0, response }) +
      namedEvent('response.in_progress', { sequence_number: 1, response }) +
      namedEvent('response.output_item.added', { sequence_number: 2, output_index: 0, item }) +
      namedEvent('response.content_part.added', { sequence_number: 3, ...place(reply), part: part('') })
    );
  },
  token: (reply, _, token) =>
    namedEvent('response.output_text.delta', {
      sequence_number: 4 + token,
      ...place(reply),
      delta: word,
      logprobs: [],
    }),
  end: (reply) => {
    const next = 4 + reply.outputTokens;
    const text = word.repeat(reply.outputTokens);
    return (
      namedEvent('response.output_text.done', { sequence_number: next, ...place(reply), text, logprobs: [] }) +
      namedEvent('response.content_part.done', { sequence_number: next + 1, ...place(reply), part: part(text) }) +
      namedEvent('response.output_item.done', { sequence_number: next + 2, output_index: 0, item: said(reply) }) +
      namedEvent(`response.${status(reply)}`, { sequence_number: next + 3, response: ended(reply) })
    );
  },
  error: openAiError,
  errorEvent: (text) => namedEvent('error', { sequence_number: 4, code: 'server_error', message: text, param: null }),
};

function ended(reply: Reply): object {
  const { inputTokens, outputTokens, isCapped } = reply;
  return {
    ...base(reply),
    status: status(reply),
    incomplete_details: isCapped ? { reason: 'max_output_tokens' } : null,
    output: [said(reply)],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function base({ number, model }: Reply): object {
  return { id: `resp_${number}`, object: 'response', created_at: 1_700_000_000, model, error: null };
}

function status({ isCapped }: Reply): string {
  return isCapped ? 'incomplete' : 'completed';
}

function message({ number }: Reply): object {
  return { id: `msg_${number}`, type: 'message', role: 'assistant' };
}

function said(reply: Reply): object {
  return { ...message(reply), status: status(reply), content: [part(word.repeat(reply.outputTokens))] };
}

function part(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function place({ number }: Reply): object {
  return { item_id: `msg_${number}`, output_index: 0, content_index: 0 };
}
