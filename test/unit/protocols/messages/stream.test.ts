import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MessagesStream } from '../../../../src/protocols/messages/stream.ts';
import { SseScanner } from '../../../../src/protocols/sse.ts';
import type { StreamEvent } from '../../../../src/protocols/stream-reader.ts';
import {
  all,
  brokenOff,
  cached,
  dataOf,
  delta,
  end,
  parallelTools,
  plain,
  refused,
  start,
  thinking,
} from './fixtures/streams.ts';

function follow(stream: string): { readonly reader: MessagesStream; readonly events: StreamEvent[] } {
  const reader = new MessagesStream({ wordsPerToken: 1 });
  return { reader, events: dataOf(stream).map((data) => reader.read(data)) };
}

const kinds = (events: readonly StreamEvent[]) =>
  events.map((event) => (event.kind === 'chunk' ? event.content.kind : event.kind));

describe('the stream of a message', () => {
  it('is known for what it is, event by event', () => {
    const { reader, events } = follow(plain);
    expect(kinds(events)).toEqual(['value', 'value', 'other', 'text', 'text', 'text', 'value', 'value', 'done']);
    expect(reader).toMatchObject({ isDone: true, isComplete: true, usageOfAll: { inputTokens: 20, outputTokens: 9 } });
    expect(reader.usage?.serviceTier).toBe('standard');
  });

  it('has a usage from its beginning on, but one of all only at its end', () => {
    const reader = new MessagesStream({ wordsPerToken: 1 });
    const data = dataOf(cached);
    reader.read(data[0]);
    expect(reader.usage).toMatchObject({ inputTokens: 1305, cachedInputTokens: 1000, cacheWrite1hTokens: 200 });
    expect(reader.usageOfAll).toBeUndefined();
    for (const each of data.slice(1, -2)) reader.read(each);
    expect(reader).toMatchObject({ isComplete: false, usageOfAll: undefined });
    reader.read(data.at(-2));
    expect(reader).toMatchObject({ isComplete: true, isDone: false });
    expect(reader.usageOfAll).toMatchObject({ inputTokens: 1305, cacheWrite5mTokens: 100, outputTokens: 4 });
  });

  it('lets a later report correct an earlier one, and keeps what it says nothing of', () => {
    const reader = new MessagesStream({ wordsPerToken: 1 });
    reader.read(JSON.stringify(start()));
    const [last] = end('end_turn', 8, {}, { input_tokens: 90, server_tool_use: { web_search_requests: 2 } });
    reader.read(JSON.stringify(last));
    expect(reader.usageOfAll).toMatchObject({
      inputTokens: 90,
      outputTokens: 8,
      webSearches: 2,
      serviceTier: 'standard',
    });
  });

  it('keeps what was said at its beginning where a server ends it with zeros, or says it only at its end', () => {
    const zeros = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    const late = { input_tokens: 0, output_tokens: 0 };
    for (const [first, last] of [
      [{ input_tokens: 20, output_tokens: 1 }, zeros],
      [late, { input_tokens: 20 }],
    ] as const) {
      const reader = new MessagesStream({ wordsPerToken: 1 });
      for (const each of [start(first), ...end('end_turn', 8, {}, last)]) reader.read(JSON.stringify(each));
      expect(reader.usageOfAll).toMatchObject({ inputTokens: 20, outputTokens: 8 });
    }
  });

  it('counts thoughts and arguments, but nothing of what proves or hides them', () => {
    const { reader } = follow(thinking.replace('"output_tokens":41', '"output_tokens":"?"'));
    // Three and three words of thought, three of the answer.
    expect(reader.count.seen).toBe(9);
    expect(reader.count.all).toBeLessThan('First I add. Then I check. It is 7.'.length + 5);
    expect(follow(parallelTools).reader.count.seen).toBe(6);
  });

  it('does not believe a usage that is less than what has come', () => {
    const { reader } = follow(plain.replace('"output_tokens":9', '"output_tokens":1'));
    expect(reader.usage).toMatchObject({ outputTokens: 1 });
    expect(reader.usageOfAll).toBeUndefined();
  });

  it('has no usage of all where more comes after the last report', () => {
    const reader = new MessagesStream({ wordsPerToken: 1 });
    const data = dataOf(plain);
    for (const each of data.slice(0, -1)) reader.read(each);
    expect(reader.usageOfAll).toBeDefined();
    reader.read(JSON.stringify(delta(0, { type: 'text_delta', text: ' more' })));
    expect(reader.usageOfAll).toBeUndefined();
  });

  it('tells a fault in the middle, with the status that stands for it', () => {
    const { reader, events } = follow(brokenOff);
    expect(events.at(-1)).toEqual({
      kind: 'fault',
      fault: { message: 'Overloaded', type: 'overloaded_error', status: 529 },
    });
    expect(reader).toMatchObject({ isComplete: false, isDone: false });
  });

  it('is complete after a refusal too', () => {
    expect(follow(refused).reader).toMatchObject({ isComplete: true, usageOfAll: { outputTokens: 1 } });
  });

  it('passes over what nobody has heard of, and what is no JSON', () => {
    const reader = new MessagesStream({ wordsPerToken: 1 });
    for (const data of [undefined, '', '{', '[]', '{"type":"novel"}', '7']) {
      expect(reader.read(data)).toEqual({ kind: 'other' });
    }
  });
});

