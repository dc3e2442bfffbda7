import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { assistantBlocks } from '../../../../../src/protocols/translate/chat-to-messages/assistant.ts';
import { ToolIds } from '../../../../../src/protocols/translate/chat-to-messages/ids.ts';
import { completionOfMessage } from '../../../../../src/protocols/translate/message-to-completion/answer.ts';
import { MessageChunkReader } from '../../../../../src/protocols/translate/message-to-completion/chunks.ts';
import { MessagesStream } from '../../../../../src/protocols/messages/stream.ts';
import type { ChatChunk, ReasoningDetail } from '../../../../../src/protocols/chat/chunk.ts';
import { asText } from '../../../../../src/protocols/json/json-value.ts';
import {
  all,
  close,
  dataOf,
  delta,
  end,
  open,
  parallelTools,
  plain,
  refused,
  sse,
  start,
  textBlock,
  thinking,
} from '../../messages/fixtures/streams.ts';

function chunksOf(stream: string): ChatChunk[] {
  const reader = new MessagesStream({ wordsPerToken: 1 });
  const source = new MessageChunkReader();
  return dataOf(stream).flatMap((data) => source.chunks(reader.read(data)));
}

const deltasOf = (stream: string) => chunksOf(stream).map(({ choices: [choice] }) => choice?.delta);
const endOf = (stream: string) => chunksOf(stream).at(-1)?.choices[0];

describe('a message that comes as a stream', () => {
  it('is a chat completion in chunks', () => {
    expect(deltasOf(plain)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Good' },
      { content: ' morning' },
      { content: ', "you"\n' },
      {},
    ]);
    expect(endOf(plain)).toEqual({ index: 0, delta: {}, finish_reason: 'stop', logprobs: null });
    expect(chunksOf(plain)[1]).toMatchObject({ service_tier: 'default' });
  });

  it('calls several tools, each with its arguments, which are an object even where none were written', () => {
    const called = deltasOf(parallelTools).flatMap((each) => each?.tool_calls ?? []);
    expect(called).toEqual([
      { index: 0, id: 'toolu_01A', type: 'function', function: { name: 'weather', arguments: '' } },
      { index: 0, function: { arguments: '{"city": "Ul' } },
      { index: 0, function: { arguments: 'm"}' } },
      { index: 1, id: 'toolu_01B', type: 'function', function: { name: 'now', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
    expect(endOf(parallelTools)?.finish_reason).toBe('tool_calls');
  });

  it('thinks aloud, and gives what Anthropic wants back', () => {
    const format = 'anthropic-claude-v1';
    const thought = deltasOf(thinking).filter((each) => each?.reasoning_details !== undefined);
    const text = (said: string) => ({
      reasoning_content: said,
      reasoning_details: [{ type: 'reasoning.text', text: said, index: 0, format }],
    });
    expect(thought).toEqual([
      text('First I add.'),
      text(' Then I check.'),
      { reasoning_details: [{ type: 'reasoning.text', signature: 'EqQBCkYIARgCKkD', index: 0, format }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'EmwKAhgBEgy3va3pzix', index: 1, format }] },
    ]);
  });

  it('tells why it ended, and where it has its words from', () => {
    expect(endOf(refused)).toMatchObject({
      finish_reason: 'content_filter',
      delta: { refusal: 'That could do harm.' },
    });
    expect(endOf(all.cited)).toMatchObject({ finish_reason: 'stop', stop_sequence: 'END' });
    expect(deltasOf(all.cited)).toContainEqual({
      annotations: [
        {
          type: 'file_citation',
          file_citation: { index: 0, filename: 'Sky.pdf', start_index: 0, end_index: 16, content: 'Blue it is.' },
        },
      ],
    });
  });

  it('has nothing to say for what is no part of the answer', () => {
    const source = new MessageChunkReader();
    expect(source.chunks({ kind: 'other' })).toEqual([]);
    expect(source.chunks({ kind: 'done', value: undefined })).toEqual([]);
    const server = open(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} });
    const written = delta(0, { type: 'input_json_delta', partial_json: '{"q":1}' });
    expect(deltasOf(sse([server, written, close(0)]))).toEqual([]);
  });
});

