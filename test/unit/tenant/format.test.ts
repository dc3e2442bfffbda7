import { describe, expect, test } from 'vitest';
import { newTenant } from '../../../src/core/account/fold.ts';
import {
  type Formats,
  UnreadableFormatError,
  decodeCheckpoint,
  decodeRow,
  encodeCheckpoint,
  encodeRow,
  formats,
  replayRow,
  writtenFormat,
} from '../../../src/core/account/format.ts';

const tombstoned = { type: 'tombstoned', name: 'a' } as const;

/** What is written is an object. */
const fieldsOf = (body: unknown): Record<string, unknown> => body as Record<string, unknown>;
const renamed = (suffix: string) => (event: unknown) => ({
  ...fieldsOf(event),
  name: `${String(fieldsOf(event)['name'])}${suffix}`,
});
const replanned = (catalogVersion: number) => (body: unknown) => ({
  ...fieldsOf(body),
  plan: { ...fieldsOf(fieldsOf(body)['plan']), [`v${catalogVersion}`]: catalogVersion },
});

/** A release two formats on, which knows what came before. */
const later: Formats = {
  eventUpgrades: [renamed('-2'), renamed('-3')],
  checkpointUpgrades: [replanned(2), replanned(3)],
};

describe('a row', () => {
  test('reads back as it was written, and says its format first', () => {
    const text = encodeRow([JSON.stringify(tombstoned), '{"type":"reset"}']);
    expect(JSON.parse(text)).toEqual([writtenFormat, tombstoned, { type: 'reset' }]);
    expect(decodeRow(text)).toEqual([tombstoned, { type: 'reset' }]);
  });

  test('of an older format is brought up step by step, from where it stands', () => {
    const name = (format: number): unknown => decodeRow(JSON.stringify([format, tombstoned]), later)[0];
    expect(name(1)).toMatchObject({ name: 'a-2-3' });
    expect(name(2)).toMatchObject({ name: 'a-3' });
    expect(name(3)).toMatchObject({ name: 'a' });
  });

  test.each(['[4,{}]', '[0,{}]', '[1.5,{}]', '["1",{}]', '[null,{}]'])(
    'of a format that nobody here knows is not read: %s',
    (text) => {
      expect(() => decodeRow(text, later)).toThrow(UnreadableFormatError);
    },
  );

  test('that is no list is not read', () => {
    expect(() => decodeRow('{"type":"reset"}')).toThrow(UnreadableFormatError);
  });

  test('must follow the one before it: a gap would be forgotten money', () => {
    const state = newTenant();
    replayRow(state, { seq: 1, at: 5, events: encodeRow([JSON.stringify(tombstoned)]) });
    expect(state.seq).toBe(1);
    expect(() => replayRow(state, { seq: 3, at: 6, events: encodeRow([]) })).toThrow('journal row 3 follows row 1');
    expect(() => replayRow(state, { seq: 1, at: 6, events: encodeRow([]) })).toThrow('journal row 1 follows row 1');
  });
});

describe('a checkpoint', () => {
  test('of an account that was never described reads back as that', () => {
    const state = newTenant();
    expect(decodeCheckpoint(encodeCheckpoint(state), 0)).toEqual(state);
  });

  test('of an older format is brought up step by step', () => {
    const text = encodeCheckpoint(newTenant());
    expect(decodeCheckpoint(text, 7, later)).toMatchObject({ seq: 7, plan: { v2: 2, v3: 3 } });
  });

  test('of a newer format stops the actor, before it starts from nothing', () => {
    const [, body] = JSON.parse(encodeCheckpoint(newTenant())) as [number, unknown];
    const newer = JSON.stringify([formats.checkpointUpgrades.length + 2, body]);
    expect(() => decodeCheckpoint(newer, 0)).toThrow(
      `this release reads a checkpoint up to format ${formats.checkpointUpgrades.length + 1}, and found`,
    );
  });
});

test('what this release writes, it reads: and so does every release after it', () => {
  expect(writtenFormat).toBeLessThanOrEqual(formats.eventUpgrades.length + 1);
  expect(writtenFormat).toBeLessThanOrEqual(formats.checkpointUpgrades.length + 1);
});
