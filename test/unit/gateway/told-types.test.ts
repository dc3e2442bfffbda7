import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { answerBody } from '../../../src/gateway/relay/answer-body.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import { readerAndWriter } from '../../../src/gateway/relay/reader-and-writer.ts';
import { type AnyCall, protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import type { TranslatedHead } from '../../../src/gateway/relay/translated-head.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { candidates } from '../../support/chat.ts';
import { type Json, askedTypes, objectsOf } from '../../support/types/asked-bodies.ts';
import { streamOf } from '../../support/types/message-stream.ts';
import { type TypedValue, ValueChecker } from '../../support/types/value-checker.ts';

// Whatever a provider answers that its own types allow, what its client is told is what the types of the client's
// protocol allow: no field is missing, none has another type or value, and beside them there is nothing but what
// `protocol-types.ts` says. Of an answer that is passed on that is so of what Weir itself writes into it.

const values = new ValueChecker();
afterAll(() => values.close());

const wholeTypes = { chat: 'Protocol.ChatTold', messages: 'Protocol.MessageTold', responses: 'Protocol.ResponseTold' };
const eventTypes = {
  chat: 'Protocol.ChatToldChunk',
  messages: 'Protocol.MessageToldEvent',
  responses: 'Protocol.ResponseToldEvent',
};
const errorTypes = { chat: 'Protocol.ChatError', messages: 'Protocol.MessageError', responses: eventTypes.responses };
type Protocol = keyof typeof wholeTypes;

const finished = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm' };
const lastChunks = [
  { ...finished, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { ...finished, choices: [], usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } },
];

interface Answers {
  readonly whole: fc.Arbitrary<Json>;
  readonly events: fc.Arbitrary<readonly Json[]>;
}

/** Answers of a provider: whole, and as the events of a stream. What is passed on is as its clients know it. */
function answersOf(providers: Protocol, isPassedOn: boolean): Answers {
  switch (providers) {
    case 'chat': {
      const chunk = objectsOf(values, isPassedOn ? eventTypes.chat : 'Protocol.ChatAnswerChunk');
      const chunks = fc.array(chunk, { minLength: 1, maxLength: 6 });
      return {
        whole: objectsOf(values, 'Protocol.ChatAnswer'),
        events: chunks.map((some) => [...some, ...lastChunks]),
      };
    }
    case 'messages': {
      const whole = objectsOf(values, 'Protocol.MessageAnswer');
      return { whole, events: whole.map(streamOf) };
    }
    case 'responses': {
      const whole = objectsOf(values, wholeTypes.responses);
      const pieces = fc.array(objectsOf(values, 'Protocol.ResponsePiece'), { maxLength: 6 });
      const events = fc.tuple(whole, pieces).map(([response, some]) => {
        const [begun, ended] = ['response.created', 'response.completed'].map((type, at) => {
          return { type, response, sequence_number: at * (some.length + 1) };
        });
        return [{ ...begun }, ...some, { ...ended }];
      });
      return { whole, events };
    }
  }
}

const encoder = new TextEncoder();
const head = { id: 'resp_1', model: 'm', created: 1_790_000_000, now: () => 1_790_000_007 };
const catalog = bundledCatalog();

interface Exchange {
  readonly asked: AnyCall;
  readonly sent: AnyCall;
  readonly head: TranslatedHead;
}

/** A request, and what became of it on the way to its provider; undefined where it can't be had there. */
function exchangeOf(protocol: ProtocolName, body: Json, model: string, isKept: boolean): Exchange | undefined {
  const [to] = candidates(catalog, model);
  if (to === undefined) throw new Error(`nothing serves ${model}`);
  try {
    const asked = protocols[protocol].read(encoder.encode(JSON.stringify({ ...body, model })));
    const encoded = encodeCall(asked, to);
    const keeping = { previousId: 'resp_0', isKept };
    return encoded instanceof GatewayError ? undefined : { asked, sent: encoded.call, head: { ...head, keeping } };
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined;
    throw thrown;
  }
}

function toldWhole({ asked, sent, head: told }: Exchange, answer: Json): unknown {
  const usage = protocols[sent.protocol].usageIn(answer) ?? { inputTokens: 1, outputTokens: 1 };
  const { bytes } = answerBody(asked, sent, { bytes: encoder.encode('{}'), answer }, told, usage);
  return JSON.parse(new TextDecoder().decode(bytes));
}

type Ending = 'end' | 'cut-off' | 'error';

/** The data of what a client is told of a stream, and of its end, but for what is passed on as it came. */
function toldEvents({ asked, sent, head: told }: Exchange, events: readonly Json[], ending: Ending) {
  const options = { inputTokensAbout: 5, choices: 1, wordsPerToken: 10, costOf: () => '0.01' };
  const { reader, writer } = readerAndWriter({ asked, sent, head: told, ...options });
  let text = '';
  for (const event of ending === 'end' ? events : events.slice(0, -1)) {
    const data = JSON.stringify(event);
    const read = reader.read(data);
    if (read.kind !== 'fault') text += writer.pass({ start: 0, end: 0, data }, read) ?? '';
  }
  const used = { inputTokens: 9, outputTokens: 2, costUsd: '0.01' };
  if (ending === 'cut-off') text += writer.cutOff(used);
  if (ending !== 'error') return { events: dataIn(text + writer.end(used)), errors: [] };
  return {
    events: dataIn(text),
    errors: dataIn(writer.error(new GatewayError('provider_error', 'No.'), 'req_1', '0')),
  };
}

function dataIn(stream: string): unknown[] {
  const lines = stream.split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}

const runs = Number(process.env['TYPE_RUNS'] ?? 4);
const asksARun = 30;
const patient = 120_000;

const ways: readonly (readonly [Protocol, Protocol, string])[] = [
  ['chat', 'messages', 'anthropic/claude-haiku-4-5'],
  ['messages', 'chat', 'openai/gpt-4.1'],
  ['responses', 'chat', 'deepseek/deepseek-v4-pro'],
  ['responses', 'messages', 'anthropic/claude-haiku-4-5'],
  ['chat', 'chat', 'openai/gpt-4.1'],
  ['messages', 'messages', 'anthropic/claude-haiku-4-5'],
  ['responses', 'responses', 'openai/gpt-4.1'],
];

describe.each(ways)('a client of %s whose provider speaks %s', (protocol, providers, model) => {
  test(
    'is told nothing that its protocol does not allow',
    () => {
      const { whole, events } = answersOf(providers, protocol === providers);
      const ending = fc.constantFrom<Ending>('end', 'cut-off', 'error');
      const call = fc.tuple(objectsOf(values, askedTypes[protocol]), whole, events, ending, fc.boolean());
      let toldCount = 0;
      fc.assert(
        fc.property(fc.array(call, { minLength: asksARun, maxLength: asksARun }), (calls) => {
          const told = calls.flatMap(([body, answer, stream, how, isKept]): TypedValue[] => {
            const exchange = exchangeOf(protocol, body, model, protocol === 'responses' && isKept);
            if (exchange === undefined) return [];
            const streamed = toldEvents(exchange, stream, how);
            return [
              ...streamed.events.map((value) => ({ type: eventTypes[protocol], value })),
              ...streamed.errors.map((value) => ({ type: errorTypes[protocol], value })),
              ...(protocol === providers ? [] : [{ type: wholeTypes[protocol], value: toldWhole(exchange, answer) }]),
            ];
          });
          toldCount += told.length;
          expect(values.faults(told)).toEqual([]);
        }),
        // To make a body smaller that has many fields takes longer than to read what is wrong with it.
        { numRuns: runs, endOnFailure: true },
      );
      expect(toldCount).toBeGreaterThan((runs * asksARun) / 2);
    },
    patient,
  );
});
