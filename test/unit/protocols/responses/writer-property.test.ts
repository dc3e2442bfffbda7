import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/http/errors.ts';
import type { ChatChunk, ChunkDelta } from '../../../../src/protocols/chat/chunk.ts';
import { responseOfCompletion } from '../../../../src/protocols/translate/completion-to-response/answer.ts';
import { ResponsesWriter } from '../../../../src/protocols/responses/writer.ts';
import { ResponseFollower } from '../../../support/response-follower.ts';
import { chunkOf, eventsIn, responsesRequest, toldResponse } from '../../../support/responses.ts';

const usage = { inputTokens: 3, outputTokens: 4 };
const request = responsesRequest({
  tools: [
    { type: 'function', name: 'find', parameters: {} },
    { type: 'custom', name: 'patch' },
  ],
});

const words = fc.oneof(
  fc.constantFrom('', ' ', 'word', '\n', '"', '\\', '水', 'event: x\n\n', 'data: {}'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const index = fc.nat(2);
const delta: fc.Arbitrary<ChunkDelta> = fc.oneof(
  words.map((content) => ({ content })),
  words.map((refusal) => ({ refusal })),
  words.map((text) => ({ reasoning_content: text })),
  fc
    .tuple(index, words)
    .map(([at, text]) => ({ reasoning_details: [{ type: 'reasoning.text', text, index: at }] as const })),
  fc
    .tuple(index, words)
    .map(([at, data]) => ({ reasoning_details: [{ type: 'reasoning.encrypted', data, index: at }] as const })),
  fc.tuple(index, fc.constantFrom('find', 'patch', undefined), words).map(([at, name, piece]) => ({
    tool_calls: [
      { index: at, id: `call_${at}`, function: { ...(name === undefined ? {} : { name }), arguments: piece } },
    ],
  })),
  fc.constant({
    annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 1 }],
  }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: delta.map((each) => ({ kind: 'chunk' as const, chunk: chunkOf(each) })) },
  { weight: 1, arbitrary: words.map((text) => ({ kind: 'text' as const, text })) },
);
const ending = fc.constantFrom('end', 'cut-off', 'error', 'length');

type Step = { readonly kind: 'chunk'; readonly chunk: ChatChunk } | { readonly kind: 'text'; readonly text: string };

function streamOf(steps: readonly Step[], how: string): string {
  const writer = new ResponsesWriter(request, toldResponse);
  let text = '';
  for (const each of steps) text += each.kind === 'text' ? writer.text(0, each.text) : writer.chunk(each.chunk);
  if (how === 'error') return text + writer.error(new GatewayError('provider_error', 'lost'), 'req_1', undefined);
  if (how === 'cut-off') text += writer.cutOff();
  if (how === 'length') text += writer.chunk(chunkOf({}, 'length'));
  return text + writer.end(usage, 'cost_usd=0.1');
}

describe('whatever chunks an answer comes in, its stream', () => {
  test('is numbered without a gap, and ends with its last event', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), ending, (steps, how) => {
        const events = eventsIn(streamOf(steps, how));
        expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, at) => at));
        const terminal = events.flatMap(({ type }, at) =>
          /^response\.(completed|incomplete|failed)$/.test(String(type)) ? [at] : [],
        );
        expect(terminal).toEqual([events.length - 1]);
      }),
    );
  });

  test('tells every item that it opens to its end, and everything in it twice alike', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom('end', 'cut-off', 'length'), (steps, how) => {
        const events = eventsIn(streamOf(steps, how));
        const follower = new ResponseFollower();
        for (const event of events) follower.follow(event);
        expect(follower.faults).toEqual([]);
        expect(follower.open.size).toBe(0);
        expect(events.at(-1)).toMatchObject({ response: { output: follower.items } });
      }),
    );
  });

  test('is understood by the official client, which comes to the same response', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.constantFrom('end', 'cut-off'), async (steps, how) => {
        const stream = streamOf(steps, how);
        const last = eventsIn(stream).at(-1)?.['response'];
        const client = clientOf(stream);
        const final = await client.responses.stream({ model: 'm', input: 'x' }).finalResponse();
        const { output } = JSON.parse(JSON.stringify(last)) as { output: { content?: { text?: string }[] }[] };
        expect(final.output).toMatchObject(output);
        const texts = output.flatMap(({ content = [] }) => content.map(({ text = '' }) => text));
        expect(final.output_text).toBe(texts.join(''));
        expect(final.usage).toMatchObject({ input_tokens: 3, output_tokens: 4, total_tokens: 7 });
      }),
      { numRuns: 50 },
    );
  });

  test('comes to what a whole answer of the same is told as', () => {
    fc.assert(
      fc.property(words, words, words, (thought, content, given) => {
        const call = { index: 0, id: 'c', type: 'function' as const, function: { name: 'find', arguments: given } };
        const said = { content, reasoning_content: thought, tool_calls: [call] };
        const whole = responseOfCompletion(chunkOf(said, 'tool_calls'), request, toldResponse, usage);
        const stream = streamOf([{ kind: 'chunk', chunk: chunkOf(said, 'tool_calls') }], 'end');
        expect(eventsIn(stream).at(-1)?.['response']).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
    );
  });
});

test('the official client takes a failed response for what it is', async () => {
  const stream = streamOf([{ kind: 'text', text: 'Some' }], 'error');
  const seen: unknown[] = [];
  const events = await clientOf(stream).responses.create({ model: 'm', input: 'x', stream: true });
  for await (const event of events) seen.push(event);
  expect(seen.at(-1)).toMatchObject({ type: 'response.failed', response: { error: { code: 'server_error' } } });
});

function clientOf(stream: string): OpenAI {
  const answer = () => Promise.resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } }));
  return new OpenAI({ apiKey: 'none', baseURL: 'http://127.0.0.1:1/v1', fetch: answer, maxRetries: 0 });
}
