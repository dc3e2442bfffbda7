import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOfCompletion } from '../../../../src/protocols/translate/completion-to-message/answer.ts';
import { MessagesWriter } from '../../../../src/protocols/messages/writer.ts';
import type { ChunkDelta, ReasoningDetail } from '../../../../src/protocols/chat/chunk.ts';
import { accumulate, messageEvents } from '../../../support/message-events.ts';

const head = { id: 'msg_1', model: 'm', inputTokensAbout: 1 };
const usage = { inputTokens: 1, outputTokens: 1 };

const text = fc.string({ unit: 'grapheme', maxLength: 6 });

const detail: fc.Arbitrary<ReasoningDetail> = fc.oneof(
  fc.record({ type: fc.constant('reasoning.text' as const), text, index: fc.nat(2) }),
  fc.record({ type: fc.constant('reasoning.text' as const), signature: text, index: fc.nat(2) }),
  fc.record({ type: fc.constant('reasoning.summary' as const), summary: text, id: text }),
  fc.record({ type: fc.constant('reasoning.encrypted' as const), data: text }),
);

const callDelta = fc.record(
  {
    index: fc.nat(3),
    id: fc.constantFrom('a', 'b', 'c'),
    function: fc.record(
      { name: fc.constantFrom('f', 'g'), arguments: fc.constantFrom('', '{', '}', '{}', '"x":1', ' ') },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['index'] },
);

const delta: fc.Arbitrary<ChunkDelta> = fc.oneof(
  fc.record({ content: text }),
  fc.record(
    {
      content: text,
      refusal: text,
      reasoning_content: text,
      reasoning_details: fc.array(detail, { maxLength: 3 }),
      tool_calls: fc.array(callDelta, { maxLength: 3 }),
    },
    { requiredKeys: [] },
  ),
);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1, maxLength: 5 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('chunk' as const),
      delta,
      finish: fc.constantFrom(null, null, null, null, 'stop' as const, 'tool_calls' as const),
    }),
  },
);

function written(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[], isCutOff: boolean) {
  const writer = new MessagesWriter(head);
  let stream = '';
  for (const each of steps) {
    stream +=
      each.kind === 'text'
        ? writer.text(0, each.text)
        : writer.chunk({
            choices: [{ index: 0, delta: each.delta, finish_reason: each.finish }],
          });
  }
  return accumulate(messageEvents(stream + (isCutOff ? writer.cutOff() : '') + writer.end(usage, 'cost_usd=0')));
}

function next(numbers: Iterator<number, unknown>): number {
  const { value } = numbers.next();
  return typeof value === 'number' ? value : 1;
}

describe('a stream of the Messages API', () => {
  test('is well formed, and says all of the text in its order, whatever chunks come', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isCutOff) => {
        const { content } = written(steps, isCutOff);
        const said = content.map((block) => (block['type'] === 'text' ? String(block['text']) : '')).join('');
        const sent = steps.map((each) =>
          each.kind === 'text' ? each.text : (each.delta.content ?? '') + (each.delta.refusal ?? ''),
        );
        expect(said).toBe(sent.join(''));
      }),
    );
  });

  test('has every call once, with all its arguments, however they are dealt out', () => {
    const calls = fc.array(
      fc.record({ name: fc.constantFrom('f', 'g'), input: fc.dictionary(fc.constantFrom('a', 'b'), text) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(
        calls,
        fc.infiniteStream(fc.nat(99)),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (made, picks, sizes) => {
          const rest = made.map(({ input }) => JSON.stringify(input));
          const isBegun = made.map(() => false);
          const steps: { kind: 'chunk'; delta: ChunkDelta; finish: null }[] = [];
          while (rest.some((left) => left !== '')) {
            // Calls begin in their order; from then on any of them may go on.
            const begun = Math.min(isBegun.filter(Boolean).length + 1, made.length);
            const open = rest.slice(0, begun).flatMap((left, index) => (left === '' ? [] : [index]));
            const index = open[next(picks) % Math.max(open.length, 1)];
            if (index === undefined) continue;
            const size = next(sizes);
            const first = isBegun[index] === true ? {} : { id: `call_${index}` };
            const name = isBegun[index] === true ? {} : { name: made[index]?.name ?? '' };
            isBegun[index] = true;
            const piece = rest[index]?.slice(0, size) ?? '';
            rest[index] = rest[index]?.slice(size) ?? '';
            steps.push({
              kind: 'chunk',
              delta: { tool_calls: [{ index, ...first, function: { ...name, arguments: piece } }] },
              finish: null,
            });
          }
          const { content, stop_reason: reason } = written(steps, false);
          expect(content.map(({ name, input }) => ({ name, input }))).toEqual(made);
          expect(reason).toBe('tool_use');
        },
      ),
    );
  });

  test('says the same as the message of the same answer that came whole', () => {
    const message = fc.record({
      content: text,
      details: fc.array(detail, { maxLength: 4 }),
      calls: fc.array(
        fc.record({ name: fc.constantFrom('f', 'g'), input: fc.dictionary(fc.constantFrom('a', 'b'), text) }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(message, ({ content, details, calls }) => {
        const made = calls.map(({ name, input }, index) => ({
          index,
          id: `call_${index}`,
          type: 'function' as const,
          function: { name, arguments: JSON.stringify(input) },
        }));
        const said = { content, reasoning_details: details };
        const whole = messageOfCompletion(
          { choices: [{ index: 0, delta: { ...said, tool_calls: made }, finish_reason: 'stop' }] },
          head,
          usage,
        );
        const chunks = [said, ...made.map((call) => ({ tool_calls: [call] }))];
        const streamed = written(
          chunks.map((each) => ({ kind: 'chunk', delta: each, finish: null })),
          false,
        );
        const blocks = streamed.content.map((block) =>
          Object.fromEntries(Object.entries(block).filter(([name]) => name !== 'json')),
        );
        expect(whole).toMatchObject({ content: blocks, stop_reason: streamed.stop_reason, usage: streamed.usage });
      }),
    );
  });
});
