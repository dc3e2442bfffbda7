import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkTemplate } from '../../../../src/protocols/chat/chunk-template.ts';

const envelope = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'fake-1' };

function chunk(content: string, more: object = {}): object {
  return { ...envelope, choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }], ...more };
}

function templateOf(data: string): ChunkTemplate | undefined {
  return ChunkTemplate.of(data, JSON.parse(data) as Record<string, unknown>);
}

const learned = templateOf(JSON.stringify(chunk('Hello')));

describe('a chunk that is the same as one before but for its text', () => {
  test.each([' World', '', '水🌊', '"content":', "it's {a} [b]", 'a\n"\\"\\', '\u0000'].map((text) => [text]))(
    'adds %j',
    (text) => {
      expect(learned?.textIn(JSON.stringify(chunk(text)))).toBe(text);
    },
  );

  test('is known by what it says, also where OpenAI hides how long it is', () => {
    const template = templateOf(JSON.stringify(chunk('Hello', { obfuscation: 'aB3' })));
    expect(template?.textIn(JSON.stringify(chunk(' World', { obfuscation: 'x' })))).toBe(' World');
    expect(template?.textIn(JSON.stringify(chunk('"\\', { obfuscation: 'x' })))).toBe('"\\');
    expect(template?.textIn(JSON.stringify(chunk(' World', { obfuscation: 'x', usage: {} })))).toBeUndefined();
    expect(template?.textIn(JSON.stringify(chunk(' World', { obfuscation: '\n' })))).toBeUndefined();
    expect(template?.textIn(JSON.stringify(chunk(' World')))).toBeUndefined();
  });

  test('is known also where there is a space after each colon', () => {
    const spaced = (text: string) => JSON.stringify(chunk(text)).replaceAll('":', '": ');
    expect(templateOf(spaced('Hello'))?.textIn(spaced('World'))).toBe('World');
  });

  test('is known only if parsing says the same', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.string().map((text) => JSON.stringify(chunk(text))),
      fc.string().map((text) => JSON.stringify(chunk('')).replace('""', `"${text}"`)),
    );
    fc.assert(
      fc.property(anything, (data) => {
        const text = learned?.textIn(data);
        const isKnown = text !== undefined;
        expect(isKnown ? JSON.parse(data) : undefined).toEqual(isKnown ? chunk(text) : undefined);
      }),
    );
  });
});

describe('a chunk of which others are not known by their text', () => {
  const choice = { index: 0, delta: { content: 'x' }, finish_reason: null };
  test.each([
    ['ends its choice', { choices: [{ ...choice, finish_reason: 'stop' }] }],
    ['adds to several choices', { choices: [choice, { ...choice, index: 1 }] }],
    ['adds nothing', { choices: [{ ...choice, delta: { content: '' } }] }],
    ['adds something else too', { choices: [{ ...choice, delta: { content: 'x', reasoning: 'y' } }] }],
    ['adds no text', { choices: [{ ...choice, delta: { content: [{ type: 'text', text: 'x' }] } }] }],
    ['has no choices', { choices: [] }],
    ['has its text elsewhere', { content: 'x', choices: [choice] }],
    ['needs escapes', { choices: [{ ...choice, delta: { content: 'a\n' } }] }],
  ])('is one that %s', (_, data) => {
    expect(templateOf(JSON.stringify(data))).toBeUndefined();
  });

  test('is one that has its content twice', () => {
    expect(templateOf('{"choices":[{"delta":{"content":"x","content":"x"}}]}')).toBeUndefined();
  });
});
