import { afterAll, describe, expect, test } from 'vitest';
import { listAnthropicModels, showAnthropicModel } from '../../../src/endpoints/anthropic-models.ts';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { anthropicErrorBody } from '../../../src/http/anthropic-error.ts';
import {
  type ErrorCode,
  type ErrorOptions,
  GatewayError,
  errorStatus,
  openAiErrorBody,
} from '../../../src/http/errors.ts';
import { listModels } from '../../../src/endpoints/openai-models.ts';
import { embedAsEcho } from '../../../src/providers/echo-embedding.ts';
import { answerAsEcho } from '../../../src/providers/echo.ts';
import { chatAnswer } from '../../../src/providers/workers-ai-answer.ts';
import { WorkersAiStream, eventsOfAnswer } from '../../../src/providers/workers-ai-stream.ts';
import { hello } from '../../support/chat.ts';
import { type TypedValue, ValueChecker } from '../../support/types/value-checker.ts';
import {
  nativeAnswer,
  nativeEvents,
  nativeObject,
  nativeToolCall,
  nativeToolEvents,
} from '../providers/fixtures/workers-ai.ts';

const values = new ValueChecker();
afterAll(() => values.close());

function faultsOf(...told: readonly TypedValue[]): string[] {
  if (told.length === 0) throw new Error('nothing was told');
  return values.faults(told);
}

const encoder = new TextEncoder();
const never = new AbortController().signal;

async function echoed(fields: object): Promise<string> {
  const body = { model: 'echo', messages: hello, ...fields };
  return (await answerAsEcho(encoder.encode(JSON.stringify(body)), never)).text();
}

function chunksIn(data: readonly string[]): TypedValue[] {
  const chunks = data.filter((each) => each.startsWith('{'));
  return chunks.map((chunk) => ({ type: 'Protocol.ChatToldChunk', value: JSON.parse(chunk) as unknown }));
}

describe('what the types of the official clients allow', () => {
  const tool = { type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } };

  test.each([{}, { n: 2 }, { model: 'echo-tools', tools: [tool] }, { max_tokens: 1 }])(
    'is all that echo answers: %j',
    async (fields) => {
      expect(faultsOf({ type: 'Protocol.ChatTold', value: JSON.parse(await echoed(fields)) })).toEqual([]);
      const stream = await echoed({ ...fields, stream: true, stream_options: { include_usage: true } });
      expect(faultsOf(...chunksIn(stream.split('\n').map((line) => line.replace(/^data: /, ''))))).toEqual([]);
    },
  );

  test.each(['float', 'base64'])('is all that echo embeds, as %s', async (format) => {
    const body = { model: 'echo-embedding', input: ['Hello', 'there'], encoding_format: format };
    const answer = embedAsEcho(encoder.encode(JSON.stringify(body)));
    expect(faultsOf({ type: 'Protocol.EmbeddingsTold', value: await answer.json() })).toEqual([]);
  });

  const asked = { model: 'm', id: 'chatcmpl-1', created: 1_790_000_000, cap: undefined };

  test.each([nativeAnswer, nativeToolCall, nativeObject])(
    'is what becomes of an answer of Workers AI: %j',
    (answer) => {
      expect(faultsOf({ type: 'Protocol.ChatTold', value: chatAnswer(answer, asked) })).toEqual([]);
      expect(faultsOf(...chunksIn(eventsOfAnswer(answer, asked)))).toEqual([]);
    },
  );

  test.each([[nativeEvents], [nativeToolEvents]])('is what becomes of a stream of Workers AI: %j', (events) => {
    const stream = new WorkersAiStream(asked);
    const data = [...events.map((event) => JSON.stringify(event)), '[DONE]'];
    expect(faultsOf(...chunksIn(data.flatMap((each) => stream.push(each))))).toEqual([]);
  });

  test('is every list of models', () => {
    const offer = { catalog: bundledCatalog(), isOn: () => true };
    const caller = { policy: {}, test: false };
    expect(
      faultsOf(
        { type: 'Protocol.ModelsTold', value: listModels(caller, offer) },
        {
          type: 'Protocol.AnthropicModelsTold',
          value: listAnthropicModels(caller, offer, new URLSearchParams('limit=1000')),
        },
        { type: 'Protocol.AnthropicModelTold', value: showAnthropicModel(caller, offer, 'gpt-5-mini') },
      ),
    ).toEqual([]);
  });

  const more: readonly ErrorOptions[] = [
    {},
    { param: 'tools', unsupported: ['thread'], providerType: 'odd', providerCode: 'odd' },
    { providerType: 'overloaded_error', status: 529 },
    { status: 418 },
  ];
  // Its keys are the codes.
  const codes = Object.keys(errorStatus) as ErrorCode[];

  test.each(codes)('is every error: %s', (code) => {
    const errors = more.map((options) => new GatewayError(code, 'It is so.', options));
    expect(
      faultsOf(
        ...errors.map((error) => ({ type: 'Protocol.ChatError', value: openAiErrorBody(error, 'req_1') })),
        ...errors.map((error) => ({ type: 'Protocol.MessageError', value: anthropicErrorBody(error, 'req_1') })),
      ),
    ).toEqual([]);
  });
});

describe('a value that is not of its type', () => {
  const message = { role: 'user', content: 'Hello' };
  const right = { model: 'm', max_tokens: 9, messages: [message] };

  test.each<[string, object]>([
    ["Property 'max_tokens' is missing", { max_tokens: undefined }],
    ['\'"stop"\' does not exist', { stop: ['x'] }],
    ['\'"fast"\' is not assignable', { service_tier: 'fast' }],
    ["'number' is not assignable", { messages: [{ ...message, content: [{ type: 'text', text: 7 }] }] }],
    [
      '\'"weight"\' does not exist',
      { messages: [message, { ...message, content: [{ type: 'text', text: '', weight: 1 }] }] },
    ],
  ])('is found: %s', (fault, fields) => {
    const found = values.faults([
      { type: 'Protocol.MessagesSent', value: right },
      { type: 'Protocol.MessagesSent', value: { ...right, ...fields } },
    ]);
    expect(found).toEqual([expect.stringContaining(fault)]);
  });
});
