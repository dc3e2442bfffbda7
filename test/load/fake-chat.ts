import { type FakeProtocol, type Reply, fieldsOf, listOf, numberOf, stringOf, textOf, word } from './fake-protocol.ts';

/** OpenAI's chat completions. */
export const fakeChat: FakeProtocol = {
  path: '/v1/chat/completions',
  read: (body) => ({
    model: String(body['model']),
    endUser: stringOf(body['user']),
    text: textOf(body['messages']),
    extraTokens: 3 * listOf(body['messages']).length,
    cap: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    choices: numberOf(body['n']) ?? 1,
    stream: body['stream'] === true,
    reportsUsage: fieldsOf(body['stream_options'])['include_usage'] === true,
  }),
  whole: (reply) => ({
    ...base(reply, 'chat.completion'),
    choices: Array.from({ length: reply.choices }, (_, index) => ({
      index,
      message: { role: 'assistant', content: word.repeat(reply.outputTokens) },
      finish_reason: finishReason(reply),
    })),
    usage: usage(reply),
  }),
  begin: () => '',
  token: (reply, index, token) => {
    const delta = token === 0 ? { role: 'assistant', content: word } : { content: word };
    return chunk(reply, [{ index, delta, finish_reason: null }]);
  },
  end: (reply) => {
    const ends = Array.from({ length: reply.choices }, (_, index) =>
      chunk(reply, [{ index, delta: {}, finish_reason: finishReason(reply) }]),
    );
    const reported = reply.reportsUsage ? chunk(reply, [], { usage: usage(reply) }) : '';
    return `${ends.join('')}${reported}data: [DONE]\n\n`;
  },
  error: openAiError,
  errorEvent: (message) => `data: ${JSON.stringify(openAiError(message))}\n\n`,
};

/** As all of OpenAI's protocols have it. */
export function openAiError(message: string): object {
  return { error: { message, type: 'server_error', code: null, param: null } };
}

function chunk(reply: Reply, choices: readonly object[], more: object = {}): string {
  return `data: ${JSON.stringify({ ...base(reply, 'chat.completion.chunk'), choices, ...more })}\n\n`;
}

function base({ number, model }: Reply, object: string): object {
  return { id: `chatcmpl-${number}`, object, created: 1_700_000_000, model };
}

function usage({ inputTokens, outputTokens, choices }: Reply): object {
  const completion = outputTokens * choices;
  return { prompt_tokens: inputTokens, completion_tokens: completion, total_tokens: inputTokens + completion };
}

function finishReason({ isCapped }: Reply): string {
  return isCapped ? 'length' : 'stop';
}