type Block = Readonly<Record<string, unknown>> & { readonly type: string };

const piece = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => text.trim() !== '');
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant('text'), text: piece }),
  fc.record({ type: fc.constant('thinking'), thinking: piece, signature: fc.stringMatching(/^[A-Za-z0-9]{4,8}$/) }),
  fc.record({ type: fc.constant('redacted_thinking'), data: fc.stringMatching(/^[A-Za-z0-9]{4,8}$/) }),
  fc.record({
    type: fc.constant('tool_use'),
    id: fc.uuid().map((id) => `toolu_${id}`),
    name: fc.constant('ls'),
    input: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.integer(), { maxKeys: 2 }),
  }),
);

/** The same blocks as a provider streams them, in pieces of one length. */
function streamOf(blocks: readonly Block[], length: number): string {
  const pieces = (text: unknown) => String(text).match(new RegExp(`[^]{1,${length}}`, 'g')) ?? [];
  const events = blocks.flatMap((each, index) => {
    switch (each.type) {
      case 'text':
        return textBlock(index, pieces(each['text']));
      case 'thinking':
        return [
          open(index, { type: 'thinking', thinking: '', signature: '' }),
          ...pieces(each['thinking']).map((text) => delta(index, { type: 'thinking_delta', thinking: text })),
          delta(index, { type: 'signature_delta', signature: each['signature'] }),
          close(index),
        ];
      case 'tool_use':
        return [
          open(index, { ...each, input: {} }),
          ...pieces(JSON.stringify(each['input'])).map((text) =>
            delta(index, { type: 'input_json_delta', partial_json: text }),
          ),
          close(index),
        ];
      default:
        return [open(index, each), close(index)];
    }
  });
  return sse([start(), ...events, ...end('end_turn', 500)]);
}

test('a stream in pieces of any length comes to the message that would have come whole', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (content, length) => {
      const deltas = deltasOf(streamOf(content, length));
      const whole = completionOfMessage({ content }).choices[0]?.delta;
      expect(deltas.map((each) => each?.content ?? '').join('')).toBe(whole?.content ?? '');
      expect(deltas.map((each) => each?.reasoning_content ?? '').join('')).toBe(whole?.reasoning_content ?? '');
      const calls = deltas.flatMap((each) => each?.tool_calls ?? []);
      const written = (index: number) =>
        calls
          .filter((each) => each.index === index)
          .map((each) => each.function?.arguments ?? '')
          .join('');
      expect(calls.filter(({ id }) => id !== undefined).map(({ id, index }) => [id, written(index)])).toEqual(
        (whole?.tool_calls ?? []).map((call) => [call.id, call.function?.arguments]),
      );
    }),
  );
});

test('what a client gives back of an answer, streamed or whole, is what Anthropic has said', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (content, length) => {
      const whole = completionOfMessage({ content }).choices[0]?.delta;
      if (whole === undefined) throw new Error('no choice');
      const message = { role: 'assistant', ...whole } as const;
      const details = deltasOf(streamOf(content, length)).flatMap(
        (each): readonly ReasoningDetail[] => each?.reasoning_details ?? [],
      );
      const given = assistantBlocks({ ...message }, 'messages[0]', new ToolIds());
      expect(assistantBlocks({ ...message, reasoning_details: details }, 'messages[0]', new ToolIds())).toEqual(given);
      if ('kind' in given) throw new Error(given.message);
      for (const type of ['thinking', 'redacted_thinking', 'tool_use']) {
        expect(given.filter((each) => each.type === type)).toEqual(content.filter((each) => each.type === type));
      }
      const texts = (blocks: readonly Block[]) => blocks.map((each) => asText(each['text']) ?? '').join('');
      expect(texts(given)).toBe(texts(content));
    }),
  );
});
