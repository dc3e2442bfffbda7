import { type JsonRecord, asCount, asRecord, asText } from '../json/json-value.ts';

/**
 * A source of an answer as the Responses API tells one, of what chat completions say of it; undefined of what strict
 * clients would refuse.
 * @param textLength how much there is so far of the text that it is a source of
 */
export function responseAnnotation(annotation: unknown, textLength: number): JsonRecord | undefined {
  const { type, ...flat } = asRecord(annotation) ?? {};
  // It stands one level down in chat completions.
  const fields = type === 'url_citation' || type === 'file_citation' ? (asRecord(flat[type]) ?? flat) : flat;
  switch (type) {
    case 'url_citation': {
      const url = asText(fields['url']);
      if (url === undefined) return undefined;
      return {
        type,
        start_index: asCount(fields['start_index']) ?? 0,
        end_index: asCount(fields['end_index']) ?? textLength,
        url,
        title: asText(fields['title']) ?? url,
      };
    }
    case 'file_citation': {
      const index = asCount(fields['index']) ?? 0;
      const name = `document_${index}`;
      return { type, file_id: asText(fields['file_id']) ?? name, filename: asText(fields['filename']) ?? name, index };
    }
    default:
      return undefined;
  }
}
