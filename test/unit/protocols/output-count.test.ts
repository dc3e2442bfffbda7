import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { OutputCount } from '../../../src/protocols/output-count.ts';
import { wordsPerTokenAssumed } from '../../../src/protocols/words.ts';
import { countEchoTokens, echoTokens } from '../../../src/providers/echo-tokens.ts';

function countOf(...texts: string[]): OutputCount {
  const count = new OutputCount(1);
  for (const content of texts) count.add(0, { content });
  return count;
}

const text = fc
  .array(fc.constantFrom('a', 'word', ' ', '\n', '水', '🌊', 'é'), { maxLength: 40 })
  .map((all) => all.join(''));

describe('the count that can not be too low', () => {
  test('has a token for each byte of text, and one for each part', () => {
    expect(countOf('abc').most).toBe(4);
    expect(countOf('é', '水', '🌊').most).toBeGreaterThanOrEqual(2 + 3 + 4);
  });

  test('is at least the true count, however the text is split', () => {
    fc.assert(
      fc.property(text, (sent) => {
        expect(countOf(...echoTokens(sent)).most).toBeGreaterThanOrEqual(countEchoTokens(sent));
        expect(countOf(sent).most).toBeGreaterThanOrEqual(new TextEncoder().encode(sent).length);
      }),
    );
  });

  test('counts everything that is generated, whatever it is called, but not the names of things', () => {
    const count = new OutputCount(1);
    count.add(0, { role: 'assistant', content: 'ab', reasoning_content: 'cd', refusal: null });
    count.add(0, {
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'ef', arguments: 'gh' } }],
    });
    expect(count.most).toBe(8 + 4);
  });

  test('goes on from what the provider has reported', () => {
    const count = countOf('some text');
    count.report(2);
    expect(count.most).toBe(2);
    count.add(0, { content: 'abc' });
    expect(count.most).toBe(2 + 4);
  });
});

describe('what a provider has reported', () => {
  test.each(['//\n', ' {\n//\n//', '\u00A0 \u00A0 \u00A0 ', '\u3000 \u3000 x', '| --- | — |\n'])(
    'is believed of a tokenizer whose tokens hold several runs between whitespace, as of %j',
    (line) => {
      const said = line.repeat(200);
      const count = countOf(...(said.match(/[^]{1,7}/g) ?? []));
      expect(count.report(countTokens(said))).toBe(true);
    },
  );

  test('is not believed if more words than that have come', () => {
    const count = countOf('one two three');
    expect(count.report(2)).toBe(false);
    expect(count.most).toBe(14);
    expect(count.report(3)).toBe(true);
    expect(count.most).toBe(3);
  });

  test('tells nothing of what came since, if it is no more than was reported before', () => {
    const count = countOf('text');
    count.report(100);
    count.add(0, { content: 'x'.repeat(999) });
    expect(count.report(100)).toBe(true);
    expect(count.report(50)).toBe(true);
    expect(count.most).toBe(1100);
  });

  test('leaves no count too low: the one that can not be is never below the one that can', () => {
    const count = countOf('one');
    count.report(1);
    for (let word = 0; word < 100; word += 1) count.add(0, { content: word % 2 === 0 ? 'x' : ' ' });
    expect(count.most).toBeGreaterThanOrEqual(count.least);
  });
});

describe('the count that can not be too high', () => {
  test('has a token for each word, wherever the words are split', () => {
    expect(countOf('two words').least).toBe(2);
    expect(countOf('tw', 'o w', 'ords', ' ', '').least).toBe(2);
  });

  test('is at most the true count of a tokenizer that splits at whitespace', () => {
    fc.assert(
      fc.property(text, (sent) => {
        expect(countOf(...echoTokens(sent)).least).toBeLessThanOrEqual(countEchoTokens(sent));
        expect(countOf(...Array.from(sent)).least).toBeLessThanOrEqual(countEchoTokens(sent));
      }),
    );
  });

  test('does not take what two choices, or two tool calls, say in turn for more words than they are', () => {
    const count = new OutputCount(1);
    for (const [choice, content] of [
      [0, 'on'],
      [1, 'tw'],
      [0, 'e'],
      [1, 'o'],
    ] as const)
      count.add(choice, { content });
    expect(count.least).toBe(2);
    for (const index of [0, 1, 0, 1]) count.add(0, { tool_calls: [{ index, function: { arguments: 'x' } }] });
    expect(count.least).toBe(4);
  });

  test('allows for tokens of several words where the tokenizer is not known', () => {
    const count = new OutputCount(wordsPerTokenAssumed);
    count.add(0, { content: 'one two three four five six seven eight' });
    expect(count.least).toBeLessThanOrEqual(2);
  });

  test('has a token for the least of text, in whatever tokenizer', () => {
    const count = new OutputCount(wordsPerTokenAssumed);
    for (const content of ['水', '🌊', ' \n']) {
      count.add(0, { content });
      expect(count.least).toBe(1);
    }
    expect(countOf('').least).toBe(0);
  });

  test('leaves out words that the model did not write', () => {
    const count = countOf('two words');
    count.add(0, {
      annotations: [{ type: 'url_citation', url_citation: { title: 'words of a page', content: 'more' } }],
    });
    count.add(0, { tool_calls: [{ index: 0, extra_content: { content: 'a signature' } }] });
    expect(count.least).toBe(2);
    expect(count.most).toBeGreaterThan(30);
  });

  test('has reasoning in it once that is sent under two names', () => {
    const count = countOf('two words');
    count.add(0, { reasoning: 'I think', reasoning_details: [{ type: 'reasoning.text', text: 'I think' }] });
    count.add(0, { reasoning: ' so', reasoning_details: [{ type: 'reasoning.text', text: ' so' }] });
    expect(count.least).toBe(5);
  });

  test('leaves out a summary of reasoning, which may have more words than the reasoning had tokens', () => {
    const count = countOf('two words');
    const summary = 'The model thought about it';
    count.add(0, { reasoning: summary, reasoning_details: [{ type: 'reasoning.summary', summary }] });
    expect(count.report(2)).toBe(true);
    expect(count.most).toBe(2);
  });

  test('is what the provider has reported, if that is more', () => {
    const count = countOf('two words');
    count.report(50);
    expect(count.least).toBe(50);
  });
});
