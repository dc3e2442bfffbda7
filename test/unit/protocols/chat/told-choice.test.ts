import { expect, test } from 'vitest';
import { toldChunkChoice, toldWholeChoice } from '../../../../src/protocols/chat/told-choice.ts';

const page = {
  type: 'url_citation',
  url_citation: { url: 'https://a.example', title: 'A', start_index: 0, end_index: 5 },
};
const document = { type: 'file_citation', file_citation: { index: 0 } };

test('a client of chat completions is told of sources on the web only, as strict ones refuse all others', () => {
  const chunk = { index: 0, delta: { annotations: [document, page] }, finish_reason: null };
  expect(toldChunkChoice(chunk)).toEqual({ index: 0, delta: { annotations: [page] }, finish_reason: null });
  const message = { role: 'assistant', content: 'So.', annotations: [document] } as const;
  expect(toldWholeChoice({ index: 0, message, finish_reason: 'stop' })).toEqual({
    index: 0,
    message: { role: 'assistant', content: 'So.' },
    finish_reason: 'stop',
  });
});

test('a client of chat completions is not told what only other protocols have words for', () => {
  const end = { index: 0, finish_reason: 'stop', stop_sequence: 'END' } as const;
  expect(toldChunkChoice({ ...end, delta: {} })).toEqual({ index: 0, delta: {}, finish_reason: 'stop' });
});
