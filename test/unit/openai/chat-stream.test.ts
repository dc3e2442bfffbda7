import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChatStream } from '../../../src/openai/chat-stream.ts';
import { OutputCount } from '../../../src/wire/output-count.ts';

const text = fc.oneof(
  fc.constantFrom('', ' ', 'word', ' two words', '\n', '"', '\\', '水'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const name = fc.constantFrom('content', 'content', 'content', 'reasoning_content', 'refusal');
const delta = fc.tuple(fc.nat(1), name, text).map(([index, key, value]) => ({ index, delta: { [key]: value } }));

test('what is counted is the same, however the chunks of a stream are read', () => {
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 40 }), fc.boolean(), (choices, isSpaced) => {
      const stream = new ChatStream({ choices: 2, wordsPerToken: 1 });
      const count = new OutputCount(1);
      for (const choice of choices) {
        count.add(choice.index, choice.delta);
        const data = JSON.stringify({ id: 'x', choices: [choice], usage: null });
        expect(stream.read(isSpaced ? data.replaceAll('":', '": ') : data).kind).toBe('chunk');
      }
      expect({ most: stream.count.most, least: stream.count.least }).toEqual({ most: count.most, least: count.least });
    }),
  );
});

test('chunks that differ in their text only say no more than that, and what ends the stream is still found', () => {
  const stream = new ChatStream({ choices: 1, wordsPerToken: 1 });
  const chunk = (content: string, reason: string | null = null) =>
    JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: reason }] });
  for (let word = 0; word < 10; word += 1) stream.read(chunk(` w${word}`));
  expect(stream).toMatchObject({ isComplete: false, count: { least: 10 } });
  stream.read(chunk('', 'stop'));
  expect(stream.isComplete).toBe(true);
  const usage = { prompt_tokens: 7, completion_tokens: 10 };
  expect(stream.read(JSON.stringify({ choices: [], usage }))).toMatchObject({ kind: 'usage-only' });
  expect(stream.usageOfAll).toMatchObject({ outputTokens: 10 });
});
