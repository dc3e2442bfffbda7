import { describe, expect, test } from 'vitest';
import { withTextResults } from '../../../../src/protocols/chat/text-results.ts';

const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const text = (said: string) => ({ type: 'text', text: said });
const result = (id: string, ...content: readonly object[]) => ({ role: 'tool', tool_call_id: id, content });

describe('the pictures of results', () => {
  test('are shown after all of them, before what the user says, with word of whose they are', () => {
    const messages = [
      result('a', text('A picture'), picture),
      result('b', picture),
      { role: 'user', content: 'Well?' },
      { role: 'assistant', content: 'It is blue.' },
    ];
    expect(withTextResults(messages)).toEqual([
      result('a', text('A picture')),
      { role: 'tool', tool_call_id: 'b', content: 'The result follows in the next message.' },
      {
        role: 'user',
        content: [
          text('From the result of the call a:'),
          picture,
          text('From the result of the call b:'),
          picture,
          text('Well?'),
        ],
      },
      { role: 'assistant', content: 'It is blue.' },
    ]);
  });

  test('are shown by themselves where the user says nothing', () => {
    const shown = { role: 'user', content: [text('From the result of the call a:'), picture] };
    const [told] = withTextResults([result('a', text('See'), picture)]);
    expect(withTextResults([result('a', text('See'), picture)])).toEqual([told, shown]);
    const next = { role: 'system', content: 'Be brief.' };
    expect(withTextResults([result('a', text('See'), picture), next])).toEqual([told, shown, next]);
  });

  test('change nothing where there are none', () => {
    const messages = [result('a', text('See')), { role: 'user', content: [picture] }];
    expect(withTextResults(messages)).toBe(messages);
  });
});
