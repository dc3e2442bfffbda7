import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChatStream } from '../../../../src/protocols/chat/stream.ts';
import { OutputCount } from '../../../../src/protocols/output-count.ts';

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

describe('what a stream says that it used', () => {
  const word = { choices: [{ index: 0, delta: { content: 'word' }, finish_reason: null }] };
  const usage = { prompt_tokens: 7, completion_tokens: 3 };
  const alone = { choices: [], usage };
  const error = { message: 'dry', code: 502 };
  const failed = { choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }], error };

  function reading(...chunks: readonly object[]): ChatStream {
    const stream = new ChatStream({ choices: 1, wordsPerToken: 1 });
    for (const chunk of chunks) stream.read(JSON.stringify(chunk));
    return stream;
  }

  test.each<readonly [string, readonly object[]]>([
    ['by itself, and no more comes', [word, alone]],
    ['with its failure', [word, { ...failed, usage }]],
    ['in its failure', [word, { ...failed, error: { ...error, usage } }]],
    ['where Groq puts it', [word, { ...failed, x_groq: { usage } }]],
    ['after its failure', [word, failed, alone]],
    ['with the last of its answer, before its failure', [{ ...word, usage }, failed]],
    ['by itself, before its failure', [word, alone, failed]],
  ])('is the last word on it where it says so %s', (_where, chunks) => {
    const stream = reading(...chunks);
    expect(stream.finalUsage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
    expect(stream.isComplete).toBe(false);
  });

  test.each<readonly [string, readonly object[]]>([
    ['with a part of its answer', [{ ...word, usage }]],
    ['by itself, and more comes', [word, alone, word]],
    ['of nothing that came out yet', [{ choices: [], usage: { ...usage, completion_tokens: 0 } }, failed]],
    ['and more comes before its failure', [word, alone, word, failed]],
    ['and more comes with its failure', [word, alone, { ...word, error }]],
  ])('is not where it says so %s', (_where, chunks) => {
    expect(reading(...chunks).finalUsage).toBeUndefined();
  });

  test('is the last word too where nothing has come out, if that is said with the failure', () => {
    const stream = reading({ ...failed, usage: { ...usage, completion_tokens: 0 } });
    expect(stream.finalUsage).toMatchObject({ inputTokens: 7, outputTokens: 0 });
  });
});

describe('what later chunks say of a usage', () => {
  const first = {
    choices: [],
    usage: { prompt_tokens: 100, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 80 } },
  };
  const word = { choices: [{ index: 0, delta: { content: 'word' }, finish_reason: null }] };

  function usageOf(...chunks: readonly object[]): ChatStream['usage'] {
    const stream = new ChatStream({ choices: 1, wordsPerToken: 1 });
    for (const chunk of chunks) stream.read(JSON.stringify(chunk));
    return stream.usage;
  }

  test('is not less than what earlier ones have said, and leaves what it says nothing of', () => {
    const less = { choices: [], usage: { prompt_tokens: 50, completion_tokens: 3 } };
    expect(usageOf(word, first, less)).toMatchObject({ inputTokens: 100, outputTokens: 9, cachedInputTokens: 80 });
    const more = { choices: [], usage: { prompt_tokens: 100, completion_tokens: 12, total_tokens: 112 } };
    expect(usageOf(word, first, more)).toMatchObject({ outputTokens: 12, cachedInputTokens: 80 });
  });

  test('is no report of what has come since, where it is of nothing at all', () => {
    const stream = new ChatStream({ choices: 1, wordsPerToken: 1 });
    for (const chunk of [first, { ...word, usage: { prompt_tokens: 0, completion_tokens: 0 } }]) {
      stream.read(JSON.stringify(chunk));
    }
    expect(stream.usage).toMatchObject({ outputTokens: 9 });
    expect(stream.usageOfAll).toBeUndefined();
  });

  test.each([
    ['before', [{ ...word, service_tier: 'priority' }, word, first]],
    ['with', [word, { ...first, service_tier: 'priority' }]],
    ['after', [word, first, { choices: [], service_tier: 'priority' }]],
    ['in', [word, { ...first, usage: { ...first.usage, service_tier: 'priority' } }]],
  ])('has the tier that was named %s it', (_where, chunks) => {
    expect(usageOf(...chunks)).toMatchObject({ serviceTier: 'priority' });
  });

  test('has the searches that are told beside it', () => {
    const found = { ...word, web_search: [{ title: 'Weir' }, { title: 'Sluice' }] };
    expect(usageOf(found, first)).toMatchObject({ webSearches: 1 });
    expect(usageOf(word, first)).not.toHaveProperty('webSearches');
  });
});

test('a stream that has failed is not complete, whatever comes then; one that was complete is', () => {
  const finish = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  const failure = JSON.stringify({ error: { message: 'dry' } });
  const stream = new ChatStream({ choices: 1, wordsPerToken: 1 });
  for (const data of [failure, finish, '[DONE]']) stream.read(data);
  expect(stream).toMatchObject({ isComplete: false, isDone: false });
  const complete = new ChatStream({ choices: 1, wordsPerToken: 1 });
  for (const data of [finish, failure]) complete.read(data);
  expect(complete.isComplete).toBe(true);
});
