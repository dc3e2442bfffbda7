import { expect, test } from 'vitest';
import { type CallLabel, readLabel, writeLabel } from '../load/call-label.ts';
import { scenarios } from '../load/scenarios.ts';

test('what the referee is told of a call comes through the name of its end user', () => {
  const label: CallLabel = { user: 'money-1', number: 12, sentAtMs: 1_790_000_000_000, endpoint: 'responses' };
  expect(readLabel(writeLabel(label))).toEqual(label);
});

test.each(['somebody', 'a/b', 'a/1/2/other', 'a/1/2/chat/', ''])('%o is just somebody', (endUser) => {
  expect(readLabel(endUser)).toBeUndefined();
});

test('no label is longer than the longest name of an end user that every protocol takes', () => {
  for (const { name } of scenarios({ short: false })) {
    const label = { user: `${name}-999`, number: 99_999, sentAtMs: 1_790_000_000_000, endpoint: 'embeddings' } as const;
    expect(writeLabel(label).length).toBeLessThanOrEqual(64);
  }
});