const piece = fc.oneof(
  fc.constantFrom(' word', '"', '\\', '\n', ',"text":"x"', '}}', '水', '"},"index":1'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

test('what texts say and count is the same, whether an event is parsed or known by its likeness', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), piece), { maxLength: 40 }), fc.boolean(), (pieces, isSpaced) => {
      const stream = new MessagesStream({ wordsPerToken: 1 });
      const parsed = new MessagesStream({ wordsPerToken: 1 });
      for (const [index, text] of pieces) {
        const data = JSON.stringify(delta(index, { type: 'text_delta', text }));
        const read = stream.read(isSpaced ? data.replace('"text":"', '"text": "') : data);
        expect(read).toEqual({ kind: 'chunk', usage: undefined, content: { kind: 'text', choice: 0, text } });
        // With a field that is never the same, no event is like another.
        parsed.read(JSON.stringify({ nonce: Math.random(), ...delta(index, { type: 'text_delta', text }) }));
      }
      expect([stream.count.most, stream.count.least]).toEqual([parsed.count.most, parsed.count.least]);
      const bytes = pieces.reduce((sum, [, text]) => sum + new TextEncoder().encode(text).length, 0);
      expect(stream.count.most).toBeGreaterThanOrEqual(bytes);
    }),
  );
});

describe('a message that fails', () => {
  const usage = { input_tokens: 7, output_tokens: 3 };
  const error = { type: 'error', error: { type: 'api_error', message: 'dry' } };
  const begun = { type: 'message_start', message: { usage: { input_tokens: 7, output_tokens: 1 } } };
  const told = { type: 'message_delta', delta: { stop_reason: null }, usage };

  it.each<readonly [string, readonly object[]]>([
    ['before', [told, error]],
    ['beside it', [{ ...error, usage }]],
    ['in it', [{ ...error, error: { ...error.error, usage } }]],
    ['after', [error, told]],
    ['after, with an end', [error, { ...told, delta: { stop_reason: 'end_turn' } }, { type: 'message_stop' }]],
  ])('says %s what it used', (_where, events) => {
    const reader = new MessagesStream({ wordsPerToken: 1 });
    for (const event of [begun, ...events]) reader.read(JSON.stringify(event));
    expect(reader.finalUsage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
    expect(reader.isComplete).toBe(false);
  });

  it('does not say so where its beginning alone had a usage', () => {
    const reader = new MessagesStream({ wordsPerToken: 1 });
    for (const event of [begun, error]) reader.read(JSON.stringify(event));
    expect(reader.finalUsage).toBeUndefined();
  });
});

test('a stream says the same however its bytes arrive', () => {
  const bytes = new TextEncoder().encode(Object.values(all).join(''));
  const whole = follow(Object.values(all).join('')).events;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const scanner = new SseScanner();
      const reader = new MessagesStream({ wordsPerToken: 1 });
      const events: StreamEvent[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        const block = scanner.push(bytes.slice(at, at + size));
        events.push(...(block?.events ?? []).map(({ data }) => reader.read(data)));
        at += size;
      }
      expect(events).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});
