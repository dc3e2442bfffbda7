import { describe, expect, test } from 'vitest';
import { providerNameCharsMax } from '../../../src/limits.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { protocols } from '../../../src/protocols/protocols.ts';

const label = { id: 'a-1', model: 'm-2026', finishReason: 'stop' };

/** An answer, and the events of a stream, of each protocol. */
const answers: readonly (readonly [ProtocolName, object, readonly object[], object])[] = [
  [
    'chat',
    { id: 'a-1', model: 'm-2026', choices: [{ finish_reason: 'stop' }, { finish_reason: 'length' }] },
    [
      { id: 'a-1', model: 'm-2026', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] },
      { id: 'a-1', model: 'm-2026', choices: [{ index: 1, delta: {}, finish_reason: 'length' }] },
      { id: 'a-1', model: 'm-2026', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { id: '', model: null, choices: [] },
    ],
    label,
  ],
  [
    'messages',
    { id: 'a-1', model: 'm-2026', stop_reason: 'end_turn' },
    [
      { type: 'message_start', message: { id: 'a-1', model: 'm-2026', stop_reason: null } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
    ],
    { ...label, finishReason: 'end_turn' },
  ],
  [
    'responses',
    { id: 'a-1', model: 'm-2026', status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    [
      { type: 'response.created', response: { id: 'a-1', model: 'm-2026', status: 'in_progress' } },
      { type: 'response.incomplete', response: { id: 'a-1', incomplete_details: { reason: 'max_output_tokens' } } },
    ],
    { ...label, finishReason: 'max_output_tokens' },
  ],
];

describe.each(answers)('an answer in the protocol %s', (protocol, answer, events, expected) => {
  test('says what it is, and why it ended', () => {
    expect(protocols[protocol].labelOf({ ...answer })).toEqual(expected);
  });

  test('says so as a stream', () => {
    const reader = protocols[protocol].reader({ choices: 2, wordsPerToken: 1 });
    for (const event of events) reader.read(JSON.stringify(event));
    expect(reader.label).toEqual(expected);
  });

  test('may say nothing of itself', () => {
    const { finishReason: _, ...rest } = protocols[protocol].labelOf({ id: '', model: 7 });
    expect(rest).toEqual({});
    expect(protocols[protocol].reader({ choices: 1, wordsPerToken: 1 }).label).toEqual({});
  });
});

test('a stream of chunks says so where it fails, too', () => {
  const reader = protocols.chat.reader({ choices: 1, wordsPerToken: 1 });
  const choices = [{ index: 0, delta: {}, finish_reason: 'error' }];
  reader.read(JSON.stringify({ id: 'a-1', model: 'm-2026', choices, error: { message: 'Sorry.' } }));
  expect(reader.label).toEqual({ ...label, finishReason: 'error' });
});

test('a completed response has its status for a reason', () => {
  expect(protocols.responses.labelOf({ status: 'completed' })).toEqual({ finishReason: 'completed' });
});

test('an embedding has a model, and no end', () => {
  expect(protocols.embeddings.labelOf({ model: 'm' })).toEqual({ model: 'm' });
});

test('a name is kept as long as its bound, and the rest is cut', () => {
  const id = 'i'.repeat(providerNameCharsMax);
  expect(protocols.chat.labelOf({ id }).id).toBe(id);
  expect(protocols.chat.labelOf({ id: `${id}i` }).id).toBe(id);
});
