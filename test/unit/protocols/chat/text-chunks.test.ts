import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChatStream } from '../../../../src/protocols/chat/stream.ts';

const envelope = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'fake-1' };

function chunk(content: string, more: object = {}): object {
  return { ...envelope, choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }], ...more };
}

/** The text of a chunk that a reader knows without parsing it, once it has read another; undefined where it parses. */
function textKnown(first: string, second: string): string | undefined {
  const reader = new ChatStream({ choices: 1, wordsPerToken: 1 });
  reader.read(first);
  const read = reader.read(second);
  return read.kind === 'chunk' && read.content.kind === 'text' ? read.content.text : undefined;
}

const hello = JSON.stringify(chunk('Hello'));

describe('a chunk that is the same as one before but for its text', () => {
  test.each([' World', '', '水🌊', '"content":', "it's {a} [b]", 'a\n"\\"\\', '\u0000'].map((text) => [text]))(
    'adds %j',
    (text) => {
      expect(textKnown(hello, JSON.stringify(chunk(text)))).toBe(text);
    },
  );

  test('is known by what it says, also where OpenAI hides how long it is', () => {
    const first = JSON.stringify(chunk('Hello', { obfuscation: 'aB3' }));
    expect(textKnown(first, JSON.stringify(chunk(' World', { obfuscation: 'x' })))).toBe(' World');
    expect(textKnown(first, JSON.stringify(chunk('"\\', { obfuscation: 'x' })))).toBe('"\\');
    expect(textKnown(first, JSON.stringify(chunk(' World', { obfuscation: 'x', usage: {} })))).toBeUndefined();
    expect(textKnown(first, JSON.stringify(chunk(' World', { obfuscation: '\n' })))).toBeUndefined();
    expect(textKnown(first, JSON.stringify(chunk(' World')))).toBeUndefined();
  });

  test('is known also where there is a space after each colon', () => {
    const spaced = (text: string) => JSON.stringify(chunk(text)).replaceAll('":', '": ');
    expect(textKnown(spaced('Hello'), spaced('World'))).toBe('World');
  });

  test('is known also where the text of the first takes escapes', () => {
    expect(textKnown(JSON.stringify(chunk('a\n"')), JSON.stringify(chunk('b')))).toBe('b');
  });

  test('is known only if parsing says the same', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.string().map((text) => JSON.stringify(chunk(text))),
      fc.string().map((text) => JSON.stringify(chunk('')).replace('""', `"${text}"`)),
    );
    fc.assert(
      fc.property(anything, (data) => {
        const text = textKnown(hello, data);
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
  ])('is one that %s', (_, data) => {
    expect(textKnown(JSON.stringify(data), JSON.stringify(data))).toBeUndefined();
  });

  test('is one that has its content twice', () => {
    const twice = '{"choices":[{"delta":{"content":"x","content":"x"}}]}';
    expect(textKnown(twice, twice)).toBeUndefined();
  });
});
