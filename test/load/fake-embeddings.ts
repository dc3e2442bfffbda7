import { openAiError } from './fake-chat.ts';
import { type FakeProtocol, listOf, stringOf, textOf } from './fake-protocol.ts';

/** What models put around each input: a mark at its beginning and one at its end. */
const marks = 2;

/** OpenAI's embeddings: numbers for each input, which are billed by what was put in alone. */
export const fakeEmbeddings: FakeProtocol = {
  path: '/v1/embeddings',
  read: ({ model, user, input }) => {
    const isOfTokens = typeof listOf(input)[0] === 'number' || Array.isArray(listOf(input)[0]);
    return {
      model: String(model),
      endUser: stringOf(user),
      text: isOfTokens ? '' : textOf(input),
      extraTokens: isOfTokens ? listOf(input).flat().length : marks * Math.max(1, listOf(input).length),
      cap: 0,
      choices: isOfTokens && typeof listOf(input)[0] === 'number' ? 1 : Math.max(1, listOf(input).length),
      stream: false,
      reportsUsage: true,
    };
  },
  whole: ({ model, inputTokens, choices }) => ({
    object: 'list',
    model,
    data: Array.from({ length: choices }, (_, index) => ({
      object: 'embedding',
      index,
      embedding: [0.5, -0.25, 0.125, -0.0625],
    })),
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  }),
  begin: () => '',
  token: () => '',
  end: () => '',
  error: openAiError,
  errorEvent: () => '',
};
