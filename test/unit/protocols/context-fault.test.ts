import { describe, expect, test } from 'vitest';
import { decodeAnthropicFault } from '../../../src/protocols/messages/fault.ts';
import { refusal } from '../../../src/gateway/attempt/failure.ts';
import { anthropicErrorBody } from '../../../src/http/anthropic-error.ts';
import { openAiErrorBody } from '../../../src/http/errors.ts';
import { faultOfBody } from '../../../src/protocols/chat/fault.ts';
import { responsesErrorCode } from '../../../src/protocols/responses/error.ts';
import { asRecord, parseJson } from '../../../src/protocols/json/json-value.ts';

const callee = { provider: { name: 'fake', billsFailures: false }, secrets: [] };

/** What a client is told of an answer with this body. */
function refused(status: number, body: object, decode: (text: string) => ReturnType<typeof faultOfBody> = faultOfBody) {
  return refusal(callee, status, decode(JSON.stringify(body)), undefined, undefined);
}

const anthropic = (text: string) => decodeAnthropicFault(asRecord(parseJson(text)) ?? {}) ?? {};

const openAi = (message: string, more: object = {}) => ({ error: { message, type: 'invalid_request_error', ...more } });

const full: readonly (readonly [of: string, status: number, body: object])[] = [
  ['OpenAI', 400, openAi('Your input exceeds the context window of this model.', { code: 'context_length_exceeded' })],
  [
    'Google',
    400,
    [
      {
        error: {
          code: 400,
          message: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
  ],
  [
    'Mistral',
    400,
    {
      object: 'error',
      message: 'Prompt contains 40962 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      type: 'invalid_request_error',
      code: '3051',
    },
  ],
  ['Groq', 400, openAi('Please reduce the length of the messages or completion.', { code: 'context_length_exceeded' })],
  ['Z.ai', 400, { error: { code: '1261', message: 'Prompt exceeds max length' } }],
  [
    'DeepSeek',
    400,
    openAi("This model's maximum context length is 65536 tokens. However, you requested 70000 tokens."),
  ],
  [
    'xAI',
    400,
    {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    },
  ],
  [
    'OpenRouter',
    400,
    {
      error: { message: "This endpoint's maximum context length is 262144 tokens. However, you requested…", code: 400 },
    },
  ],
  [
    'a provider behind OpenRouter',
    400,
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: {
          provider_name: 'Anthropic',
          raw: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 tokens > 1 maximum"}}',
        },
      },
    },
  ],
  [
    'Cloudflare',
    413,
    {
      success: false,
      errors: [
        {
          code: 3010,
          message:
            'AiError: The estimated number of input and maximum output tokens (35000) exceeded this model context ' +
            'window limit (24000)',
        },
      ],
    },
  ],
  [
    'the AI binding',
    502,
    { internalCode: 5021, message: '5021: The estimated number of input and maximum output tokens (9) exceeded…' },
  ],
];

describe('a full context', () => {
  test.each(full)('of %s is told as one in every protocol', (_, status, body) => {
    const { error, charge, remedy, health } = refused(status, body);
    expect(error).toMatchObject({ code: 'context_length_exceeded', status: 400 });
    expect(openAiErrorBody(error, 'req_1')).toMatchObject({
      error: { type: 'invalid_request_error', code: 'context_length_exceeded' },
    });
    expect(responsesErrorCode(error)).toBe('context_length_exceeded');
    expect(anthropicErrorBody(error, 'req_1')).toMatchObject({
      error: {
        type: 'invalid_request_error',
        message: expect.stringContaining('prompt is too long'),
        details: { error_code: 'context_length_exceeded' },
      },
    });
    expect({ charge, remedy }).toEqual({ charge: 'none', remedy: 'other-model' });
    expect(health).toMatchObject({ status: 400 });
  });

  test.each([
    'prompt is too long: 213462 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 9',
  ])("of Anthropic is one for OpenAI's clients too: %s", (message) => {
    const body = { type: 'error', error: { type: 'invalid_request_error', message } };
    const { error } = refused(400, body, anthropic);
    expect(openAiErrorBody(error, 'req_1')).toMatchObject({ error: { code: 'context_length_exceeded', message } });
  });

  test("has Anthropic's own words once, and unchanged", () => {
    const message = 'prompt is too long: 213462 tokens > 200000 maximum';
    const { error } = refused(400, { type: 'error', error: { type: 'invalid_request_error', message } }, anthropic);
    expect(anthropicErrorBody(error, 'req_1')).toMatchObject({ error: { message } });
  });
});

test.each([
  ['a rate', 413, openAi('Request too large for model on tokens per minute (TPM)', { code: 'rate_limit_exceeded' })],
  ['a body that is too large', 413, openAi('Request exceeds the maximum size')],
  ['another mistake that quotes the request', 400, openAi("Invalid 'messages[0]': 'prompt is too long'")],
  ['a failure of the server', 500, openAi('prompt is too long')],
])('%s is no full context', (_, status, body) => {
  expect(refused(status, body).error.code).not.toBe('context_length_exceeded');
});
