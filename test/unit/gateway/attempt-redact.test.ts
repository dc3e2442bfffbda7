import { expect, test } from 'vitest';
import { redact } from '../../../src/gateway/attempt/redact.ts';

test('the credentials that were sent are not shown', () => {
  expect(redact('key hunter2hunter2 is bad, hunter2hunter2!', ['hunter2hunter2'])).toBe(
    'key [redacted] is bad, [redacted]!',
  );
});

test.each([
  'Incorrect API key provided: sk-proj-abcdefgh********wxyz.',
  'You sent Bearer abcdef.ghijkl',
  'invalid key AIzaSyA1234567890abcdefghijklmnopqrs',
  'gsk_1234567890abcdef is disabled',
])('what looks like a credential is not shown: %s', (message) => {
  expect(redact(message, [])).toContain('[redacted]');
  expect(redact(message, [])).not.toMatch(/abcdef|123456/);
});

test('a message without secrets stays as it is', () => {
  const message = "Unsupported value: 'temperature' does not support 0.2 with this model.";
  expect(redact(message, ['secret', ''])).toBe(message);
});
