import {
  type Asked,
  type FakeProtocol,
  type Fields,
  type Reply,
  fieldsOf,
  listOf,
  namedEvent,
  numberOf,
  stringOf,
  textOf,
  word,
} from './fake-protocol.ts';

/** Anthropic's Messages API. Its streams say at their beginning what was put in, and at their end what came out. */
export const fakeMessages: FakeProtocol = {
  path: '/v1/messages',
  read: readMessages,
  whole: (reply) => ({
    ...message(reply),
    content: [{ type: 'text', text: word.repeat(reply.outputTokens) }],
    stop_reason: stopReason(reply),
    usage: { ...inputUsage(reply), output_tokens: reply.outputTokens },
  }),
  begin: (reply) =>
    namedEvent('message_start', {
      message: { ...message(reply), content: [], stop_reason: null, usage: { ...inputUsage(reply), output_tokens: 1 } },
    }) +
    namedEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    namedEvent('ping', {}),
  token: () => namedEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word } }),
  end: (reply) => {
    // Older servers say at the end only what has changed since the beginning.
    const repeated = reply.number % 2 === 0 ? inputUsage(reply) : {};
    return (
      namedEvent('content_block_stop', { index: 0 }) +
      namedEvent('message_delta', {
        delta: { stop_reason: stopReason(reply), stop_sequence: null },
        usage: { ...repeated, output_tokens: reply.outputTokens },
      }) +
      namedEvent('message_stop', {})
    );
  },
  error: (said) => ({ type: 'error', error: { type: 'api_error', message: said } }),
  errorEvent: (said) => namedEvent('error', { error: { type: 'overloaded_error', message: said } }),
};

/** Which is told for nothing, and is no call. */
export const countTokensPath = '/v1/messages/count_tokens';

function readMessages(body: Fields): Asked {
  return {
    model: String(body['model']),
    endUser: stringOf(fieldsOf(body['metadata'])['user_id']),
    text: textOf(body['system']) + textOf(body['messages']),
    extraTokens: 3 * (listOf(body['messages']).length + (body['system'] === undefined ? 0 : 1)),
    cap: numberOf(body['max_tokens']),
    choices: 1,
    stream: body['stream'] === true,
    reportsUsage: true,
  };
}

function message({ number, model }: Reply): object {
  return { id: `msg_${number}`, type: 'message', role: 'assistant', model, stop_sequence: null };
}

function inputUsage({ inputTokens }: Reply): object {
  return { input_tokens: inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

function stopReason({ isCapped }: Reply): string {
  return isCapped ? 'max_tokens' : 'end_turn';
}
