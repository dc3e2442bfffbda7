import { describe, expect, test } from 'vitest';
import { responseAnnotation } from '../../../../src/protocols/responses/message-item.ts';

const page = { url: 'https://a.example', title: 'A', start_index: 2, end_index: 5 };

describe('a source of an answer', () => {
  test('that is a page of the web is told without what strict clients have no name for', () => {
    const told = { type: 'url_citation', ...page };
    expect(responseAnnotation({ type: 'url_citation', url_citation: { ...page, content: 'Rain.' } }, 9)).toEqual(told);
    expect(responseAnnotation(told, 9)).toEqual(told);
  });

  test('of which nobody says where it stands is one of all the text so far', () => {
    const bare = { type: 'url_citation', url_citation: { url: 'https://a.example' } };
    expect(responseAnnotation(bare, 9)).toMatchObject({ start_index: 0, end_index: 9, title: 'https://a.example' });
  });

  test('that is a document has a name, whether or not its provider keeps it as a file', () => {
    const cited = { index: 1, filename: 'Sky.pdf', start_index: 0, end_index: 4, content: 'Blue.' };
    expect(responseAnnotation({ type: 'file_citation', file_citation: cited }, 9)).toEqual({
      type: 'file_citation',
      file_id: 'document_1',
      filename: 'Sky.pdf',
      index: 1,
    });
    const kept = { type: 'file_citation', file_citation: { index: 0, file_id: 'file_7' } };
    expect(responseAnnotation(kept, 9)).toMatchObject({ file_id: 'file_7', filename: 'document_0' });
  });

  test.each<unknown>([
    { type: 'url_citation' },
    { type: 'file', file: { name: 'x' } },
    { type: '__proto__' },
    'x',
    null,
  ])('that no client would understand is left out: %j', (annotation) => {
    expect(responseAnnotation(annotation, 9)).toBeUndefined();
  });
});
