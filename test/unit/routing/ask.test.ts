import { describe, expect, it } from 'vitest';
import { askCharsMax } from '../../../src/limits.ts';
import { type Ask, askOf } from '../../../src/core/routing/ask.ts';
import { transcriptOf } from '../../../src/core/routing/transcript.ts';

function ask(...messages: readonly [role: string, content: string][]): Ask {
  const request = { messages: messages.map(([role, content]) => ({ role, content })) };
  return askOf(transcriptOf({ protocol: 'chat', request }));
}

describe('what is asked', () => {
  it('is the last message of the user, without its code', () => {
    const asked = ask(['user', 'Hi'], ['assistant', 'Hello'], ['user', 'Explain this:\n```js\nlet a;\n```\nBriefly.']);
    expect(asked.prose).toBe('Explain this:\n\n\n\nBriefly.');
    expect(asked.words).toBe('explain this . briefly .');
    expect(asked.code).toContain('let a;');
    expect(asked.codeBlocks).toBe(1);
  });

  it('is not the text that is to be worked on', () => {
    const letter = 'Dear customer, your order has been shipped and will arrive within five days.';
    const quoted = ask(['user', `Translate "${letter}" into French.`]);
    expect([quoted.prose, quoted.material]).toEqual(['Translate   into French.', `"${letter}"`]);
    const pasted = ask(['user', `Translate into French:\n\n${letter}\n\nKeep it polite.`]);
    expect([pasted.prose, pasted.material]).toEqual(['Translate into French:\n\nKeep it polite.', letter]);
    // What is listed after a colon is what is wanted.
    expect(ask(['user', 'I need:\n\n- a cache\n- a queue']).material).toBe('');
  });

  it('is not what an agent adds, but what it puts the words of the user in', () => {
    const reminder = '<system-reminder>Mind the files.</system-reminder>';
    const asked = ask(['user', `<user_query>Fix it.</user_query>\n${reminder}`]);
    expect(asked.prose).toBe('<user_query>Fix it.</user_query>');
    expect(asked.wrapped).toEqual(['Mind the files.']);
    const later = ask(['user', 'Fix it.'], ['assistant', 'Reading.'], ['user', reminder]);
    expect([later.prose, later.since.length]).toEqual(['Fix it.', 2]);
  });

  it('is that of before too, where the user only says to go on', () => {
    const before: [string, string][] = [
      ['user', 'Draw a map.'],
      ['assistant', 'In colour?'],
    ];
    for (const goAhead of [
      'yes',
      'ok, go ahead',
      'ja, bitte',
      'oui, continue',
      'はい、続けて',
      '继续',
      'да, продолжай',
    ]) {
      const asked = ask(...before, ['user', goAhead]);
      expect(asked).toMatchObject({ prose: `Draw a map.\n${goAhead}`, consents: true });
    }
    expect(ask(...before, ['user', 'No, write a poem.'])).toMatchObject({
      prose: 'No, write a poem.',
      consents: false,
    });
  });

  it('is read whole up to its bound, and beyond it without the middle', () => {
    const text = (length: number) => `a${'-'.repeat(length - 2)}b`;
    expect(ask(['user', text(askCharsMax)]).prose === text(askCharsMax)).toBe(true);
    const beyond = ask(['user', text(askCharsMax + 1)]).prose;
    expect([beyond.length, beyond.at(0), beyond.at(-1)]).toEqual([askCharsMax, 'a', 'b']);
  });
});

describe('what comes with it', () => {
  it.each([
    'Traceback (most recent call last):\n  File "a.py", line 3, in <module>',
    'TypeError: x is not a function\n    at run (/app/main.js:10:3)',
    'src/a.ts(1,2): error TS2322: Type mismatch',
  ])('is a trace: %s', (text) => {
    expect(ask(['user', text])).toMatchObject({ hasTrace: true, hasDiff: false });
  });

  it.each(['diff --git a/x b/x', '@@ -1,2 +1,2 @@', '-  let a = 1;\n+  let a = 2;'])('is a diff: %s', (text) => {
    expect(ask(['user', text])).toMatchObject({ hasTrace: false, hasDiff: true });
  });

  it('is nothing of the sort in plain words', () => {
    expect(ask(['user', 'I made an error - sorry. Look at line 3.'])).toMatchObject({
      hasTrace: false,
      hasDiff: false,
    });
  });
});
